"""What the clock does for programs elsewhere."""

from datetime import UTC, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import SYSTEM
from lianxin.core.clock import now
from lianxin.jobs.registry import EACH_DAY, JOBS, Job
from lianxin.webhooks.models import Delivery, State, Webhook
from lianxin.webhooks.operations import forget_deliveries, note_events, settle, take
from lianxin.webhooks.sending import Unreachable, body_of, post, signature

AT_ONCE = 100
LONGEST_RUN = 20.0  # seconds for all addresses together


def secrets_of(hook: Webhook, at: datetime) -> list[str]:
    """The secrets that sign at the time `at`, the newest first."""
    holds = hook.old_secret and hook.old_until and hook.old_until > at
    return [hook.secret, *([hook.old_secret] if holds else [])]


def deliver(delivery: Delivery, at: datetime) -> bool:
    """Send one event that was taken, and keep what came of it; whether it arrived."""
    said_at = delivery.at.astimezone(UTC).isoformat(timespec="seconds")
    url = settings.BASE_URL + delivery.path
    body = body_of(delivery.event_id, delivery.event, delivery.number, said_at, url)
    sign = signature(secrets_of(delivery.hook, at), int(at.timestamp()), body)
    headers = {"X-Lianxin-Event": delivery.event_id, "X-Lianxin-Signature": sign}
    try:
        status = post(delivery.hook.url, body, headers)
        answer, arrived = str(status), 200 <= status < 300
    except Unreachable as error:
        answer, arrived = str(error), False
    settle(delivery, actor=SYSTEM, at=at, answer=answer, arrived=arrived)
    return arrived


def send_what_waits(hook: Webhook, at: datetime, until: float) -> int:
    """Send what waits for `hook`, oldest first; what fails holds up the rest, so that the order is kept.

    `until`: of the monotonic clock; what is left then goes out in the next run.
    """
    waiting = hook.deliveries.filter(state=State.WAITING).select_related("hook").order_by("entry")
    sent = 0
    for delivery in waiting[:AT_ONCE]:
        moment = max(at, now())
        if monotonic() > until or not take(delivery, moment) or not deliver(delivery, moment):
            break
        sent += 1
    return sent


def tell(at: datetime) -> int:
    """Note what happened and tell it to every address; how many events arrived.

    The other jobs wait meanwhile: a slow address gets its share of LONGEST_RUN, and whoever waits longest comes first.
    """
    end, sent = monotonic() + LONGEST_RUN, 0
    hooks = list(Webhook.objects.filter(active=True).order_by("pk"))
    for hook in hooks:
        note_events(hook, actor=SYSTEM, at=at)
    waits = dict(Delivery.objects.filter(hook__in=hooks, state=State.WAITING).values_list("hook").annotate(Min("at")))
    hooks = sorted((hook for hook in hooks if hook.pk in waits), key=lambda hook: waits[hook.pk])
    for left, hook in zip(range(len(hooks), 0, -1), hooks, strict=True):
        sent += send_what_waits(hook, at, monotonic() + (end - monotonic()) / left)
    return sent


def forget(at: datetime) -> int:
    """Take away what was told long ago."""
    return forget_deliveries(actor=SYSTEM, at=at)


JOBS.add("webhooks.tell", Job(_("Tell other programs what happened"), tell, timedelta(seconds=10)))
JOBS.add("webhooks.forget", Job(_("Clear the log of what other programs were told"), forget, EACH_DAY))
