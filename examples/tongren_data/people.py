"""Helpers and staff. Nobody is real: every name is 样例 (sample), a surname and a running number."""

import random
from datetime import timedelta

from tongren_data.book import END_DAY, Row, day, yes
from tongren_data.organisations import DEPARTMENTS, PROPERTY, UNITS, Ties
from tongren_data.places import CITY, COMMUNITIES, TOWN, Places

HELPERS = 200
_SURNAMES = (
    ("张", "Zhang"), ("王", "Wang"), ("李", "Li"), ("赵", "Zhao"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"),
    ("周", "Zhou"), ("吴", "Wu"), ("徐", "Xu"), ("孙", "Sun"), ("马", "Ma"), ("朱", "Zhu"), ("胡", "Hu"),
    ("郭", "Guo"), ("何", "He"), ("高", "Gao"), ("林", "Lin"), ("罗", "Luo"), ("郑", "Zheng"),
)  # fmt: skip
_DIGITS = "零一二三四五六七八九"
_CAN_DO = (
    "修水龙头、换灯泡", "陪同办事、代跑腿", "辅导作业", "开车接送", "写春联、写材料", "打扫卫生、搬重物",
    "修家电", "教用手机", "理发", "整理图书、讲故事", "翻译（藏语和汉语）", "法律咨询", "急救常识", "清雪铲冰",
    "缝补衣物", "摄影、布置场地", "种花修枝", "修锁、修门窗", "做饭送餐", "组织文体活动",
)  # fmt: skip


class Names:
    """Hands out made-up names, each once: 样例·张一 (Sample Zhang 1), 样例·王一, …"""

    def __init__(self) -> None:
        self._given = 0

    def take(self) -> tuple[str, str]:
        """The next name, in Chinese and in English."""
        round_, i = divmod(self._given, len(_SURNAMES))
        self._given += 1
        surname, pinyin = _SURNAMES[i]
        return f"样例·{surname}{_in_words(round_ + 1)}", f"Sample {pinyin} {round_ + 1}"


def _in_words(number: int) -> str:
    """1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return head + (_DIGITS[ones] if ones or not tens else "")


def helper_rows(ties: Ties, names: Names) -> list[Row]:
    """About three helpers a unit (never more than its members), the rest residents who give."""
    rng = random.Random("tongren helpers")
    units: list[str] = []
    for registration in ties.registrations:
        units += [registration.organisation] * min(rng.choice((2, 2, 3, 3, 3, 4)), registration.members)
    units = units[: HELPERS - 18]
    units += [""] * (HELPERS - len(units))
    rows: list[Row] = []
    for i, unit in enumerate(units, 1):
        can_do = "；".join(rng.sample(_CAN_DO, rng.choice((1, 1, 2))))
        duty = yes(bool(unit) and rng.random() < 0.8)
        rows.append((f"helper-{i:03d}", unit, *names.take(), duty, can_do))
    return rows


def staff_rows(places: Places, names: Names) -> list[Row]:
    """Every post: offices, grids, liaisons, companies, departments, town, city, administrators.

    In a few communities one person holds two posts, office and a grid: two rows of the same user.
    """
    rng = random.Random("tongren staff")
    rows: list[Row] = []

    def post(username: str, role: str, kind: str, code: str, name: tuple[str, str] | None = None) -> tuple[str, str]:
        name = name or names.take()
        since = END_DAY - timedelta(days=rng.randint(410, 1500))
        rows.append((username, *name, role, kind, code, day(since)))
        return name

    double: dict[str, tuple[str, tuple[str, str]]] = {}
    for i, community in enumerate(COMMUNITIES):
        for n in range(1, 4 if i % 2 == 0 else 3):
            username = f"office.{community.code}.{n}"
            name = post(username, "office", "community", community.code)
            if n == 2 and i in (3, 5, 6, 7):
                double[places.grids_of(community.code)[-1].code] = (username, name)
    for grid in places.grids:
        username, known = double.get(grid.code, (f"grid.{grid.code}", None))
        post(username, "grid_worker", "grid", grid.code, known)
    for unit in UNITS:
        post(f"liaison.{unit.code}", "liaison", "organisation", unit.code)
    for i, company in enumerate(PROPERTY):
        for n in range(1, 3 if i % 3 == 0 else 2):
            post(f"company.{company.code}.{n}", "company", "organisation", company.code)
    for i, department in enumerate(DEPARTMENTS):
        for n in range(1, 3 if i % 3 == 1 else 2):
            post(f"department.{department.code}.{n}", "department", "organisation", department.code)
    for n in range(1, 4):
        post(f"town.{n}", "town", "town", TOWN)
    for n in range(1, 4):
        post(f"city.{n}", "city", "city", CITY)
    for n in range(1, 3):
        post(f"admin.{n}", "admin", "city", CITY)
    return rows
