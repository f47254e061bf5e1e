"""Which jobs there are: each area registers what the clock does for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise

from lianxin.core.registry import Registry


@dataclass(frozen=True)
class Job:
    """Something done again and again: `run(at)` does what is due at that time and returns how much it did.

    It must be safe to run twice and to die half way: it asks what is due, then calls one operation for each, which
    looks again under its lock. `every`: how long after one run the next is due. `lease`: after this time a run
    that did not come back counts as dead, and another worker begins anew.
    """

    label: str | Promise
    run: Callable[[datetime], int]
    every: timedelta
    lease: timedelta = timedelta(minutes=15)


JOBS: Registry[Job] = Registry("job")
EACH_MINUTE = timedelta(minutes=1)
EACH_HOUR = timedelta(hours=1)
EACH_DAY = timedelta(days=1)
