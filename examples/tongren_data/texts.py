"""What residents say: hand-written sentences with slots, put together into requests that differ."""

import random
from dataclasses import dataclass

from tongren_data import texts_other, texts_repair, texts_wish

SEASONS = {
    "heat": (10, 11, 12, 1, 2, 3, 4),
    "winter": (11, 12, 1, 2, 3),
    "cold": (10, 11, 12, 1),
    "summer": (6, 7, 8, 9),
    "school": (2, 3, 8, 9),
    "spring": (3, 4, 5),
    "newyear": (1, 2),
    "duanwu": (5, 6),
    "autumn": (9, 10),
    "exam": (5, 6, 11, 12),
}
_SLOTS: dict[str, tuple[str, ...]] = {
    "since": (
        "昨天起",
        "前天起",
        "今天早上起",
        "昨晚起",
        "这两天",
        "上周起",
        "周末起",
        "前几天起",
        "这几天一直",
        "大前天起",
    ),
    "block": tuple(f"{n}号楼" for n in range(1, 13)),
    "unit": tuple(f"{n}单元" for n in range(1, 5)),
    "floor": tuple(f"{n}楼" for n in range(1, 7)),
    "room": ("厨房", "卫生间", "客厅", "卧室", "阳台"),
    "temp": tuple(str(n) for n in range(9, 16)),
    "spot": (
        "楼道里",
        "单元门口",
        "楼后面",
        "院子东头",
        "大门旁边",
        "停车的地方",
        "巷子口",
        "花坛边上",
        "院墙根",
        "楼前",
    ),
    "kid": ("孩子", "娃娃", "家里孩子", "小孩", "我家孩子", "孙子", "孙女"),
    "elder": ("老人", "家里老人", "我妈", "我爸", "老母亲", "我奶奶", "我爷爷"),
    "few": ("两", "三", "四", "五", "六"),
    "time": ("早上", "中午", "下午", "晚上", "夜里", "傍晚"),
    "day": ("周一", "周二", "周三", "周四", "周五", "这周", "下周", "月底前"),
}
_BEFORE = {
    "repair": ("", "", "", "", "你好，", "麻烦看一下，", "反映一下，", "报修：", "急，", "请问能不能修，", "社区好，"),
    "wish": ("", "", "", "", "你好，", "有个小心愿，", "想问问，", "不好意思，", "想麻烦大家，"),
    "complaint": ("", "", "", "反映个情况，", "我有意见，", "想说一下，", "投诉："),
    "community_need": ("", "", "居民议事会提出：", "走访时大家说，", "几户人家都说，"),
    "other": ("", "", "你好，", "想问问，", "打听一下，", "请教一下，", "麻烦问下，"),
    "call_back": ("", "", "你好，", "麻烦，"),
}
_AFTER = {
    "repair": (
        "",
        "",
        "",
        "请派人来看看。",
        "麻烦快点。",
        "谢谢。",
        "大家都不方便。",
        "我白天在家。",
        "来之前打个电话。",
        "影响好几家。",
    ),
    "wish": ("", "", "", "谢谢。", "不着急。", "先谢谢大家。", "什么时候都行。"),
    "goods": ("", "", "谢谢。", "旧的也行。", "不着急。", "先谢谢大家。", "能用就好。"),
    "complaint": ("", "", "希望有个说法。", "请查一查。", "希望改一改。", "不止我一家这么说。", "请给个答复。"),
    "community_need": ("", "", "请协调解决。", "希望早点落实。", "年内能办最好。"),
    "other": ("", "", "谢谢。", "麻烦告知。", "请帮忙看看。"),
    "call_back": ("", "", "谢谢。", "打这个电话就行。"),
}
_GOODS = ("books", "lamp", "clothes", "small-appliance", "stationery")
_BUILT = ("{block}", "{unit}", "{floor}", "单元", "楼道", "小区", "电梯", "物业", "院里", "楼前", "顶楼", "楼顶")
_LEADS = ("希望得到", "想要", "需要", "盼望有", "想有")
LONGEST = 60


@dataclass(frozen=True)
class Text:
    """One hand-written sentence; `public`: the office's neutral wording ('' where it is never published)."""

    words: str
    public: str
    months: tuple[int, ...]


def _read(source: str) -> list[Text]:
    """Lines `words | public | season`; the last two may be left out."""
    out = []
    for line in source.strip().splitlines():
        words, public, season = ([part.strip() for part in line.split("|")] + ["", ""])[:3]
        out.append(Text(words, public, SEASONS[season] if season else ()))
    return out


TEXTS: dict[str, list[Text]] = {
    category: _read(source)
    for module in (texts_repair, texts_wish, texts_other)
    for category, source in module.TEXTS.items()
}
NOTES: dict[str, tuple[str, ...]] = {
    category: tuple(source.split("；"))
    for module in (texts_repair, texts_wish, texts_other)
    for category, source in module.NOTES.items()
}


def batch() -> list[tuple[str, Text]]:
    """(category, text) of the wishes a company's staff hand in."""
    lines = (line.split(" ", 2) for line in texts_wish.BATCH.strip().splitlines())
    return [(code, Text(words, public, ())) for code, words, public in lines]


def count() -> int:
    """How many sentences were written by hand."""
    return sum(len(texts) for texts in TEXTS.values())


def choose(category: str, month: int, rng: random.Random, *, in_compound: bool = True) -> Text:
    """A sentence one would hear in `month`, from a block of flats or a lane; one of the season is likelier."""
    fitting = [t for t in TEXTS[category] if not t.months or month in t.months]
    if not in_compound:
        fitting = [t for t in fitting if not any(mark in t.words for mark in _BUILT)] or fitting
    return rng.choice(fitting + [t for t in fitting if t.months] * 2)


def asked(kind: str, category: str, text: Text, rng: random.Random) -> str:
    """The resident's words: the sentence with its slots filled, an opening and an ending now and then."""
    words = text.words
    for slot, choices in _SLOTS.items():
        while "{" + slot + "}" in words:
            words = words.replace("{" + slot + "}", rng.choice(choices), 1)
    before, after = rng.choice(_BEFORE[kind]), rng.choice(_AFTER["goods" if category in _GOODS else kind])
    if before.endswith("，") and words.startswith(("请", "麻烦")):
        before = ""
    if len(before) + len(words) + len(after) > LONGEST:
        before = after = ""
    return before + words + after


def shown(text: Text, rng: random.Random) -> str:
    """The public wording: `~` becomes a verb of wishing."""
    return text.public.replace("~", rng.choice(_LEADS))
