"""What the clock does for helpers: erase those whose time is over."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import SYSTEM
from lianxin.alliance.holding import HELPERS_KEPT, kept_until, named_on, perhaps_over
from lianxin.alliance.models import Helper
from lianxin.alliance.operations import erase_old_helper
from lianxin.core.values import days
from lianxin.jobs.registry import EACH_DAY, JOBS, Job
from lianxin.personal.models import Erasure
from lianxin.personal.operations import note_run

PIECE = 200


def erase_helpers(at: datetime) -> int:
    """Erase helpers who stopped, or were last named, long enough ago; how many. A few queries for 200 looked at."""
    kept, done = days(HELPERS_KEPT), 0
    keys = list(perhaps_over(at - kept).values_list("pk", flat=True))
    for start in range(0, len(keys), PIECE):
        some = Helper.objects.in_bulk(keys[start : start + PIECE])
        names = named_on(some)
        for pk, helper in some.items():
            until = kept_until(helper, names[pk], kept)
            if until is not None and until <= at:
                done += erase_old_helper(helper, actor=SYSTEM, at=at)
    note_run(Erasure.What.HELPERS, actor=SYSTEM, at=at, count=done, before=at - kept)
    return done


JOBS.add("alliance.helpers", Job(_("Erase helpers who are no longer needed"), erase_helpers, EACH_DAY))
