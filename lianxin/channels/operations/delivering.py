"""From the outbox to the reader: plan, take, and note what came of it. The clock's.

A delivery is taken, compare-and-set, before anything is sent; so two workers send it once. What came of it is noted
under the name of that one attempt.
"""

import secrets
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Q

from lianxin.accounts.actors import Actor, require_clock
from lianxin.accounts.models import User
from lianxin.channels.models import Channel, Choice, Delivery, State
from lianxin.channels.queries import channels_in_use, is_of_group, reached_at, readers
from lianxin.channels.rules import (
    LEASE,
    MAX_TRIES,
    MINUTE,
    PER_MINUTE,
    TOO_OLD,
    digest_day,
    digest_moment,
    try_again_after,
    used_lately,
)
from lianxin.core.operation import operation
from lianxin.notifications.models import Notice

BATCH = 500
FORGOTTEN_AT_ONCE = 5_000


def _require_clock(actor: Actor) -> None:
    require_clock(actor)


def _reader(user: User | None) -> str:
    return f"user:{user.pk}" if user else "group"


def _digest(day: date, channel: Channel, user: User | None) -> Delivery:
    once = f"digest:{day}:{channel.pk}:{_reader(user)}"
    return Delivery(once=once, channel=channel, user=user, digest_on=day, due_at=digest_moment(day))


def _row(notice: Notice, channel: Channel, user: User | None, at: datetime) -> Delivery:
    """The delivery that tells `notice`: its own for an emergency, else the digest of its day."""
    if not notice.urgent:
        return _digest(digest_day(notice.at), channel, user)
    once = f"notice:{notice.pk}:{channel.pk}:{_reader(user)}"
    return Delivery(once=once, channel=channel, user=user, notice=notice, due_at=at)


def _rows(found: list[Notice], channels: list[Channel], at: datetime) -> Iterator[Delivery]:
    told = readers(found, at)
    choices = Choice.objects.in_bulk({user.pk for people in told.values() for user in people})
    for notice in found:
        for channel in channels:
            if not channel.is_personal:
                if is_of_group(notice, channel):
                    yield _row(notice, channel, None, at)
                continue
            for user in told[notice.pk]:
                choice = choices.get(user.pk) or Choice(user=user)
                wanted = choice.emergencies if notice.urgent else choice.digest
                if wanted and reached_at(user, choice, channel.kind):
                    yield _row(notice, channel, user, at)


@operation
def plan_deliveries(*, actor: Actor, at: datetime) -> int:
    """Take the oldest notices out of the outbox and plan by which channels each goes to whom; how many notices.

    Six queries at the most, whatever the number of notices. Raises NotAllowed for anybody but the clock.
    """
    _require_clock(actor)
    found = list(Notice.objects.filter(sent_at=None).select_related("scope").order_by("pk")[:BATCH])
    if not found:
        return 0
    Notice.objects.filter(pk__in=[n.pk for n in found], sent_at=None).update(sent_at=at)
    fresh = [n for n in found if n.at > at - TOO_OLD]
    channels = channels_in_use()
    if fresh and channels:
        rows = {row.once: row for row in _rows(fresh, channels, at)}
        Delivery.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return len(found)


@operation
def take_delivery(delivery: Delivery, *, actor: Actor, at: datetime) -> str:
    """Take a delivery to send it: 'taken', 'gone' when another worker has it, 'full' when its channel must wait.

    Counts the use of the channel under its lock, so that all workers together keep the service's limit. On 'taken',
    `delivery.taken_by` names this attempt. Raises NotAllowed for anybody but the clock.
    """
    _require_clock(actor)
    channel = Channel.objects.select_for_update().get(pk=delivery.channel_id)
    if not channel.active:
        return "gone"
    limit = PER_MINUTE.get(channel.kind)
    recent = used_lately(channel.recent, at)
    if limit and len(recent) >= limit:
        return "full"
    name = secrets.token_hex(8)
    free = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING, due_at__lte=at)
    if not free.update(state=State.TAKEN, taken_by=name, taken_until=at + LEASE):
        return "gone"
    if limit:
        channel.recent = [*recent, at.isoformat()]
        channel.save(update_fields=["recent"])
    delivery.taken_by = name
    return "taken"


def _mine(delivery: Delivery) -> Q:
    """Still the attempt that `delivery` was taken for, also when its lease has run out meanwhile."""
    return Q(pk=delivery.pk, taken_by=delivery.taken_by, state__in=[State.TAKEN, State.UNCLEAR])


@operation
def note_sent(delivery: Delivery, *, actor: Actor, at: datetime, made_up: Collection[Delivery] = ()) -> None:
    """It went out, and with it what the failed digests `made_up` should have told; nobody needs to send those again.

    Raises NotAllowed for anybody but the clock.
    """
    _require_clock(actor)
    Delivery.objects.filter(_mine(delivery)).update(state=State.SENT, sent_at=at, taken_until=None, error="")
    if made_up:
        told = Delivery.objects.filter(pk__in=[row.pk for row in made_up], state=State.FAILED)
        told.update(state=State.NOT_NEEDED)


@operation
def note_not_needed(delivery: Delivery, *, actor: Actor, at: datetime) -> None:
    """Nothing had to be sent: read meanwhile, chosen away, or too old. Raises NotAllowed for anybody but the clock."""
    _require_clock(actor)
    Delivery.objects.filter(_mine(delivery)).update(state=State.NOT_NEEDED, taken_until=None)


@operation
def note_failed(delivery: Delivery, *, actor: Actor, at: datetime, error: str) -> None:
    """It did not go out: again in 1, 2, 4 … minutes; after eight tries, or one of a test, it has failed.

    The next day has a digest then, also when nothing else is new, so that it tells what this one did not.
    `error`: in code words, without a secret. Raises NotAllowed for anybody but the clock.
    """
    _require_clock(actor)
    tries = delivery.tries + 1
    done = tries >= (1 if delivery.is_test else MAX_TRIES)
    noted = Delivery.objects.filter(_mine(delivery)).update(
        state=State.FAILED if done else State.WAITING,
        due_at=delivery.due_at if done else at + try_again_after(tries),
        tries=tries,
        taken_until=None,
        error=error[:60],
    )
    if noted and done and delivery.digest_on and Channel.objects.filter(pk=delivery.channel_id, active=True).exists():
        following = _digest(delivery.digest_on + timedelta(days=1), delivery.channel, delivery.user)
        Delivery.objects.bulk_create([following], ignore_conflicts=True)


@operation
def note_too_often(delivery: Delivery, *, actor: Actor, at: datetime, error: str) -> None:
    """The service said "too often": in a minute again; this is no failed try. Raises NotAllowed but for the clock."""
    _require_clock(actor)
    Delivery.objects.filter(_mine(delivery)).update(
        state=State.WAITING, due_at=at + MINUTE, taken_until=None, error=error[:60]
    )


@operation
def settle_lost(delivery: Delivery, *, actor: Actor, at: datetime) -> bool:
    """A worker ended while sending: did it go out? Nobody knows. True when it was settled here.

    An emergency is sent once more, because one too many is better than none; everything else, and an emergency that
    was lost twice, stays unclear for the administrator. Raises NotAllowed for anybody but the clock.
    """
    _require_clock(actor)
    lost = Delivery.objects.filter(pk=delivery.pk, state=State.TAKEN, taken_until__lte=at)
    if delivery.notice_id is not None and delivery.losses == 0:
        return bool(lost.filter(losses=0).update(state=State.WAITING, due_at=at, losses=1, taken_until=None))
    return bool(lost.update(state=State.UNCLEAR, taken_until=None))


@operation
def forget_deliveries(*, actor: Actor, at: datetime, before: datetime) -> int:
    """Erase what was due before a time, 5,000 at the most; how many. Raises NotAllowed for anybody but the clock."""
    _require_clock(actor)
    rows = Delivery.objects.filter(due_at__lt=before).exclude(state=State.TAKEN)
    old = list(rows.order_by("pk").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    Delivery.objects.filter(pk__in=old).delete()
    return len(old)
