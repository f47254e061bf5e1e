"""Offices, departments, units, companies, committees and stations; alliances and registrations."""

import random
from dataclasses import dataclass
from datetime import timedelta

from tongren_data.book import END_DAY, Row, day, yes
from tongren_data.places import COMMUNITIES, COMPOUND_COMMUNITY, unserved

MEMBERS = 1_512
TOWN_OFFICE, CITY_OFFICE = "longwu-office", "tongren-office"

_PREFECTURE = """bureau-water 州水利局 Prefecture Water Bureau
bureau-education 州教育局 Prefecture Education Bureau
bureau-finance 州财政局 Prefecture Finance Bureau
bureau-transport 州交通运输局 Prefecture Transport Bureau
bureau-agriculture 州农牧局 Prefecture Farming and Husbandry Bureau
bureau-forestry 州林业和草原局 Prefecture Forestry and Grassland Bureau
bureau-culture 州文体旅游局 Prefecture Culture, Sports and Tourism Bureau
bureau-statistics 州统计局 Prefecture Statistics Bureau
bureau-audit 州审计局 Prefecture Audit Bureau
bureau-market 州市场监管局 Prefecture Market Regulation Bureau
bureau-emergency 州应急管理局 Prefecture Emergency Management Bureau
bureau-environment 州生态环境局 Prefecture Environment Bureau
bureau-resources 州自然资源局 Prefecture Natural Resources Bureau
archives 州档案馆 Prefecture Archives
library 州图书馆 Prefecture Library
museum 州博物馆 Prefecture Museum
hospital 州人民医院 Prefecture People's Hospital
vocational-school 州职业技术学校 Prefecture Vocational School
meteorology 州气象局 Prefecture Meteorological Bureau
post 州邮政分公司 Prefecture Post
power-grid 州供电公司 Prefecture Power Supply Company"""
_CITY = """education 市教育局 City Education Bureau
finance 市财政局 City Finance Bureau
justice 市司法局 City Justice Bureau
agriculture 市农牧和科技局 City Farming, Husbandry and Science Bureau
transport 市交通运输局 City Transport Bureau
commerce 市商务局 City Commerce Bureau
statistics 市统计局 City Statistics Bureau
audit 市审计局 City Audit Bureau
tax 市税务局 City Tax Bureau
archives 市档案馆 City Archives
culture-centre 市文化馆 City Culture Centre
library 市图书馆 City Library
first-school 市第一小学 City First Primary School
second-school 市第二小学 City Second Primary School
middle-school 市第一中学 City First Middle School
kindergarten 市第一幼儿园 City First Kindergarten
clinic 市人民医院 City People's Hospital
prevention 市疾病预防控制中心 City Centre for Disease Control
employment 市就业服务局 City Employment Service
fire-rescue 市消防救援大队 City Fire and Rescue Brigade
women 市妇女联合会 City Women's Federation
youth 市青少年活动中心 City Youth Centre"""
_TOWN = """health-centre 隆务镇卫生院 Longwu Town Health Centre
school 隆务镇中心学校 Longwu Town Central School
agri-station 隆务镇农牧业综合服务站 Longwu Town Farming Service
culture-station 隆务镇文化站 Longwu Town Culture Station
finance-office 隆务镇财政所 Longwu Town Finance Office
water-station 隆务镇水管站 Longwu Town Water Station"""
# Two-new organisations: ten companies, six social organisations, every name plainly a sample.
_COMPANIES = """food 示例食品有限公司 Sample Food Ltd
crafts 示例工艺品有限公司 Sample Crafts Ltd
supermarket 示例超市有限公司 Sample Supermarket Ltd
express 示例快递服务站 Sample Express Station
hotel 示例宾馆 Sample Hotel
building 示例建筑安装公司 Sample Building Company
dairy 示例乳品有限公司 Sample Dairy Ltd
transport 示例客运公司 Sample Coach Company
printing 示例印务有限公司 Sample Printing Ltd
pharmacy 示例连锁药店 Sample Pharmacies"""
_SOCIAL = """volunteers 示例志愿服务协会 Sample Volunteers' Association
chamber 示例个体工商户协会 Sample Small Traders' Association
social-work 示例社会工作服务中心 Sample Social Work Centre
reading 示例全民阅读促进会 Sample Reading Association
sports 示例健身协会 Sample Fitness Association
training 示例职业培训学校 Sample Training School"""
_DEPARTMENTS = """civil-affairs 市民政局 City Civil Affairs Bureau
housing 市住房和城乡建设局 City Housing and Construction Bureau
urban-management 市城市管理局 City Urban Management Bureau
water 市水利局 City Water Bureau
health 市卫生健康局 City Health Bureau
social-security 市人力资源和社会保障局 City Human Resources and Social Security Bureau
market 市市场监督管理局 City Market Regulation Bureau
traffic 市公安局交通管理大队 City Traffic Management"""
_PROPERTY = """anju 示例安居物业 Sample Anju Property
kangju 示例康居物业 Sample Kangju Property
yijia 示例宜家园物业 Sample Yijiayuan Property
hexie 示例和谐物业 Sample Hexie Property
mingyang 示例明洋物业 Sample Mingyang Property
jiahe 示例佳和物业 Sample Jiahe Property
lvcheng 示例绿成物业 Sample Lvcheng Property
xinhe 示例鑫和物业 Sample Xinhe Property
hengtai 示例恒泰物业 Sample Hengtai Property
wanshun 示例万顺物业 Sample Wanshun Property
jingyuan 示例静园物业 Sample Jingyuan Property
tongde 示例同德物业 Sample Tongde Property"""
_COMMITTEES = (
    ("chengnan", "longwu-street", "城南小区业主委员会", "Chengnan Owners' Committee"),
    ("qingnian-huayuan", "qingnian-road", "青年花园业主委员会", "Qingnian Gardens Owners' Committee"),
    ("dongyuan-yiqu", "dongyuan", "东苑一区业主委员会", "Dongyuan One Owners' Committee"),
    ("xishan-jiayuan", "xiyuan", "西山家园业主委员会", "Xishan Homes Owners' Committee"),
)
_STATIONS = (
    ("street", "longwu-street", "隆务街红色驿站", "Longwu Street Station"),
    ("market", "dongyuan", "东苑商圈红色驿站", "Dongyuan Market Station"),
    ("express", "nanyuan", "南苑快递红色驿站", "Nanyuan Couriers' Station"),
)


@dataclass(frozen=True)
class Organisation:
    """One row of the sheet of organisations."""

    code: str
    kind: str
    level: str
    community: str
    name: str
    name_en: str


def _listed(text: str, prefix: str, kind: str, level: str) -> list[Organisation]:
    rows = (line.split(" ", 2) for line in text.splitlines())
    return [Organisation(f"{prefix}-{code}", kind, level, "", name, en) for code, name, en in rows]


def _offices() -> list[Organisation]:
    rows = [
        Organisation(
            f"{c.code}-office",
            "community_office",
            "",
            c.code,
            f"{c.name.removesuffix('（样例）')}居民委员会",
            f"{c.name_en.removesuffix(' (sample)')} Community Office",
        )
        for c in COMMUNITIES
    ]
    rows.append(Organisation(TOWN_OFFICE, "town_office", "town", "", "隆务镇社区工作办公室", "Longwu Town Office"))
    rows.append(Organisation(CITY_OFFICE, "city_office", "city", "", "市委组织部", "City Organisation Department"))
    return rows


def _hung_on(rows: tuple[tuple[str, str, str, str], ...], prefix: str, kind: str) -> list[Organisation]:
    return [Organisation(f"{prefix}-{code}", kind, "", where, name, en) for code, where, name, en in rows]


BRANCHES = [
    *_listed(_PREFECTURE, "zhou", "unit", "prefecture"),
    *_listed(_CITY, "shi", "unit", "city"),
    *_listed(_TOWN, "zhen", "unit", "town"),
]
TWO_NEW = [*_listed(_COMPANIES, "lx", "unit", "company"), *_listed(_SOCIAL, "lx", "unit", "social")]
UNITS = [*BRANCHES, *TWO_NEW]
DEPARTMENTS = _listed(_DEPARTMENTS, "dept", "department", "city")
PROPERTY = _listed(_PROPERTY, "wy", "company", "company")
ORGANISATIONS = [
    *_offices(),
    *DEPARTMENTS,
    *UNITS,
    *PROPERTY,
    *_hung_on(_COMMITTEES, "ywh", "committee"),
    *_hung_on(_STATIONS, "yizhan", "station"),
]


def organisation_rows() -> list[Row]:
    return [
        (o.code, o.kind, o.level, o.community, o.name, o.name_en, f"0973-000-{1000 + i}", yes(True))
        for i, o in enumerate(ORGANISATIONS)
    ]


@dataclass(frozen=True)
class Registration:
    """A unit that reported for service to one community."""

    organisation: str
    community: str
    kind: str
    members: int
    handed_in_on: str
    accepted_on: str


class Ties:
    """Who belongs to which alliance, reported where with how many members, and serves which compound."""

    def __init__(self) -> None:
        rng = random.Random("tongren ties")
        self.members: dict[str, list[str]] = {c.code: [] for c in COMMUNITIES}
        codes = list(self.members)
        for i, unit in enumerate(UNITS):
            home = codes[i % len(codes)]
            others = rng.sample([c for c in codes if c != home], rng.choice((0, 0, 1, 1, 1, 2)))
            for community in (home, *others):
                self.members[community].append(unit.code)
        self.registrations = self._registrations(codes, rng)
        self.serves = self._serves()
        self.company_of = {compound: company for company, compound in self.serves}

    def _registrations(self, codes: list[str], rng: random.Random) -> list[Registration]:
        branches = len(BRANCHES)
        counts = [rng.randint(12, 48) if i < branches else rng.randint(5, 16) for i in range(len(UNITS))]
        gap = MEMBERS - sum(counts)
        while gap:
            i = rng.randrange(branches)
            step = 1 if gap > 0 else -1
            if 8 <= counts[i] + step <= 60:
                counts[i] += step
                gap -= step
        rows = []
        for i, unit in enumerate(UNITS):
            handed_in = END_DAY - timedelta(days=rng.randint(402, 470) if i % 9 else rng.randint(60, 330))
            accepted = handed_in + timedelta(days=rng.randint(1, 9))
            kind = "branch" if i < branches else "two_new"
            home = codes[i % len(codes)]
            rows.append(Registration(unit.code, home, kind, counts[i], day(handed_in), day(accepted)))
        return rows

    @staticmethod
    def _serves() -> list[tuple[str, str]]:
        """Neighbouring compounds share a company; the prefecture compound has the one that took it over."""
        served = [c for c in COMPOUND_COMMUNITY if c not in unserved()]
        pairs = [(PROPERTY[i * len(PROPERTY) // len(served)].code, c) for i, c in enumerate(served)]
        return [("wy-kangju" if c == "zhou-nongmu" else company, c) for company, c in pairs]

    def membership_rows(self) -> list[Row]:
        return [(community, unit) for community, units in self.members.items() for unit in units]

    def registration_rows(self) -> list[Row]:
        return [
            (r.organisation, r.community, r.kind, r.members, r.handed_in_on, r.accepted_on) for r in self.registrations
        ]
