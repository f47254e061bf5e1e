"""Who may give which post to whom: one function, read by operations, pages and tests alike."""

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import ROLE_SCOPE, Role, Scope, ScopeKind
from lianxin.organisations.models import Organisation, OrganisationKind

# Which role acts for an organisation of a kind; the offices' people hold posts at the place itself.
ORGANISATION_ROLE: dict[str, str] = {
    OrganisationKind.UNIT: Role.LIAISON,
    OrganisationKind.COMMITTEE: Role.LIAISON,
    OrganisationKind.STATION: Role.LIAISON,
    OrganisationKind.COMPANY: Role.COMPANY,
    OrganisationKind.DEPARTMENT: Role.DEPARTMENT,
}
TOWN_GIVES = (Role.TOWN, Role.OFFICE, Role.GRID_WORKER, Role.LIAISON, Role.COMPANY, Role.DEPARTMENT)
MANAGERS = (Role.OFFICE, Role.TOWN, Role.CITY, Role.ADMIN)


def may_appoint(actor: Actor, role: str, path: str, home: str = "") -> bool:
    """May the actor give, and take, the post `role` at the scope `path`?

    The city and administrators: every post. A town: its own posts and those of the offices, grids and
    organisations below it. An office: the grid workers of its own community. `home`: for an organisation, the
    path of the community that it belongs to, which counts as its place beside its own path.
    """
    if actor.has(Role.CITY, Role.ADMIN):
        return True
    for post in actor.posts:
        below = path.startswith(post.path) or (bool(home) and home.startswith(post.path))
        if post.role == Role.TOWN and below and role in TOWN_GIVES:
            return True
        if post.role == Role.OFFICE and below and role == Role.GRID_WORKER:
            return True
    return False


def fits(role: str, scope: Scope, organisation: Organisation | None) -> bool:
    """Does the role belong to this kind of place or organisation?"""
    if ROLE_SCOPE.get(role) != scope.kind:
        return False
    if scope.kind != ScopeKind.ORGANISATION:
        return True
    return organisation is not None and ORGANISATION_ROLE.get(organisation.kind) == role
