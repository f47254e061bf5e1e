"""The public column's daily work: the root over the city's history."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import SYSTEM
from lianxin.history.roots import seal_day
from lianxin.jobs.registry import EACH_HOUR, JOBS, Job


def publish_root(at: datetime) -> int:
    """Seal the day's history, once a day; how many chains."""
    return seal_day(actor=SYSTEM, at=at)


JOBS.add("board.root", Job(_("Publish the day's root over the history"), publish_root, EACH_HOUR))
