"""Registering addresses, noting what they are to be told, telling them, and what came of it."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role, Scope, ScopeKind
from lianxin.core.clock import now
from lianxin.core.crypto import keyed_digest
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.core.paging import capped_count, shown_count
from lianxin.core.values import VALUES, days, whole
from lianxin.history import chain
from lianxin.history.models import Entry
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.webhooks.models import Delivery, State, Webhook
from lianxin.webhooks.registry import EVENTS, PLACES
from lianxin.webhooks.sending import check_url

KEEP = "webhooks.keep_days"


def _forget_deliveries(new: int) -> list[str]:
    """How many deliveries would be forgotten."""
    count = capped_count(Delivery.objects.filter(at__lt=now() - timedelta(days=new)))
    words = ngettext(
        "If it held now, the next run would erase %(n)s thing that was sent.",
        "If it held now, the next run would erase %(n)s things that were sent.",
        count,
    )
    return [words % {"n": shown_count(count)}]


VALUES.add(
    KEEP,
    whole(
        gettext_lazy("What was sent to other programs is remembered for"),
        group=gettext_lazy("API"),
        default=30,
        low=1,
        high=365,
        unit=gettext_lazy("days"),
        applies=gettext_lazy("At the next night's clearing."),
        effect=_forget_deliveries,
    ),
)
MAX_HOOKS = 20
OLD_SECRET_LASTS = timedelta(days=7)
GIVES_UP_AFTER = timedelta(days=1)
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=2)
LEASE = timedelta(minutes=2)
# An operation of this length may still write an entry with a number below one that was seen.
STILL_OPEN = timedelta(minutes=5)
AT_ONCE = 5_000


def _require_admin(actor: Actor) -> None:
    if not actor.has(Role.ADMIN):
        raise NotAllowed(_("Only an administrator can do this."))


def _lock(hook: Webhook) -> Webhook:
    return Webhook.objects.select_for_update(of=("self",)).select_related("scope").get(pk=hook.pk)


def new_secret_words() -> str:
    """A new secret of 256 bits."""
    return "whsec_" + secrets.token_urlsafe(32)


def _require_room() -> None:
    if Webhook.objects.filter(active=True).count() >= MAX_HOOKS:
        raise WrongState(_("%(n)s addresses are told already; switch one off first.") % {"n": MAX_HOOKS})


@operation
def register_webhook(
    *, actor: Actor, at: datetime, name: str, url: str, scope: Scope, events: Iterable[str]
) -> Webhook:
    """Tell `url` from now on of `events` in `scope`. Its `secret` is shown once.

    Raises NotAllowed for anybody but administrators, Invalid for an address, place or events that do not fit,
    WrongState with twenty addresses that are told already.
    """
    _require_admin(actor)
    wanted = sorted(set(events))
    check_url(url)
    if not name.strip():
        raise Invalid(_("Say whose address it is."), field="name")
    if not wanted or not set(wanted) <= set(EVENTS.codes()):
        raise Invalid(_("Choose what is told."), field="events")
    if scope.kind not in (ScopeKind.CITY, ScopeKind.TOWN, ScopeKind.COMMUNITY):
        raise Invalid(_("Choose a city, town or community."), field="scope")
    _require_room()
    assert actor.user is not None  # who has a post is somebody
    hook = Webhook.objects.create(
        name=name.strip()[:60],
        url=url,
        scope=scope,
        events=wanted,
        secret=new_secret_words(),
        seen=Entry.objects.aggregate(last=Max("pk"))["last"] or 0,
        created_at=at,
        created_by=actor.user,
    )
    chain.record(hook, "webhook.registered", actor=actor, at=at, events=wanted, scope=scope.path)
    hook.save(update_fields=["history_seq", "history_head"])
    return hook


@operation
def switch_webhook(hook: Webhook, *, actor: Actor, at: datetime, on: bool) -> Webhook:
    """Stop telling an address, or begin again, first with what still waits.

    Raises NotAllowed, and WrongState with twenty others that are told.
    """
    _require_admin(actor)
    hook = _lock(hook)
    if hook.active != on:
        if on:
            _require_room()
        hook.active, hook.failing_since = on, None
        if on:
            hook.deliveries.filter(state=State.WAITING).update(next_at=at, attempts=0)
        chain.record(hook, "webhook.switched_on" if on else "webhook.switched_off", actor=actor, at=at)
        hook.save(update_fields=["active", "failing_since", "history_seq", "history_head"])
    return hook


@operation
def renew_secret(hook: Webhook, *, actor: Actor, at: datetime) -> Webhook:
    """A new secret; the one before signs beside it for seven days. Raises NotAllowed."""
    _require_admin(actor)
    hook = _lock(hook)
    hook.old_secret, hook.secret, hook.old_until = hook.secret, new_secret_words(), at + OLD_SECRET_LASTS
    chain.record(hook, "webhook.secret_renewed", actor=actor, at=at)
    hook.save(update_fields=["secret", "old_secret", "old_until", "history_seq", "history_head"])
    return hook


@operation
def send_again(delivery: Delivery, *, actor: Actor, at: datetime) -> Delivery:
    """Send one event once more, with the same id. Raises NotAllowed, and WrongState when it has not been sent yet."""
    _require_admin(actor)
    hook = _lock(delivery.hook)
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.state != State.SENT:
        raise WrongState(_("This still waits to be sent."))
    delivery.state, delivery.next_at, delivery.attempts = State.WAITING, at, 0
    delivery.save(update_fields=["state", "next_at", "attempts"])
    chain.record(hook, "webhook.sent_again", actor=actor, at=at, event=delivery.event_id)
    hook.save(update_fields=["history_seq", "history_head"])
    return delivery


@operation
def note_events(hook: Webhook, *, actor: Actor, at: datetime) -> int:
    """Put down what `hook` is to be told of the history since the last look; how many events.

    Each entry is put down once, however often it is looked at: entries of the last five minutes are looked at
    again, because a slower operation may have taken an earlier number.
    """
    hook = _lock(hook)
    if not hook.active:
        return 0
    new = Entry.objects.filter(pk__gt=hook.seen)
    some = list(new.order_by("pk").values_list("pk", "at")[:AT_ONCE])
    if not some:
        return 0
    last, last_at = some[-1]
    if last_at <= at - STILL_OPEN:  # far behind: a piece at a time; the last five minutes are looked at as a whole
        new = new.filter(pk__lte=last)
    entries = list(new.filter(code__in=hook.events, imported=False).order_by("pk"))
    known = set(hook.deliveries.filter(entry__gt=hook.seen).values_list("entry", flat=True))
    keys: dict[str, list[str]] = {}
    for entry in entries:
        keys.setdefault(entry.object_key.partition(":")[0], []).append(entry.object_key)
    places = {
        key: place for kind, found in keys.items() if kind in PLACES for key, place in PLACES[kind](found).items()
    }
    rows = [
        Delivery(
            hook=hook,
            entry=entry.pk,
            event_id=keyed_digest("webhook", f"{hook.pk}:{entry.pk}")[:32],
            event=entry.code,
            number=place.number,
            path=place.page,
            at=entry.at,
            next_at=at,
        )
        for entry in entries
        if entry.pk not in known
        and (place := places.get(entry.object_key))
        and place.scope_path.startswith(hook.scope.path)
    ]
    Delivery.objects.bulk_create(rows)
    fresh = new.filter(at__gt=at - STILL_OPEN).aggregate(first=Min("pk"))["first"] or last + 1
    # Up to an entry that is there: a number before it that is not may be a slower operation's.
    hook.seen = new.filter(pk__lt=fresh).aggregate(last=Max("pk"))["last"] or hook.seen
    hook.save(update_fields=["seen"])
    return len(rows)


def take(delivery: Delivery, at: datetime) -> bool:
    """Take a delivery that is due, compare-and-set: of two workers one gets it, a dead one's comes free."""
    free = Q(taken_until=None) | Q(taken_until__lte=at)
    due = Delivery.objects.filter(free, pk=delivery.pk, state=State.WAITING, next_at__lte=at, hook__active=True)
    return due.update(taken_until=at + LEASE) == 1


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: a minute, doubled each time, two hours at the most."""
    wait: timedelta = FIRST_RETRY * 2 ** min(attempts - 1, 20)
    return min(wait, LONGEST_RETRY)


@operation
def settle(delivery: Delivery, *, actor: Actor, at: datetime, answer: str, arrived: bool) -> Delivery:
    """Keep what came of sending; after a day of failures the address is switched off and administrators are told."""
    hook = _lock(delivery.hook)
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    delivery.taken_until, delivery.answer = None, answer[:60]
    delivery.attempts += 1
    if arrived:
        delivery.state, delivery.sent_at = State.SENT, at
        hook.failing_since = None
    else:
        delivery.next_at = at + retry_after(delivery.attempts)
        hook.failing_since = hook.failing_since or at
        if hook.active and at - hook.failing_since >= GIVES_UP_AFTER:
            hook.active = False
            chain.record(hook, "webhook.given_up", actor=actor, at=at)
            _tell_administrators(hook, at)
    delivery.save(update_fields=["taken_until", "answer", "attempts", "state", "sent_at", "next_at"])
    hook.save(update_fields=["failing_since", "active", "history_seq", "history_head"])
    return delivery


def _tell_administrators(hook: Webhook, at: datetime) -> None:
    city = Scope.objects.filter(kind=ScopeKind.CITY).values_list("pk", flat=True).first()
    page = f"/workspace/webhooks/{hook.pk}/"
    notices.send([Say("webhook.given_up", page, scope_id=city, role=Role.ADMIN, params={"name": hook.name})], at=at)


@operation
def forget_deliveries(*, actor: Actor, at: datetime) -> int:
    """Take away what was told long ago; how many."""
    return Delivery.objects.filter(at__lt=at - days(KEEP, at)).delete()[0]
