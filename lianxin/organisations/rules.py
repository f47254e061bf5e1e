"""Who may change organisations, and who ties them to places."""

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import GIVER_ROLES, Role
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.places.models import Community

READERS = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY, Role.ADMIN, *GIVER_ROLES)
EDITORS = (Role.TOWN, Role.CITY, Role.ADMIN)
TIERS = (Role.OFFICE, *EDITORS)
# What a page can add; the offices of town and city come with the city's workbooks.
ADDED = (
    OrganisationKind.UNIT,
    OrganisationKind.COMPANY,
    OrganisationKind.COMMITTEE,
    OrganisationKind.STATION,
    OrganisationKind.DEPARTMENT,
    OrganisationKind.COMMUNITY_OFFICE,
)
TOWN_ADDS = (
    OrganisationKind.UNIT,
    OrganisationKind.COMPANY,
    OrganisationKind.COMMITTEE,
    OrganisationKind.STATION,
)


def kinds_open_to(actor: Actor) -> tuple[str, ...]:
    """The kinds of organisation that the actor may add and correct."""
    if actor.has(Role.CITY, Role.ADMIN):
        return ADDED
    return TOWN_ADDS if actor.has(Role.TOWN) else ()


def may_correct(actor: Actor, body: Organisation) -> bool:
    """The city and administrators everything; a town its units, companies, committees and stations, not another's."""
    if actor.has(Role.CITY, Role.ADMIN):
        return True
    own = body.community is None or actor.holds(body.community.town_id, Role.TOWN)
    return own and body.kind in kinds_open_to(actor)


def may_rehome(actor: Actor, old: Community | None, new: Community | None) -> bool:
    """May say that an organisation is at home in `new` instead of `old`.

    Who gives posts in an organisation hangs on its home (staffing.rules.may_appoint): only the city and administrators
    take one up that has none, or let one go; a town moves its own within itself.
    """
    if actor.has(Role.CITY, Role.ADMIN) or old == new:
        return True
    return old is not None and new is not None and may_tie(actor, old) and may_tie(actor, new)


def may_tie(actor: Actor, community: Community) -> bool:
    """May say who belongs to the community: its office, its town, the city, administrators."""
    return (
        actor.has(Role.CITY, Role.ADMIN)
        or actor.holds(community.pk, Role.OFFICE)
        or actor.holds(community.town_id, Role.TOWN)
    )
