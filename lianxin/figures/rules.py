"""Who reads which figures uncovered; everybody else reads the open ones, in which small numbers are hidden."""

from django.db.models import QuerySet

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import GIVER_ROLES, Role, Scope, ScopeKind

READERS = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY, Role.ADMIN)
WIDE = (ScopeKind.CITY, ScopeKind.TOWN, ScopeKind.COMMUNITY)


def places_of(actor: Actor) -> list[Scope]:
    """City, towns and communities that the actor's posts cover; a grid worker's is the community of the grid."""
    rows: QuerySet[Scope] = Scope.objects.filter(kind__in=WIDE).order_by("path")
    if actor.has(Role.CITY, Role.ADMIN):
        return list(rows)
    paths = []
    for post in actor.posts:
        if post.role not in GIVER_ROLES:
            paths.append(post.path.split("grid:")[0] if post.role == Role.GRID_WORKER else post.path)
    return [scope for scope in rows if scope.path.startswith(tuple(paths))]
