"""Working time by hand: each case says how it was worked out."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.places.working import WorkingTime

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
H = timedelta(hours=1)

# 2026 as published: New Year, Spring Festival, Qingming, Labour Day, Dragon Boat, Mid-Autumn, National Day.
HOLIDAYS = [
    *(date(2026, 1, day) for day in (1, 2, 3)),
    *(date(2026, 2, day) for day in range(15, 24)),
    *(date(2026, 4, day) for day in (4, 5, 6)),
    *(date(2026, 5, day) for day in range(1, 6)),
    *(date(2026, 6, day) for day in (19, 20, 21)),
    *(date(2026, 9, day) for day in (25, 26, 27)),
    *(date(2026, 10, day) for day in range(1, 8)),
]
MAKE_UP = [
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
]
YEAR = {day: False for day in HOLIDAYS} | {day: True for day in MAKE_UP}
WORK = WorkingTime(SHANGHAI, exceptions=YEAR)

# from, working days, until, the working. 09:00 to 18:00, nine hours a day; times of the wall clock in Shanghai.
DAYS = [
    ("2026-03-02 10:00", 1, "2026-03-03 10:00", "Monday 10: 8 h left today, the ninth on Tuesday 9 to 10"),
    ("2026-03-02 09:00", 1, "2026-03-02 18:00", "begins with the day, ends with it"),
    ("2026-03-02 08:00", 1, "2026-03-02 18:00", "before work: counting begins at 9"),
    ("2026-03-02 18:00", 1, "2026-03-03 18:00", "work is just over: all of Tuesday"),
    ("2026-03-02 17:59", 1, "2026-03-03 17:59", "a minute on Monday, the rest on Tuesday"),
    ("2026-03-02 20:00", 1, "2026-03-03 18:00", "evening: all of Tuesday"),
    ("2026-03-06 17:00", 1, "2026-03-09 17:00", "Friday 17: an hour, then Monday 9 to 17"),
    ("2026-03-07 11:00", 1, "2026-03-09 18:00", "Saturday: all of Monday"),
    ("2026-03-08 23:59", 1, "2026-03-09 18:00", "Sunday night: all of Monday"),
    ("2026-03-02 10:00", 7, "2026-03-11 10:00", "Tue Wed Thu Fri Mon Tue Wed: the seventh is 11 March"),
    ("2026-03-02 10:00", 15, "2026-03-23 10:00", "three weeks of five days"),
    ("2026-03-02 10:00", 5, "2026-03-09 10:00", "one week of five days"),
    ("2026-09-30 16:00", 1, "2026-10-08 16:00", "2 h before National Day, 7 h on Thursday 8 October"),
    ("2026-10-01 20:00", 1, "2026-10-08 18:00", "a holiday: all of 8 October"),
    ("2026-10-07 20:00", 1, "2026-10-08 18:00", "the last holiday's evening"),
    ("2026-10-08 10:00", 3, "2026-10-12 10:00", "Fri 9, make-up Saturday 10, Mon 12"),
    ("2026-10-09 10:00", 1, "2026-10-10 10:00", "the next working day is make-up Saturday"),
    ("2026-10-10 10:00", 1, "2026-10-12 10:00", "make-up Saturday counts, Sunday does not"),
    ("2026-10-10 20:00", 1, "2026-10-12 18:00", "after work on make-up Saturday"),
    ("2026-09-18 10:00", 1, "2026-09-20 10:00", "Friday, then make-up Sunday 20 September"),
    ("2026-09-20 12:00", 1, "2026-09-21 12:00", "6 h on make-up Sunday, 3 h on Monday"),
    ("2026-09-24 10:00", 1, "2026-09-28 10:00", "Mid-Autumn from Friday to Sunday"),
    ("2026-02-13 10:00", 1, "2026-02-14 10:00", "make-up Saturday before Spring Festival"),
    ("2026-02-14 17:00", 1, "2026-02-24 17:00", "an hour on make-up Saturday, nine days off, Tuesday 24"),
    ("2026-02-14 19:00", 2, "2026-02-25 18:00", "Tuesday 24 and Wednesday 25"),
    ("2026-02-27 10:00", 1, "2026-02-28 10:00", "make-up Saturday 28 February"),
    ("2026-02-28 10:00", 1, "2026-03-02 10:00", "28 February to Monday 2 March"),
    ("2026-04-03 17:00", 1, "2026-04-07 17:00", "Qingming: Saturday to Monday off"),
    ("2026-04-30 18:30", 1, "2026-05-06 18:00", "Labour Day: five days off"),
    ("2026-05-08 10:00", 1, "2026-05-09 10:00", "make-up Saturday 9 May"),
    ("2026-06-18 10:00", 1, "2026-06-22 10:00", "Dragon Boat: Friday to Sunday off"),
    ("2025-12-31 10:00", 1, "2026-01-04 10:00", "the year's end: off until make-up Sunday 4 January"),
    ("2026-01-02 12:00", 1, "2026-01-04 18:00", "New Year: all of make-up Sunday"),
    ("2026-12-31 17:00", 1, "2027-01-01 17:00", "2027 has no calendar yet: Friday is a weekday"),
    ("2028-02-28 10:00", 1, "2028-02-29 10:00", "a leap day is a Tuesday"),
    ("2028-02-29 10:00", 1, "2028-03-01 10:00", "the day after a leap day"),
    ("2026-03-02 10:00", 0, "2026-03-02 10:00", "nothing takes no time, also outside work"),
    ("2026-03-07 10:00", 0, "2026-03-07 10:00", "nothing takes no time, also on Saturday"),
]
# from, until, hours of work between them
BETWEEN = [
    ("2026-03-02 10:00", "2026-03-02 12:00", 2, "the same morning"),
    ("2026-03-02 17:00", "2026-03-03 10:00", 2, "an hour each"),
    ("2026-03-06 12:00", "2026-03-09 12:00", 9, "6 h on Friday, 3 h on Monday"),
    ("2026-03-07 08:00", "2026-03-08 20:00", 0, "a weekend"),
    ("2026-10-01 00:00", "2026-10-08 09:00", 0, "National Day"),
    ("2026-10-09 18:00", "2026-10-12 09:00", 9, "make-up Saturday in between"),
    ("2026-03-03 10:00", "2026-03-02 10:00", 0, "the wrong way round"),
]


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(("start", "days", "until", "why"), DAYS)
def test_so_many_working_days_later(start: str, days: int, until: str, why: str) -> None:
    assert WORK.add(at(start), WORK.day * days) == at(until), why


@pytest.mark.parametrize(("start", "until", "hours", "why"), BETWEEN)
def test_so_much_work_lies_between(start: str, until: str, hours: int, why: str) -> None:
    assert WORK.between(at(start), at(until)) == hours * H, why


def test_a_day_keeps_its_hours_when_the_zone_changes_its_offset() -> None:
    work = WorkingTime(BERLIN)
    # 29 March 2026, 2:00 becomes 3:00: Friday 17:00 + one day is Monday 17:00 on the wall, an hour less on UTC's clock.
    friday, monday = at("2026-03-27 17:00", BERLIN), at("2026-03-30 17:00", BERLIN)
    assert work.add(friday, work.day) == monday
    assert monday.astimezone(UTC) - friday.astimezone(UTC) == timedelta(days=3) - H
    # 25 October 2026, 3:00 becomes 2:00: an hour more.
    assert work.add(at("2026-10-23 17:00", BERLIN), work.day) == at("2026-10-26 17:00", BERLIN)


def test_another_zone_has_another_monday() -> None:
    moment = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)  # Sunday midnight in Berlin, Monday 07:00 in Shanghai
    assert WORK.add(moment, 9 * H) == at("2026-03-02 18:00")
    assert WorkingTime(BERLIN).add(moment, 9 * H) == at("2026-03-02 18:00", BERLIN)


def test_a_calendar_without_work_counts_the_clocks_hours() -> None:
    idle = WorkingTime(SHANGHAI, weekend=tuple(range(7)))
    assert idle.add(at("2026-03-02 10:00"), 9 * H) == at("2026-03-02 19:00")


MOMENTS = st.datetimes(datetime(2025, 11, 1), datetime(2027, 3, 1), timezones=st.just(UTC))


@given(start=MOMENTS, minutes=st.integers(0, 60 * 9 * 30))
def test_what_is_added_lies_between(start: datetime, minutes: int) -> None:
    amount = timedelta(minutes=minutes)
    assert WORK.between(start, WORK.add(start, amount)) == amount


@given(start=MOMENTS, first=st.integers(0, 5000), second=st.integers(0, 5000))
def test_adding_twice_is_adding_the_sum(start: datetime, first: int, second: int) -> None:
    one, two = timedelta(minutes=first), timedelta(minutes=second)
    assert WORK.add(WORK.add(start, one), two) == WORK.add(start, one + two)


def test_other_hours_make_another_day() -> None:
    short = WorkingTime(SHANGHAI, begins=time(10), ends=time(16))
    assert short.day == 6 * H
    assert short.add(at("2026-03-02 15:00"), short.day) == at("2026-03-03 15:00")
