"""Working time: which days are worked, and adding and counting the hours of their working day. Pure arithmetic.

A working day is worth its whole length whatever the hour at which counting begins: one working day from Friday
17:00 is Monday 17:00; from Saturday it is the end of Monday, because nothing counts before Monday begins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY, SUNDAY = 5, 6
LONGEST_BREAK = 60


@dataclass(frozen=True)
class WorkingTime:
    """The days and hours of work in one zone.

    `exceptions`: day → is it worked? (a holiday: no; a make-up day on a weekend: yes). All times given and returned
    are aware; the hours are of the wall clock in `zone`, so that a day keeps its hours when the zone changes its
    offset.
    """

    zone: ZoneInfo
    begins: time = time(9)
    ends: time = time(18)
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    weekend: tuple[int, ...] = (SATURDAY, SUNDAY)

    def is_working_day(self, day: date) -> bool:
        """Is `day` worked?"""
        return self.exceptions.get(day, day.weekday() not in self.weekend)

    def is_working(self, at: datetime) -> bool:
        """Is somebody at work at the time `at`?"""
        local = at.astimezone(self.zone)
        return self.is_working_day(local.date()) and self.begins <= local.time() < self.ends

    @property
    def day(self) -> timedelta:
        """How long one working day is."""
        return datetime.combine(date.min, self.ends) - datetime.combine(date.min, self.begins)

    def _at(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, tzinfo=self.zone).astimezone(UTC)

    def _spans(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of working time from `at` on. Stops after 60 days without any, so that it always ends."""
        day, idle = at.astimezone(self.zone).date(), 0
        while idle < LONGEST_BREAK:
            start, end = self._at(day, self.begins), self._at(day, self.ends)
            if self.is_working_day(day) and end > at:
                yield max(start, at), end
                idle = 0
            idle += 1
            day += timedelta(days=1)

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """The time at which `amount` of working time has passed since `at`; at once for nothing or less.

        Where the calendar has no working time, the clock's own hours are counted.
        """
        left = amount
        if left <= timedelta(0):
            return at
        for start, end in self._spans(at):
            if end - start >= left:
                return start + left
            left -= end - start
        return at + amount

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies from `start` to `end`; nothing when `end` is not later."""
        total = timedelta(0)
        for begin, finish in self._spans(start):
            if begin >= end:
                break
            total += min(finish, end) - begin
        return total
