"""Which people and posts an actor may look at, and which posts it may give."""

from datetime import date

from django.db.models import F, Q, QuerySet

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import ROLE_SCOPE, Appointment, Role, Scope, ScopeKind, User
from lianxin.organisations.models import Organisation
from lianxin.staffing.rules import MANAGERS, ORGANISATION_ROLE, may_appoint


def _in_scope(actor: Actor, field: str) -> Q:
    """Scopes that the actor's posts as office, town, city or administrator cover."""
    if actor.has(Role.CITY, Role.ADMIN):
        return Q()
    found = Q(pk__in=[])
    prefix = f"{field}__" if field else ""
    for post in actor.posts:
        if post.role in MANAGERS:
            found |= Q(**{f"{prefix}path__startswith": post.path})
            found |= Q(**{f"{prefix}organisation__community__scope__path__startswith": post.path})
    return found


def appointments_for(actor: Actor) -> QuerySet[Appointment]:
    """The posts, held now or once, in the places that the actor looks after."""
    rows = Appointment.objects.filter(_in_scope(actor, "scope")).select_related("user", "scope")
    return rows.annotate(person=F("user__name"), place=F("scope__name"))


def held_between(rows: QuerySet[Appointment], first: date, last: date) -> QuerySet[Appointment]:
    """Of `rows`, those held on at least one of the days from `first` to `last`."""
    return rows.filter(from_on__lte=last).filter(Q(to_on=None) | Q(to_on__gte=first))


def held_on(rows: QuerySet[Appointment], day: date) -> QuerySet[Appointment]:
    """Of `rows`, those held on a day."""
    return held_between(rows, day, day)


def person_for(actor: Actor, username: str) -> User | None:
    """A user whom the actor may look at: one with a post in its places; None otherwise."""
    user = User.objects.filter(username=username).first()
    if user is None:
        return None
    if actor.has(Role.CITY, Role.ADMIN) or appointments_for(actor).filter(user=user).exists():
        return user
    return None


def posts_open_to(actor: Actor) -> list[tuple[str, list[Scope]]]:
    """Every role that the actor may give, with the scopes for which it may. Two queries."""
    standing = Scope.objects.exclude(grid__ended_at__isnull=False)
    scopes = list(standing.filter(_in_scope(actor, "")).order_by("path"))
    bodies = {
        o.pk: o
        for o in Organisation.objects.filter(pk__in=[s.pk for s in scopes], active=True).select_related(
            "community__scope"
        )
    }
    found = []
    for role in Role:
        fitting = [s for s in scopes if ROLE_SCOPE[role] == s.kind]
        if ROLE_SCOPE[role] == ScopeKind.ORGANISATION:
            fitting = [s for s in fitting if s.pk in bodies and ORGANISATION_ROLE.get(bodies[s.pk].kind) == role]
        fitting = [s for s in fitting if may_appoint(actor, role, s.path, home_of(bodies.get(s.pk)))]
        if fitting:
            found.append((role.value, fitting))
    return found


def home_of(organisation: Organisation | None) -> str:
    """The path of the community that an organisation belongs to, or nothing."""
    if organisation is None or organisation.community is None:
        return ""
    return organisation.community.scope.path


def may_manage(actor: Actor, user: User, day: date) -> bool:
    """May the actor renew the user's code and close the account: may it give every post the user holds?"""
    if actor.has(Role.CITY, Role.ADMIN):
        return True
    held = held_on(user.appointments.all(), day).select_related("scope__organisation__community__scope")
    found = list(held)
    return bool(found) and all(
        may_appoint(actor, a.role, a.scope.path, home_of(getattr(a.scope, "organisation", None))) for a in found
    )
