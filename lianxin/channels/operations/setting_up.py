"""Setting up channels, trying them, sending again what did not go out: the administrator's."""

import secrets
from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role, Scope, ScopeKind
from lianxin.channels.models import PERSONAL, Channel, Delivery, State
from lianxin.channels.queries import choice_of, reached_at, too_old
from lianxin.core.edits import require_version
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.history import chain

GROUP_SCOPES = (ScopeKind.CITY, ScopeKind.TOWN, ScopeKind.COMMUNITY, ScopeKind.ORGANISATION)
_HISTORY = ("history_seq", "history_head")


def _require_admin(actor: Actor) -> None:
    if not actor.has(Role.ADMIN):
        raise NotAllowed(_("Only an administrator can do this."))


def _address(kind: str, typed: str) -> str:
    from lianxin.channels.addresses import BadAddress, checked

    try:
        return checked(kind, typed)
    except BadAddress as error:
        raise Invalid(_("This is no address of this kind of channel; see the example."), field="address") from error


def _lock(channel: Channel) -> Channel:
    channel = Channel.objects.select_for_update(of=("self",)).select_related("scope").get(pk=channel.pk)
    if channel.removed_at is not None:
        raise WrongState(_("This channel was removed."))
    return channel


@operation
def add_channel(
    kind: str, *, actor: Actor, at: datetime, scope: Scope | None, address: str, language: str = ""
) -> Channel:
    """Set up a channel, switched on: for the city (e-mail, SMS), or a group of `scope`; also one that was removed.

    Raises NotAllowed for anybody but administrators, Invalid for an address or scope that does not fit, WrongState
    when there is one of this kind already.
    """
    _require_admin(actor)
    if (scope is None) != (kind in PERSONAL) or (scope is not None and scope.kind not in GROUP_SCOPES):
        raise Invalid(_("Choose whose group it is."), field="scope")
    channel = Channel.objects.select_for_update().filter(kind=kind, scope=scope).first()
    if channel and channel.removed_at is None:
        raise WrongState(_("There is one of this kind already; change that one."))
    channel = channel or Channel(kind=kind, scope=scope, version=0)
    channel.address, channel.language = _address(kind, address), language
    channel.active, channel.removed_at = True, None
    channel.version += 1
    chain.record(channel, "channel.added", actor=actor, at=at)
    channel.save()
    return channel


@operation
def change_channel(
    channel: Channel, *, actor: Actor, at: datetime, version: int, address: str, language: str
) -> Channel:
    """Give a channel another address (empty: the same as before) or language.

    Raises NotAllowed, Invalid, and Stale when it was changed meanwhile.
    """
    _require_admin(actor)
    channel = _lock(channel)
    require_version(channel.version, version, theirs={"language": channel.language}, mine={"language": language})
    wanted = {"language": language} | ({"address": _address(channel.kind, address)} if address.strip() else {})
    changed = sorted(name for name, value in wanted.items() if getattr(channel, name) != value)
    if changed:
        for name in changed:
            setattr(channel, name, wanted[name])
        channel.version += 1
        chain.record(channel, "channel.changed", actor=actor, at=at, fields=changed)
        channel.save(update_fields=[*changed, "version", *_HISTORY])
    return channel


@operation
def switch_channel(channel: Channel, *, actor: Actor, at: datetime, on: bool) -> Channel:
    """Switch a channel on or off; what waits for one that is switched off is not sent any more.

    Raises NotAllowed for anybody but administrators.
    """
    _require_admin(actor)
    channel = _lock(channel)
    if channel.active != on:
        channel.active = on
        channel.version += 1
        chain.record(channel, "channel.switched", actor=actor, at=at, on=on)
        channel.save(update_fields=["active", "version", *_HISTORY])
        if not on:
            channel.deliveries.filter(state=State.WAITING).update(state=State.NOT_NEEDED)
    return channel


@operation
def remove_channel(channel: Channel, *, actor: Actor, at: datetime) -> Channel:
    """Take a channel away: its address is erased, nothing that waits or failed is sent any more.

    Raises NotAllowed for anybody but administrators, WrongState for one that was removed.
    """
    _require_admin(actor)
    channel = _lock(channel)
    channel.active, channel.address, channel.recent, channel.removed_at = False, "", [], at
    channel.version += 1
    chain.record(channel, "channel.removed", actor=actor, at=at)
    channel.save(update_fields=["active", "address", "recent", "removed_at", "version", *_HISTORY])
    over = [State.WAITING, State.FAILED, State.UNCLEAR]
    channel.deliveries.filter(state__in=over).update(state=State.NOT_NEEDED)
    return channel


@operation
def try_channel(channel: Channel, *, actor: Actor, at: datetime) -> Delivery:
    """Let the worker send a test: to the group, or to the administrator who asks.

    Raises NotAllowed for anybody but administrators, WrongState for a channel that is off or while one is under way,
    Invalid when the administrator's own address is not known.
    """
    _require_admin(actor)
    channel = _lock(channel)
    if not channel.active:
        raise WrongState(_("This channel is switched off."))
    user = actor.user if channel.is_personal else None
    if user is not None and not reached_at(user, choice_of(user), channel.kind):
        raise Invalid(_("Choose this way under My account first: the test goes to you."))
    under_way = channel.deliveries.filter(state__in=[State.WAITING, State.TAKEN], notice=None, digest_on=None)
    if under_way.exists():
        raise WrongState(_("A test is on its way already."))
    chain.record(channel, "channel.tested", actor=actor, at=at)
    channel.save(update_fields=_HISTORY)
    once = f"test:{secrets.token_hex(8)}"
    return Delivery.objects.create(once=once, channel=channel, user=user, due_at=at)


@operation
def send_again(delivery: Delivery, *, actor: Actor, at: datetime) -> Delivery:
    """Let the worker send what failed, or what perhaps did not go out.

    Raises NotAllowed for anybody but administrators, WrongState for one that is neither failed nor unclear, that is
    too old to be sent, or whose channel is off.
    """
    _require_admin(actor)
    channel = _lock(delivery.channel)
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.state not in (State.FAILED, State.UNCLEAR):
        raise WrongState(_("Only what failed or is unclear can be sent again."))
    if not channel.active:
        raise WrongState(_("This channel is switched off."))
    if too_old(delivery, at):
        raise WrongState(_("This is too old to send: an emergency stands under Notices, a digest in the next day's."))
    chain.record(channel, "channel.sent_again", actor=actor, at=at, delivery=delivery.pk)
    channel.save(update_fields=_HISTORY)
    delivery.state, delivery.due_at, delivery.tries, delivery.losses, delivery.error = State.WAITING, at, 0, 0, ""
    delivery.save(update_fields=["state", "due_at", "tries", "losses", "error"])
    return delivery
