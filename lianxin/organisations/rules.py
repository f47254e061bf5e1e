"""Who may change organisations, and who ties them to places."""

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import GIVER_ROLES, Role
from lianxin.organisations.models import OrganisationKind
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


def may_correct(actor: Actor, kind: str) -> bool:
    """The city and administrators everything; a town units, companies, committees and stations."""
    return actor.has(Role.CITY, Role.ADMIN) or kind in kinds_open_to(actor)


def may_tie(actor: Actor, community: Community) -> bool:
    """May say who belongs to the community: its office, its town, the city, administrators."""
    return (
        actor.has(Role.CITY, Role.ADMIN)
        or actor.holds(community.pk, Role.OFFICE)
        or actor.holds(community.town_id, Role.TOWN)
    )
