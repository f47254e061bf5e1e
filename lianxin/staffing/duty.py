"""The duty roster (值班表): who is on duty, and putting people on and off it."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import StartsWith
from django.utils.translation import gettext as _

from lianxin.accounts.actors import DUTY, Actor
from lianxin.accounts.models import GIVER_ROLES, PLACE_ROLES, Appointment, Role, Scope, ScopeKind, User
from lianxin.core.clock import local_day, now
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.staffing.models import Shift
from lianxin.staffing.queries import held_on

ROSTERED = (ScopeKind.COMMUNITY, ScopeKind.TOWN, ScopeKind.CITY, ScopeKind.ORGANISATION)
KEEPERS = (Role.OFFICE, Role.TOWN, Role.CITY, Role.ADMIN, Role.COMPANY)
HOURS = 72
LONGEST = timedelta(hours=HOURS)
LEFT = timedelta(seconds=1)  # what a shift keeps that was taken off the roster before it began


def on_duty(scope_ids: Iterable[int], at: datetime) -> dict[int, list[int]]:
    """Scope → the users on duty there at the time `at`; a scope with nobody is left out. One query.

    Who has lost the post for it is on duty no more.
    """
    found: dict[int, list[int]] = {}
    running = Shift.objects.filter(scope_id__in=list(scope_ids), from_at__lte=at, to_at__gt=at)
    rows = running.filter(holds_a_post_for_it(at))
    for scope_id, user_id in rows.order_by("from_at", "pk").values_list("scope_id", "user_id"):
        found.setdefault(scope_id, []).append(user_id)
    return found


def holds_a_post_for_it(at: datetime) -> Q:
    """Of shifts: whoever is on it has an account that is open, and a post there or in the place today."""
    in_place = Q(StartsWith(F("scope__path"), OuterRef("scope__path")), role__in=PLACE_ROLES)
    open_ = held_on(Appointment.objects.filter(user_id=OuterRef("user_id")), local_day(at))
    there = open_.filter(in_place | Q(scope_id=OuterRef("scope_id"), role__in=GIVER_ROLES))
    return Q(Exists(there), user__is_active=True)


class _Now(Value):
    """The time at which a query runs, not the one at which it was put together."""

    def __init__(self) -> None:
        super().__init__(None, output_field=DateTimeField())

    @property
    def value(self) -> datetime:
        return now()

    @value.setter
    def value(self, value: None) -> None:
        pass


def _above(kind: str) -> Callable[[], Any]:
    def expression() -> Subquery:
        at = _Now()
        running = Shift.objects.filter(user_id=OuterRef("user_id"), from_at__lte=at, to_at__gt=at, scope__kind=kind)
        above = running.filter(StartsWith(OuterRef("scope__path"), F("scope__path"))).exclude(scope=OuterRef("scope"))
        return Subquery(above.values("scope_id")[:1])

    return expression


for _kind in (ScopeKind.COMMUNITY, ScopeKind.TOWN, ScopeKind.CITY):
    DUTY.add(_kind, _above(_kind))


def rosters_of(post: Appointment) -> list[str]:
    """The paths of the scopes for which the holder of `post` can be on duty."""
    if post.role in GIVER_ROLES:
        return [post.scope.path]
    return post.scope.chain() if post.role in PLACE_ROLES else []


def may_keep(actor: Actor, scope: Scope) -> bool:
    """May the actor change the roster of `scope`? One's own place or company, and the places below."""
    if scope.kind not in ROSTERED:
        return False
    if actor.has(Role.CITY, Role.ADMIN):
        return True
    if scope.kind == ScopeKind.ORGANISATION:
        return actor.holds(scope.pk, Role.COMPANY)
    return any(post.role in (Role.OFFICE, Role.TOWN) and scope.path.startswith(post.path) for post in actor.posts)


def scopes_kept_by(actor: Actor) -> QuerySet[Scope]:
    """The places and companies whose roster the actor sees and keeps."""
    companies = Q(kind=ScopeKind.ORGANISATION, organisation__kind="company")
    if actor.has(Role.CITY, Role.ADMIN):
        return Scope.objects.filter(companies | Q(kind__in=[k for k in ROSTERED if k != ScopeKind.ORGANISATION]))
    mine = Q(pk__in=actor.scope_ids(Role.COMPANY))
    for post in actor.posts:
        if post.role in (Role.OFFICE, Role.TOWN):
            mine |= Q(path__startswith=post.path, kind__in=[ScopeKind.COMMUNITY, ScopeKind.TOWN])
    return Scope.objects.filter(mine)


def people_for(scope: Scope, at: datetime) -> QuerySet[User]:
    """Who can be on duty for `scope`: active users with a post there; for a place also grid workers and offices in it.

    The staff of units and companies are never on duty for a place, and an administrator reads no requests.
    """
    if scope.kind == ScopeKind.ORGANISATION:
        there = Q(appointments__scope=scope)
    else:
        there = Q(appointments__scope__path__startswith=scope.path, appointments__role__in=PLACE_ROLES)
    day = local_day(at)
    open_ = Q(appointments__from_on__lte=day) & (Q(appointments__to_on=None) | Q(appointments__to_on__gte=day))
    return User.objects.filter(there & open_, is_active=True).distinct().order_by("name", "pk")


@operation
def put_on_duty(scope: Scope, *, actor: Actor, at: datetime, user: User, from_at: datetime, to_at: datetime) -> Shift:
    """Put a user on duty from one time to another; the same shift again changes nothing.

    Raises NotAllowed for a roster that is not the actor's, Invalid for times in the wrong order, a shift longer than
    72 hours or one that is over, and for a user without a post there.
    """
    if not may_keep(actor, scope):
        raise NotAllowed(_("You can keep the roster of your own place only."))
    if to_at <= from_at:
        raise Invalid(_("It has to end after it begins."), field="to_at")
    if to_at - from_at > LONGEST:
        raise Invalid(_("A shift lasts %(n)s hours at the most.") % {"n": HOURS}, field="to_at")
    if to_at <= at:
        raise Invalid(_("This time has passed."), field="to_at")
    if not people_for(scope, at).filter(pk=user.pk).exists():
        raise Invalid(_("This person has no post there."), field="user")
    # Sent twice at once, the second one finds what the first one made.
    Scope.objects.select_for_update(of=("self",)).get(pk=scope.pk)
    there = Shift.objects.select_for_update().filter(scope=scope, user=user, from_at=from_at).first()
    if there is not None and there.to_at == to_at:
        return there
    shift = there or Shift(scope=scope, user=user, from_at=from_at)
    shift.to_at = to_at
    chain.record(shift, "shift.set", actor=actor, at=at, to_at=to_at.isoformat())
    shift.save()
    return shift


@operation
def take_off_duty(shift: Shift, *, actor: Actor, at: datetime) -> Shift:
    """End a shift now, or before it begins; a shift that is over stays as it was.

    Raises NotAllowed for a roster that is not the actor's, WrongState for a shift that is over.
    """
    shift = Shift.objects.select_for_update(of=("self",)).select_related("scope").get(pk=shift.pk)
    if not may_keep(actor, shift.scope):
        raise NotAllowed(_("You can keep the roster of your own place only."))
    if shift.to_at <= at:
        raise WrongState(_("This shift is over."))
    shift.to_at = max(at, shift.from_at + LEFT)
    chain.record(shift, "shift.ended", actor=actor, at=at)
    shift.save()
    return shift
