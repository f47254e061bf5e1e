"""The city's working calendar: hours that make a day, days that come in by workbook beside what is planned."""

from datetime import date, time, timedelta

import pytest
from django.test import Client

from lianxin.core.clock import local_day, now
from lianxin.core.errors import Invalid
from lianxin.core.models import CityValue
from lianxin.core.values import value
from lianxin.places.calendar import BEGINS, CALENDAR, ENDS, Day
from lianxin.places.sheets import save_calendar
from lianxin.rulebook.operations import call_off_value, set_value
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


def test_work_does_not_begin_at_or_after_its_end(cast: Cast) -> None:
    for begins in (time(18), time(20)):
        with pytest.raises(Invalid, match="it ends at 18:00"):
            put(cast, BEGINS, begins)
    for ends in (time(9), time(8)):
        with pytest.raises(Invalid, match="it begins at 09:00"):
            put(cast, ENDS, ends)
    assert (value(BEGINS), value(ENDS)) == (time(9), time(18))
    put(cast, ENDS, time(21))
    put(cast, BEGINS, time(20))
    assert (value(BEGINS), value(ENDS)) == (time(20), time(21))


def test_work_does_not_begin_after_the_end_that_is_planned_nor_end_before_the_planned_beginning(cast: Cast) -> None:
    put(cast, ENDS, time(16), days=9)
    with pytest.raises(Invalid, match="it ends at 16:00"):
        put(cast, BEGINS, time(17))
    put(cast, ENDS, time(22), days=5)
    put(cast, BEGINS, time(19), days=7)
    with pytest.raises(Invalid, match="it begins at 19:00"):
        put(cast, ENDS, time(18, 30))
    row = CityValue.objects.get(code=ENDS)
    with pytest.raises(Invalid, match="it begins at 19:00"):
        call_off_value(ENDS, actor=cast.actor("admin"), at=now(), version=row.version)
    assert value(ENDS, now() + timedelta(days=10)) == time(22)


def test_the_page_refuses_hours_that_make_no_day_before_and_when_saving(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["city_officer"])
    sent = {"value": "18:00", "from_on": local_day(now()).isoformat(), "version": "0"}
    for more in ({}, {"save": "1"}):
        answer = client.post(f"/workspace/settings/{BEGINS}/", sent | more)
        assert answer.status_code == 422
        assert "begin at 18:00: it ends at 18:00" in answer.content.decode()
    assert not CityValue.objects.filter(code=BEGINS, version__gt=0).exists()


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
