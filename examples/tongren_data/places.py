"""The place tree of the sample city: town, communities, compounds, grids, households."""

import random
from collections import Counter
from dataclasses import dataclass, field

from tongren_data.book import Row, yes

CITY = "tongren"
TOWN = "longwu"
HOUSEHOLDS = 18_737
PEOPLE = 47_432
GRIDS = 109
COMPOUNDS = 40
SMALLEST_GRID, LARGEST_GRID = 60, 320
LONGWU_STREET = "longwu-street"


@dataclass(frozen=True)
class Community:
    """A community, how many grids it has, and what its households and people must add up to."""

    code: str
    name: str
    name_en: str
    grids: int
    households: int
    people: int
    low_income: int
    migrants: int


# The sums of Longwu Street and of the city are given; how the rest is divided is ours.
COMMUNITIES = (
    Community(LONGWU_STREET, "隆务街社区", "Longwu Street", 8, 1_286, 3_756, 58, 412),
    Community("qingnian-road", "青年路社区", "Qingnian Road", 17, 3_018, 7_462, 96, 1_035),
    Community("horga", "霍尔加社区", "Horga", 13, 2_204, 5_671, 88, 506),
    Community("dongyuan", "东苑社区（样例）", "Dongyuan (sample)", 16, 2_873, 7_068, 74, 918),
    Community("xiyuan", "西苑社区（样例）", "Xiyuan (sample)", 15, 2_561, 6_439, 81, 733),
    Community("nanyuan", "南苑社区（样例）", "Nanyuan (sample)", 14, 2_447, 6_105, 69, 845),
    Community("beiyuan", "北苑社区（样例）", "Beiyuan (sample)", 13, 2_190, 5_552, 92, 467),
    Community("zhongyuan", "中苑社区（样例）", "Zhongyuan (sample)", 13, 2_158, 5_379, 63, 588),
)

_LONGWU, _QINGNIAN, _HORGA = LONGWU_STREET, "qingnian-road", "horga"
# code, community, name, name in English, street, (no manager, no property service, no security)
_COMPOUNDS: tuple[tuple[str, str, str, str, str, tuple[int, int, int]], ...] = (
    ("chengnan", _LONGWU, "城南小区", "Chengnan", "样例路东段", (0, 0, 0)),
    ("longwu-jie-yiyuan", _LONGWU, "隆务街一院", "Longwu Street Court 1", "隆务街（样例）", (0, 0, 1)),
    ("longwu-jie-eryuan", _LONGWU, "隆务街二院", "Longwu Street Court 2", "隆务街（样例）", (1, 1, 1)),
    ("bainian-jiayuan", _LONGWU, "百年家园", "Bainian Gardens", "样例巷南口", (0, 0, 0)),
    ("zhou-nongmu", _QINGNIAN, "州农牧小区", "Prefecture Farming and Husbandry", "青年路（样例）", (0, 0, 0)),
    (
        "qingnian-yijiayuan",
        _QINGNIAN,
        "青年路一号家园",
        "Qingnian Road Homes One",
        "青年路（样例）",
        (0, 0, 0),
    ),
    ("qingnian-huayuan", _QINGNIAN, "青年花园", "Qingnian Gardens", "青年路（样例）", (0, 0, 0)),
    ("liangzhan-jiashu", _QINGNIAN, "粮站家属院", "Grain Station Family Court", "样例北巷", (1, 1, 1)),
    ("jiaoshi-gongyu", _QINGNIAN, "教师公寓", "Teachers' Flats", "样例学府路", (0, 0, 0)),
    ("linye-jiashu", _QINGNIAN, "林业家属院", "Forestry Family Court", "样例北巷", (0, 1, 0)),
    ("horga-xincun", _HORGA, "霍尔加新村", "Horga New Village", "霍尔加路（样例）", (0, 1, 1)),
    ("horga-jiayuan", _HORGA, "霍尔加家园", "Horga Homes", "霍尔加路（样例）", (0, 0, 0)),
    ("hebin-yuan", _HORGA, "河滨苑", "Riverside Court", "样例滨河路", (0, 0, 0)),
    ("qiche-zhan-jiashu", _HORGA, "汽车站家属院", "Bus Station Family Court", "样例站前路", (1, 1, 1)),
    ("heyue-yuan", _HORGA, "和悦苑", "Heyue Court", "样例滨河路", (0, 0, 0)),
    ("dongyuan-yiqu", "dongyuan", "东苑一区", "Dongyuan One", "样例东路", (0, 0, 0)),
    ("dongyuan-erqu", "dongyuan", "东苑二区", "Dongyuan Two", "样例东路", (0, 0, 0)),
    ("dongyuan-sanqu", "dongyuan", "东苑三区", "Dongyuan Three", "样例东路", (0, 0, 1)),
    ("chaoyang-jiayuan", "dongyuan", "朝阳家园", "Chaoyang Homes", "样例朝阳巷", (0, 0, 0)),
    ("fangzhi-jiashu", "dongyuan", "纺织厂家属院", "Textile Mill Family Court", "样例厂前路", (1, 1, 1)),
    ("xiyuan-yiqu", "xiyuan", "西苑一区", "Xiyuan One", "样例西路", (0, 0, 0)),
    ("xiyuan-erqu", "xiyuan", "西苑二区", "Xiyuan Two", "样例西路", (0, 0, 0)),
    ("xishan-jiayuan", "xiyuan", "西山家园", "Xishan Homes", "样例西山路", (0, 0, 0)),
    ("jianzhu-jiashu", "xiyuan", "建筑公司家属院", "Builders' Family Court", "样例西巷", (0, 1, 1)),
    ("yangguang-xiyuan", "xiyuan", "阳光西院", "Sunshine West Court", "样例西路", (0, 0, 0)),
    ("nanyuan-yiqu", "nanyuan", "南苑一区", "Nanyuan One", "样例南路", (0, 0, 0)),
    ("nanyuan-erqu", "nanyuan", "南苑二区", "Nanyuan Two", "样例南路", (0, 0, 0)),
    ("anju-nanyuan", "nanyuan", "安居南院", "Anju South Court", "样例南巷", (0, 0, 0)),
    ("shiyan-xiaoqu", "nanyuan", "实验小区", "Shiyan", "样例学校路", (0, 0, 1)),
    ("baihuo-jiashu", "nanyuan", "百货公司家属院", "Department Store Family Court", "样例南巷", (1, 1, 1)),
    ("beiyuan-yiqu", "beiyuan", "北苑一区", "Beiyuan One", "样例北路", (0, 0, 0)),
    ("beiyuan-erqu", "beiyuan", "北苑二区", "Beiyuan Two", "样例北路", (0, 0, 0)),
    ("gongzufang", "beiyuan", "公租房小区", "Public Rental Housing", "样例北路", (0, 0, 0)),
    ("yunshu-jiashu", "beiyuan", "运输公司家属院", "Transport Family Court", "样例站北路", (0, 1, 0)),
    ("qinghe-jiayuan", "beiyuan", "清河家园", "Qinghe Homes", "样例河北路", (0, 0, 0)),
    ("zhongyuan-yiqu", "zhongyuan", "中苑一区", "Zhongyuan One", "样例中路", (0, 0, 0)),
    ("zhongyuan-erqu", "zhongyuan", "中苑二区", "Zhongyuan Two", "样例中路", (0, 0, 0)),
    ("youdian-jiashu", "zhongyuan", "邮电家属院", "Post Office Family Court", "样例中巷", (0, 1, 1)),
    ("wenhua-yuan", "zhongyuan", "文化苑", "Wenhua Court", "样例文化路", (0, 0, 0)),
    ("wenxin-jiayuan", "zhongyuan", "温馨家园", "Wenxin Homes", "样例中巷", (0, 0, 0)),
)
_LANES = (
    "幸福巷",
    "团结巷",
    "和平巷",
    "平安巷",
    "文明巷",
    "新建巷",
    "上巷",
    "下巷",
    "水渠巷",
    "学校巷",
    "东巷",
    "西巷",
)


@dataclass
class Grid:
    """A grid and the compound most of its households live in ('' for a grid of lanes)."""

    code: str
    community: str
    name: str
    name_en: str
    compound: str
    size: int = 0


@dataclass
class Places:
    """Everything the later steps look up."""

    grids: list[Grid] = field(default_factory=list)
    households: list[tuple[str, str, str, int]] = field(default_factory=list)

    def grids_of(self, community: str) -> list[Grid]:
        """The grids of a community, in order."""
        return [g for g in self.grids if g.community == community]


def compounds_of(community: str) -> list[str]:
    """Codes of the compounds of a community, in order."""
    return [c[0] for c in _COMPOUNDS if c[1] == community]


def unserved() -> set[str]:
    """Codes of the compounds without property service."""
    return {c[0] for c in _COMPOUNDS if c[5][1]}


COMPOUND_COMMUNITY = {c[0]: c[1] for c in _COMPOUNDS}
COMPOUND_NAME = {c[0]: c[2] for c in _COMPOUNDS}


def build() -> Places:
    """Lay out grids and households so that every given sum is met exactly."""
    rng = random.Random("tongren places")
    places = Places()
    for community in COMMUNITIES:
        grids = _grids(community, rng)
        places.grids += grids
        last: Counter[str] = Counter()
        rows = [row for grid in grids for row in _homes(grid, last, rng)]
        heads = _head_counts(len(rows), community.people, rng)
        places.households += [(g, label, c, n) for (g, label, c), n in zip(rows, heads, strict=True)]
    return places


def _grids(community: Community, rng: random.Random) -> list[Grid]:
    """Compounds take two grids out of three in turn, lanes the rest; sizes add up to the community's."""
    compounds = compounds_of(community.code)
    in_compounds = max(len(compounds), round(community.grids * 0.75))
    grids = []
    for i in range(community.grids):
        compound = compounds[i * len(compounds) // in_compounds] if i < in_compounds else ""
        grids.append(
            Grid(
                code=f"{community.code}-g{i + 1:02d}",
                community=community.code,
                name=f"{community.name.removesuffix('（样例）').removesuffix('社区')}第{i + 1}网格",
                name_en=f"{community.name_en.removesuffix(' (sample)')} grid {i + 1}",
                compound=compound,
            )
        )
    mean = community.households / community.grids
    sizes = [round(min(max(rng.gauss(mean, mean * 0.26), 72), 305)) for _ in grids]
    _settle(sizes, community.households, SMALLEST_GRID, LARGEST_GRID, rng)
    for grid, size in zip(grids, sizes, strict=True):
        grid.size = size
    return grids


def _settle(values: list[int], total: int, low: int, high: int, rng: random.Random) -> None:
    """Change single values by one, at random, until they add up to `total`."""
    gap = total - sum(values)
    while gap:
        step = 1 if gap > 0 else -1
        i = rng.randrange(len(values))
        if low <= values[i] + step <= high:
            values[i] += step
            gap -= step


def _homes(grid: Grid, last: Counter[str], rng: random.Random) -> list[tuple[str, str, str]]:
    """(grid, label, compound) of each household: blocks of flats first, a few houses along lanes.

    `last`: the highest number so far of each compound's blocks and each lane's doors in the community.
    """
    rows: list[tuple[str, str, str]] = []
    flats = round(grid.size * rng.uniform(0.86, 1.0)) if grid.compound else 0
    while len(rows) < flats:
        last[grid.compound] += 1
        block = last[grid.compound]
        floors, units, doors = rng.choice((4, 5, 6, 6, 6, 11)), rng.randint(2, 4), rng.choice((2, 2, 2, 3))
        rows += [
            (grid.code, f"{block}号楼{unit}单元{floor}{door:02d}", grid.compound)
            for unit in range(1, units + 1)
            for floor in range(1, floors + 1)
            for door in range(1, doors + 1)
        ]
    del rows[flats:]
    lanes = rng.sample(_LANES, 3)
    while len(rows) < grid.size:
        lane = rng.choice(lanes)
        last[lane] += 1
        rows.append((grid.code, f"{lane}{last[lane]}号", ""))
    return rows


def _head_counts(count: int, people: int, rng: random.Random) -> list[int]:
    """Household sizes 1 to 8 like those of a small town, adding up to `people`."""
    large = people / count > 2.7
    weights = (13, 27, 26, 19, 9, 4, 1.4, 0.6) if large else (22, 35, 23, 12, 5, 2, 0.7, 0.3)
    heads = rng.choices(range(1, 9), weights, k=count)
    _settle(heads, people, 1, 8, rng)
    return heads


def city_rows() -> list[Row]:
    return [(CITY, "同仁市", "Tongren", "རེབ་གོང་གྲོང་ཁྱེར།", "TR", "Asia/Shanghai")]


def town_rows() -> list[Row]:
    return [(TOWN, "隆务镇", "Longwu Town", "རོང་བོ་གྲོང་རྡལ།", "0973-000-0100")]


def community_rows() -> list[Row]:
    """Tibetan names are left to the city: a wrong one is worse than none."""
    return [
        (c.code, TOWN, c.name, c.name_en, "", f"0973-000-{i:04d}", c.low_income, c.migrants)
        for i, c in enumerate(COMMUNITIES, 1)
    ]


def compound_rows() -> list[Row]:
    return [
        (code, community, name, name_en, street, *(yes(bool(lack)) for lack in lacks))
        for code, community, name, name_en, street, lacks in _COMPOUNDS
    ]


def grid_rows(places: Places) -> list[Row]:
    return [(g.code, g.community, g.name, g.name_en) for g in places.grids]
