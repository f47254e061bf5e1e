"""Finding a place by its code, and the community that a visitor chose before."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from lianxin.places.models import Community, Compound, Grid

PLACE_COOKIE = "lx_place"
YEAR = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Spot:
    """A community and, where known, a grid or compound in it."""

    community: Community
    grid: Grid | None = None
    compound: Compound | None = None

    @property
    def value(self) -> str:
        """How forms name the grid or compound: `grid:g-3`, `compound:chengnan`; '' for neither."""
        if self.grid:
            return f"grid:{self.grid.code}"
        return f"compound:{self.compound.code}" if self.compound else ""

    @property
    def label(self) -> str:
        """The community and what is known within it."""
        inner = self.compound or self.grid
        return f"{self.community.label} · {inner.label}" if inner else self.community.label


def communities() -> QuerySet[Community]:
    """All communities with their towns, in the order of their keys."""
    return Community.objects.select_related("town").order_by("pk")


def find_spot(code: str) -> Spot | None:
    """The community, compound or grid called `code` (posters, links), or None."""
    code = code.strip()
    if not code:
        return None
    if community := communities().filter(code=code).first():
        return Spot(community)
    if compound := Compound.objects.select_related("community__town").filter(code=code).first():
        return Spot(compound.community, compound=compound)
    if grid := Grid.objects.select_related("community__town").filter(code=code).first():
        return Spot(grid.community, grid=standing(grid))
    return None


def standing(grid: Grid) -> Grid:
    """The grid in which `grid` goes on: an old poster leads to the one that took it in. A query for each step."""
    while grid.merged_into is not None:
        grid = grid.merged_into
    return grid


def chosen_community(request: HttpRequest) -> Community | None:
    """The community that the visitor chose before. One query a request, none without the cookie."""
    if not hasattr(request, "_lx_community"):
        code = request.COOKIES.get(PLACE_COOKIE, "")[:40]
        found = communities().filter(code=code).first() if code else None
        request._lx_community = found  # type: ignore[attr-defined]
    community: Community | None = request._lx_community  # type: ignore[attr-defined]
    return community


def remember_community(response: HttpResponse, community: Community) -> None:
    """Keep the visitor's community for a year, in their own browser only."""
    response.set_cookie(PLACE_COOKIE, community.code, max_age=YEAR, samesite="Lax", httponly=True)
