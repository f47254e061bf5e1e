"""What must not stand in a public text: telephone numbers, names, addresses, age, health (DOMAIN §6)."""

import re

from django.utils.translation import gettext_lazy as _

from lianxin.core.errors import Invalid

MAX_PUBLIC = 120

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_TIBETAN_NAMES = (
    "扎西|卓玛|才让|尼玛|旦增|丹增|多杰|拉毛|仁青|索南|桑杰|央金|德吉|达瓦|周毛|完么|项秀|加央|才旦|卓么|"
    "久美|更登|洛桑|次仁|才仁|格桑|白玛|贡保|当智|先巴|夏吾|娘吉|东知|华旦|南杰|旺姆|措毛|吉毛"
)
_TITLES = "先生|女士|大爷|大妈|奶奶|爷爷|阿姨|叔叔|老人家|大姐|大哥|师傅|老师|同学|小朋友|阿佳|阿爸|阿妈"

PATTERNS = [
    (_("a telephone number"), re.compile(r"(?:\d[\s\-–.]?){7,}|[零〇一二三四五六七八九]{7,}")),
    (_("an e-mail address or account"), re.compile(r"\S+@\S+|微信号|QQ\s*\d+", re.I)),
    (_("a name"), re.compile(rf"(?:[{_SURNAMES}][一-鿿]{{0,2}}|[小老][{_SURNAMES}])(?:{_TITLES})")),
    (
        _("a name"),
        re.compile(rf"(?:^|[\s,，。、;；:：帮给替为叫请是]|居民|住户|业主|村民|员工|职工)[小老]?[{_SURNAMES}]某+"),
    ),
    (
        _("a name"),
        re.compile(
            rf"(?:居民|住户|业主|职工|员工|名叫|叫做|姓名[:：]?)[{_SURNAMES}][一-鿿]{{1,2}}(?=$|[\s,，。、的家需想希求要])"
        ),
    ),
    (_("a name"), re.compile(rf"^[{_SURNAMES}][一-鿿]{{1,2}}(?=家|需要|想|要|希望|请求|求|说)")),
    (_("a name"), re.compile(rf"[小老][{_SURNAMES}](?=家|说|想|要|送|的[儿女孩爱])")),
    (_("a name"), re.compile(rf"[帮给替为][{_SURNAMES}][一-鿿]{{1,2}}(?=送|买|修|换|找|辅导|做饭|家)")),
    (_("a name"), re.compile(_TIBETAN_NAMES)),
    (_("a name"), re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.?\s+[A-Z]", re.I)),
    (
        _("an address"),
        re.compile(r"\d+\s*(?:号楼|号院|栋|幢|单元|楼\s*\d|室|户\b|排|号)|[一二三四五六七八九十]+(?:号楼|单元|栋)"),
    ),
    (_("an address"), re.compile(r"\b(?:building|unit|room|flat|apt\.?|no\.)\s*\d+", re.I)),
    (_("a grid"), re.compile(r"网格|\bgrid\b", re.I)),
    (
        _("an age"),
        re.compile(r"\d+\s*(?:岁|周岁)|[一二三四五六七八九十]+岁|\b\d+[\s-]*years?[\s-]*old|高龄|年迈", re.I),
    ),
    (_("a school grade"), re.compile(r"[一二三四五六七八九高初小]\s*年级|[高初][一二三]|\bgrade\s*\d", re.I)),
    (_("a word about living alone"), re.compile(r"独居|独自居住|空巢|孤寡|living alone|lives alone", re.I)),
    (
        _("a word about health"),
        re.compile(
            r"残疾|瘫痪|癌|肿瘤|糖尿病|高血压|中风|抑郁|患病|生病|重病|病人|病情|残障|disab|cancer|diabet|illness",
            re.I,
        ),
    ),
]


def found_in(text: str, *, also: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """What in `text` must not be published: (what it is, the words). `also`: the asker's own name, phone."""
    found = []
    for what, pattern in PATTERNS:
        if match := pattern.search(text):
            found.append((str(what), match.group(0).strip()))
    for value in also:
        value = value.strip()
        if len(value) >= 2 and value in text:
            found.append((str(_("the asker's name or number")), value))
    return found


def check(text: str, *, also: tuple[str, ...] = ()) -> str:
    """The public text, trimmed. Raises Invalid naming what has to go, or that it is empty or too long."""
    text = text.strip()
    if not text:
        raise Invalid(_("Write a public text."), field="public_text")
    if len(text) > MAX_PUBLIC:
        raise Invalid(_("Please keep it short: 120 characters."), field="public_text")
    if found := found_in(text, also=also):
        what, words = found[0]
        raise Invalid(
            str(_("“%(words)s” looks like %(what)s. A public text names neither person nor place."))
            % {"words": words, "what": what},
            field="public_text",
        )
    return text
