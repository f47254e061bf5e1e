"""How many communities, grids, households, people, compounds."""

from django.db.models import Count as Count_
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from lianxin.figures.registry import FIGURES, GROUPS, Area, Count, Figure, Period, Ratio
from lianxin.places.models import Community, Compound, Grid, Household

_PATHS = {"town": "community__town_id", "community": "community_id"}


def communities(area: Area, period: Period) -> Count:
    """Communities in the city, a town, or the one asked for."""
    rows = Community.objects.all()
    if area.kind == "town":
        rows = rows.filter(town_id=area.scope_id)
    elif area.kind == "community":
        rows = rows.filter(pk=area.scope_id)
    return Count(rows.count())


def grids(area: Area, period: Period) -> Count:
    """Grids in a place."""
    rows = Grid.objects.standing()
    if area.kind in _PATHS:
        rows = rows.filter(**{_PATHS[area.kind]: area.scope_id})
    return Count(rows.count())


def compounds(area: Area, period: Period) -> Count:
    """Compounds in a place."""
    rows = Compound.objects.all()
    if area.kind in _PATHS:
        rows = rows.filter(**{_PATHS[area.kind]: area.scope_id})
    return Count(rows.count())


def _households(area: Area) -> QuerySet[Household]:
    rows = Household.objects.all()
    if area.kind in _PATHS:
        return rows.filter(**{f"grid__{_PATHS[area.kind]}": area.scope_id})
    if area.kind == "grid":
        return rows.filter(grid_id=area.scope_id)
    return rows.filter(compound_id=area.scope_id) if area.kind == "compound" else rows


def households(area: Area, period: Period) -> Count:
    """Households in a place."""
    return Count(_households(area).count())


def people(area: Area, period: Period) -> Count:
    """Sum of the head counts of the households in a place."""
    return Count(_households(area).aggregate(n=Sum("head_count"))["n"] or 0)


def together(area: Area, period: Period) -> dict[str, Count | Ratio]:
    """All figures of places, in two queries."""
    rows = Community.objects.all()
    if area.kind in _AT:
        rows = rows.filter(**{_AT[area.kind]: area.scope_id})
    placed = rows.aggregate(
        communities=Count_("pk", distinct=True),
        grids=Count_("grids", distinct=True, filter=Q(grids__ended_at=None)),
        compounds=Count_("compounds", distinct=True),
    )
    lived = _households(area).aggregate(households=Count_("pk"), people=Sum("head_count"))
    return {code: Count(value or 0) for code, value in (placed | lived).items()}


_AT = {"town": "town_id", "community": "pk"}

for _code, _label, _compute in (
    ("communities", _("Communities"), communities),
    ("grids", _("Grids"), grids),
    ("households", _("Households"), households),
    ("people", _("People"), people),
    ("compounds", _("Compounds"), compounds),
):
    FIGURES.add(_code, Figure(_code, _label, _("counted now"), "", True, _compute, group="places"))
GROUPS.add("places", together)
