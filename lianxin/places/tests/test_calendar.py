"""The city's working calendar: hours that make a day, days that come in by workbook beside what is planned."""

from datetime import date, timedelta

import pytest

from lianxin.core.clock import now
from lianxin.core.models import CityValue
from lianxin.core.values import value
from lianxin.places.calendar import CALENDAR, Day
from lianxin.places.sheets import save_calendar
from lianxin.rulebook.operations import set_value
from lianxin.sheets.registry import Import, Row
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NATIONAL: Day = (date(2026, 10, 1), False, "国庆节")
MAKE_UP: Day = (date(2026, 10, 10), True, "")
LABOUR: Day = (date(2026, 5, 1), False, "劳动节")


def put(cast: Cast, code: str, wanted: object, **later: int) -> None:
    at = now()
    version = CityValue.objects.filter(code=code).values_list("version", flat=True).first() or 0
    officer = cast.actor("city_officer")
    set_value(code, wanted, actor=officer, at=at, version=version, from_at=at + timedelta(**later))


def imported(cast: Cast, *days: Day) -> Import:
    work = Import(cast.actor("city_officer"), now(), sheet="calendar")
    rows = [Row(n, {"day": day, "worked": worked, "name": name}) for n, (day, worked, name) in enumerate(days, start=2)]
    save_calendar(rows, work)
    return work


def test_days_by_workbook_leave_the_calendar_that_is_planned_for_later(cast: Cast) -> None:
    put(cast, CALENDAR, (NATIONAL,), days=20)
    work = imported(cast, LABOUR)
    assert (work.created, work.changed, work.unchanged) == (1, 0, 0)
    assert value(CALENDAR) == (LABOUR,)
    assert value(CALENDAR, now() + timedelta(days=21)) == (LABOUR, NATIONAL)
    again = imported(cast, LABOUR)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 1)
    assert CityValue.objects.get(code=CALENDAR).version == 3


def test_a_day_that_only_the_later_calendar_says_otherwise_is_changed_in_that_alone(cast: Cast) -> None:
    put(cast, CALENDAR, (NATIONAL,))
    put(cast, CALENDAR, (MAKE_UP,), days=10)
    put(cast, CALENDAR, (NATIONAL, MAKE_UP), days=20)
    before = CityValue.objects.get(code=CALENDAR)
    work = imported(cast, NATIONAL)
    assert (work.created, work.changed, work.unchanged) == (0, 1, 0)
    assert CityValue.objects.get(code=CALENDAR).steps[0] == before.steps[0]
    assert value(CALENDAR) == (NATIONAL,)
    for later in (11, 21):
        assert value(CALENDAR, now() + timedelta(days=later)) == (NATIONAL, MAKE_UP)
