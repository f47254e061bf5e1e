"""What the clock does for notices to the outside: each minute plan and send; each day forget."""

from collections import Counter
from datetime import datetime, timedelta
from time import monotonic

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import SYSTEM
from lianxin.channels import operations as do
from lianxin.channels.models import Delivery, State
from lianxin.channels.queries import message_for, missed_before
from lianxin.channels.rules import is_quiet
from lianxin.core.values import days
from lianxin.jobs.registry import EACH_DAY, EACH_MINUTE, JOBS, Job
from lianxin.notifications.operations import KEPT, forget_notices

# A run ends well before the next is due; what is left goes out then.
LONGEST_RUN = 45.0
AT_ONCE = 500
# A channel that fails so often in a run is left alone until the next: it must not use up the time of the others.
ENOUGH_FAILURES = 3


def plan(at: datetime) -> int:
    """Empty the outbox; how many notices."""
    planned = 0
    while found := do.plan_deliveries(actor=SYSTEM, at=at):
        planned += found
    return planned


def settle(at: datetime) -> int:
    """See to what dead workers held; how many."""
    lost = Delivery.objects.filter(state=State.TAKEN, taken_until__lte=at)
    return sum(do.settle_lost(delivery, actor=SYSTEM, at=at) for delivery in lost.order_by("pk"))


def due(at: datetime) -> QuerySet[Delivery]:
    """What is to go out at `at`: emergencies and tests first; in quiet hours nothing else."""
    rows = Delivery.objects.filter(state=State.WAITING, due_at__lte=at, channel__active=True)
    if is_quiet(at):
        rows = rows.filter(digest_on=None)
    rows = rows.select_related("channel__scope", "user", "notice")
    return rows.order_by(F("digest_on").asc(nulls_first=True), "due_at", "pk")


def deliver_one(delivery: Delivery, at: datetime) -> str:
    """Send a delivery that was taken, and note what came of it: 'sent', 'not needed' or 'failed'."""
    from lianxin.channels.sending import NotSent, TooOften, send

    missed = missed_before(delivery)
    found = message_for(delivery, at, len(missed))
    if found is None:
        do.note_not_needed(delivery, actor=SYSTEM, at=at)
        return "not needed"
    try:
        send(delivery.channel, *found)
    except TooOften as error:
        do.note_too_often(delivery, actor=SYSTEM, at=at, error=str(error))
    except NotSent as error:
        do.note_failed(delivery, actor=SYSTEM, at=at, error=str(error))
    except Exception as error:  # of the library: one bad delivery must not hold up the others
        do.note_failed(delivery, actor=SYSTEM, at=at, error=type(error).__name__)
    else:
        do.note_sent(delivery, actor=SYSTEM, at=at, made_up=missed)
        return "sent"
    return "failed"


def send_due(at: datetime) -> int:
    """Send what is due, for less than a minute; how many went out."""
    start, sent = monotonic(), 0
    full: set[int] = set()
    failures: Counter[int] = Counter()
    for delivery in list(due(at)[:AT_ONCE]):
        passed = monotonic() - start
        if passed > LONGEST_RUN:
            break
        if delivery.channel_id in full:
            continue
        then = at + timedelta(seconds=int(passed))
        answer = do.take_delivery(delivery, actor=SYSTEM, at=then)
        if answer == "full":
            full.add(delivery.channel_id)
        elif answer == "taken":
            came = deliver_one(delivery, then)
            sent += came == "sent"
            failures[delivery.channel_id] += came == "failed"
            if failures[delivery.channel_id] >= ENOUGH_FAILURES:
                full.add(delivery.channel_id)
    return sent


def run(at: datetime) -> int:
    """Plan, settle, send; how many went out."""
    plan(at)
    settle(at)
    return send_due(at)


def forget(at: datetime) -> int:
    """Erase notices and what is kept of sending them, when their time is over; how many."""
    before, forgotten = at - days(KEPT, at), 0
    for forget_some in (do.forget_deliveries, forget_notices):
        while found := forget_some(actor=SYSTEM, at=at, before=before):
            forgotten += found
    return forgotten


JOBS.add("channels.send", Job(_("Send notices to the outside"), run, EACH_MINUTE))
JOBS.add("channels.forget", Job(_("Erase old notices"), forget, EACH_DAY))
