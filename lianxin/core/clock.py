"""Now, and what day it is in the city."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone


def now() -> datetime:
    """The time of an operation's `at`: aware, UTC, whole seconds (history hashes it as text)."""
    return datetime.now(tz=UTC).replace(microsecond=0)


def local_day(at: datetime) -> date:
    """The day of `at` in the city's zone."""
    return timezone.localtime(at).date()


# Days outside of these are somebody's typing error; a zone's offset would carry them out of what Python can count.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)


def day_start(day: date) -> datetime:
    """Midnight at which `day` begins in the city's zone, as an aware datetime; days of other centuries are clamped."""
    return timezone.make_aware(datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time.min))


def day_range(first: date, last: date) -> tuple[datetime, datetime]:
    """Half-open range [start, end) that covers the days `first` to `last`, both included."""
    return day_start(first), day_start(min(last, LAST_DAY) + timedelta(days=1))
