"""When what may go out: quiet hours, the digest's time of day, what a service allows in a minute, when to try again."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lianxin.channels.models import ChannelKind
from lianxin.core.clock import day_start, local_day
from lianxin.core.values import VALUES, time_of_day, value

_GROUP = _("Notices to the outside")
DIGEST_AT, QUIET_FROM, QUIET_TO = "channels.digest_at", "channels.quiet_from", "channels.quiet_to"
VALUES.add(
    DIGEST_AT,
    time_of_day(
        _("The day's digest goes out at"),
        group=_GROUP,
        default=time(8, 30),
        applies=_("From the next day on; each day keeps the time with which it began. Emergencies do not wait for it."),
    ),
)
VALUES.add(
    QUIET_FROM,
    time_of_day(
        _("Quiet hours begin at"),
        group=_GROUP,
        default=time(21, 0),
        applies=_("At once: from then on only emergencies go out. The same time as their end: no quiet hours."),
    ),
)
VALUES.add(
    QUIET_TO,
    time_of_day(
        _("Quiet hours end at"),
        group=_GROUP,
        default=time(7, 30),
        applies=_("At once: what waited goes out then."),
    ),
)

# What one bot may send in a minute, as the services' own manuals say.
PER_MINUTE: dict[str, int] = {ChannelKind.WECOM: 20, ChannelKind.DINGTALK: 20, ChannelKind.FEISHU: 100}
# `at` is in whole seconds: a minute has surely passed after one second more.
MINUTE = timedelta(seconds=61)
LEASE = timedelta(minutes=5)
MAX_TRIES = 8
LONGEST_WAIT = timedelta(hours=1)
# What is older was missed for too long to be sent (a worker that stood still, a restored backup): it stands on Notices.
TOO_OLD = timedelta(days=1)
# A digest makes up for the failed ones of so many days before it.
LONGEST_MADE_UP = timedelta(days=7)


def sms_number(typed: str) -> str:
    """A telephone number as gateways take it: digits, perhaps a + before them."""
    return re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", typed))


def is_quiet(at: datetime) -> bool:
    """Only emergencies go out at this time."""
    begin, end, clock = value(QUIET_FROM, at), value(QUIET_TO, at), timezone.localtime(at).time()
    return bool(begin <= clock < end) if begin <= end else bool(clock >= begin or clock < end)


def digest_moment(day: date) -> datetime:
    """When the digest of a day goes out: at the time of day that held when the day began."""
    return timezone.make_aware(datetime.combine(day, value(DIGEST_AT, day_start(day))))


def digest_day(at: datetime) -> date:
    """The day whose digest tells what happened at `at`."""
    today = local_day(at)
    return today if at < digest_moment(today) else today + timedelta(days=1)


def try_again_after(tries: int) -> timedelta:
    """How long to wait after so many failed tries: 1, 2, 4 … minutes, an hour at the most."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_WAIT)


def used_lately(recent: list[str], at: datetime) -> list[str]:
    """Of the times at which a channel was used, those within the last minute."""
    return [moment for moment in recent if datetime.fromisoformat(moment) > at - MINUTE]
