"""Valid complaints ÷ households × 100 per month (DOMAIN §3), worked by hand."""

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from lianxin.core.clock import local_day
from lianxin.core.models import CityValue
from lianxin.figures.registry import FIGURES, Area, Period, Ratio, values
from lianxin.needs import measures
from lianxin.needs.models import Need
from lianxin.needs.operations import ask_exclusion, decide_exclusion, verify_need, withdraw_need
from lianxin.places.models import Household
from lianxin.rulebook.operations import set_value
from tests.cast import START, Cast, as_user

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
QUARTER = Period(date(2026, 3, 1), date(2026, 5, 31))
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def on(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """The figures are asked for at another time."""
    for name in ("lianxin.needs.measures", "lianxin.portal.staff_figures", "lianxin.portal.open_figures"):
        monkeypatch.setattr(f"{name}.now", lambda: at)


@pytest.fixture(autouse=True)
def _in_june(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, START.replace(month=6, day=10))


def complain(cast: Cast, times: int) -> list[Need]:
    """Complaints about the company that the office found valid."""
    found = []
    for _ in range(times):
        need = cast.ask(kind="complaint", category=cast.fees, subject_kind="company", subject=cast.company)
        verify_need(need, actor=cast.actor("clerk"), at=cast.clock())
        found.append(need)
    return found


def homes(cast: Cast, many: int) -> None:
    """So many households in north, beside the one of each of its grids; one in south."""
    Household.objects.bulk_create(
        [Household(grid=cast.grid_1, label=f"2号楼{n}", head_count=2) for n in range(many - 2)]
    )


def rate(period: Period, place: Any = None) -> Ratio:
    area = Area("community", place.pk) if place else Area()
    found = FIGURES["complaint_rate"].compute(area, period)
    assert isinstance(found, Ratio) and values(area, period)["complaint_rate"] == found
    return found


def test_a_month_divides_by_households_and_several_by_households_and_months(cast: Cast) -> None:
    homes(cast, 50)
    complain(cast, 3)
    assert rate(MARCH, cast.north) == Ratio(3, 50, per=100) and rate(MARCH, cast.north).value == 6.0
    # March to May: 3 complaints ÷ (50 households × 3 months) × 100 = 2 a month.
    assert rate(QUARTER, cast.north) == Ratio(3, 150, per=100) and rate(QUARTER, cast.north).value == 2.0
    # The year until 10 June began with the city's first need in March: 102 days, 3 months.
    assert rate(YEAR, cast.north) == Ratio(3, 150, per=100)
    assert rate(QUARTER) == Ratio(3, 153, per=100)
    assert measures.complaint_rates(QUARTER)[cast.south.pk] == Ratio(0, 3, per=100)


def test_only_valid_complaints_that_count_stand_above_the_line(cast: Cast) -> None:
    first, second, third = complain(cast, 3)
    cast.ask(kind="complaint", category=cast.fees, subject_kind="company", subject=cast.company)
    cast.ask()
    withdraw_need(first, actor=cast.asker(first), at=cast.clock())
    for need in (second, third):
        ask_exclusion(need, actor=cast.actor("clerk"), at=cast.clock(), reason="beyond", words="不归社区管")
    decide_exclusion(third, actor=cast.actor("clerk_2"), at=cast.clock(), approved=True)
    assert rate(MARCH) == Ratio(1, 3, per=100), "an exclusion waits for a second person"


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2026-02-01", "2026-02-28", 1),
        ("2026-01-01", "2026-03-31", 3),
        ("2026-01-01", "2026-12-31", 12),
        ("2024-01-01", "2024-12-31", 12),
        ("2026-03-10", "2026-03-11", 1),
        ("2026-01-31", "2026-02-01", 1),
        ("2026-01-01", "2026-02-20", 2),
        ("2027-05-01", "2027-05-31", 1),
        ("2026-12-01", "2027-12-31", 1),
    ],
)
def test_months_are_whole_and_at_least_one(first: str, last: str, months: int) -> None:
    period, today = Period(date.fromisoformat(first), date.fromisoformat(last)), date(2026, 12, 31)
    assert measures.months_passed(period, today, None) == months


def test_a_running_month_is_one_and_months_before_the_first_need_are_none() -> None:
    assert measures.months_passed(YEAR, date(2026, 1, 2), None) == 1
    assert measures.months_passed(YEAR, date(2026, 8, 31), date(2026, 5, 17)) == 4
    assert measures.months_passed(YEAR, date(2026, 8, 31), date(2025, 5, 17)) == 8


def test_the_city_sets_for_how_many_households(cast: Cast, client: Client) -> None:
    homes(cast, 50)
    complain(cast, 3)
    assert str(FIGURES["complaint_rate"].label) == "Complaints per 100 households a month"
    officer = cast.actor("city_officer")
    set_value(measures.PER, 1000, actor=officer, at=cast.clock(), version=0, from_at=cast.clock.at)
    assert CityValue.objects.get(code=measures.PER)
    assert rate(MARCH, cast.north) == Ratio(3, 50, per=1000) and rate(MARCH, cast.north).value == 60.0
    page = as_user(client, cast, "clerk").get("/workspace/figures/", {"first": "2026-03-01", "last": "2026-03-31"})
    text = page.content.decode()
    assert "Complaints per 1000 households a month" in text and "× 1000" in text
    assert "60.00" in text and "3 / 50" in text


def test_the_open_year_divides_by_households_times_its_months(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes(cast, 50)
    complain(cast, 6)
    on(monkeypatch, START.replace(year=2027, month=1, day=5))
    rows = client.get("/figures/json/?period=2026&figure=complaint_rate&place=north").json()["rows"]
    assert [row["denominator"] for row in rows] == [50] * 10 + [500]
    assert local_day(START).month == 3, "ten months since the first need"
