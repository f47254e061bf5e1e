"""What the clock does for people and posts."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import SYSTEM
from lianxin.accounts.models import Reset, Session
from lianxin.core.throttle import forget_tries
from lianxin.jobs.registry import EACH_HOUR, JOBS, Job
from lianxin.staffing.empty import empty_posts, tell_of_empty_post
from lianxin.staffing.handing import begin_stand_in, end_stand_in, waiting_to_begin, waiting_to_end
from lianxin.staffing.resets import end_expired_reset
from lianxin.staffing.tokens import ending_soon, warn_of_end

TEN = timedelta(minutes=10)


def hand_to_substitutes(at: datetime) -> int:
    """Work passes back from substitutes whose last day is over, and to those whose first day has come; how many."""
    ended = sum(end_stand_in(post, actor=SYSTEM, at=at) for post in waiting_to_end(at).order_by("pk"))
    return ended + sum(begin_stand_in(post, actor=SYSTEM, at=at) for post in waiting_to_begin(at).order_by("pk"))


def tell_of_empty_posts(at: datetime) -> int:
    """The tier above hears where work waits for a post that nobody holds; how many."""
    return sum(tell_of_empty_post(*post, actor=SYSTEM, at=at) for post in empty_posts(at))


def warn_of_ends(at: datetime) -> int:
    """Holders of tokens that end within a week are told; how many."""
    return sum(warn_of_end(token, actor=SYSTEM, at=at) for token in ending_soon(at).select_related("user"))


def end_resets(at: datetime) -> int:
    """Reset codes that nobody used in time end; how many."""
    late = Reset.objects.filter(ended_at=None, expires_at__lte=at).order_by("pk")
    return sum(end_expired_reset(reset, actor=SYSTEM, at=at) for reset in late)


def forget_what_is_over(at: datetime) -> int:
    """Counters of wrong tries and sessions whose time is over are erased; how many."""
    return forget_tries(at) + Session.objects.filter(expire_date__lte=at).delete()[0]


JOBS.add("staffing.token_ends", Job(_("Tell whose API token ends within a week"), warn_of_ends, EACH_HOUR))
JOBS.add("staffing.resets", Job(_("End reset codes that nobody used"), end_resets, EACH_HOUR))
JOBS.add("staffing.forget", Job(_("Erase counts of wrong tries and sessions that are over"), forget_what_is_over, TEN))
STAND_INS = _("Hand work to substitutes on their first day, and back after their last")
JOBS.add("staffing.stand_ins", Job(STAND_INS, hand_to_substitutes, EACH_HOUR))
EMPTY = _("Tell the tier above where work waits and nobody holds the post")
JOBS.add("staffing.empty", Job(EMPTY, tell_of_empty_posts, EACH_HOUR))
