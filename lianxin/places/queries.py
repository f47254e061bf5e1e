"""Places with their counts. Head counts are told as sums of five households or more, never of fewer."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from lianxin.places.models import Community, Compound, Grid, Household

SMALLEST_SUM = 5


@dataclass(frozen=True)
class Counts:
    """What lies in a place; `people` is None where the sum would be of fewer than five households."""

    households: int = 0
    people: int | None = None
    grids: int = 0
    compounds: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.households + other.households,
            None if self.people is None and other.people is None else (self.people or 0) + (other.people or 0),
            self.grids + other.grids,
            self.compounds + other.compounds,
        )


@dataclass(frozen=True)
class Row:
    """A place with its counts."""

    place: Any
    counts: Counts


def _heads(field: str, **where: Any) -> dict[int, tuple[int, int | None]]:
    """Households and people by place; households elsewhere in the city don't matter."""
    rows = Household.objects.filter(**where).exclude(**{field: None}).order_by()
    found = rows.values(field).annotate(n=Count("pk"), heads=Sum("head_count"))
    return {r[field]: (r["n"], r["heads"] if r["n"] >= SMALLEST_SUM else None) for r in found}


def community_rows(words: str = "", town: str = "") -> list[Row]:
    """All communities with their counts, by town. Four queries."""
    communities = Community.objects.select_related("town").order_by("town__pk", "pk")
    if words:
        communities = communities.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(code=words))
    if town:
        communities = communities.filter(town__code=town)
    heads = _heads("grid__community")
    grids = dict(Grid.objects.standing().order_by().values_list("community").annotate(n=Count("pk")))
    compounds = dict(Compound.objects.order_by().values_list("community").annotate(n=Count("pk")))
    return [
        Row(c, Counts(*heads.get(c.pk, (0, None)), grids=grids.get(c.pk, 0), compounds=compounds.get(c.pk, 0)))
        for c in communities
    ]


def rows_in(model: type[Grid] | type[Compound], community: Community) -> list[Row]:
    """The grids or compounds of a community with their households. Two queries."""
    field = "grid" if model is Grid else "compound"
    heads = _heads(field, grid__community=community)
    places: Any = Grid.objects.standing() if model is Grid else Compound.objects.all()
    rows = places.filter(community=community).order_by("code")
    return [Row(p, Counts(*heads.get(p.pk, (0, None)))) for p in rows]
