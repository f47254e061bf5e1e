"""Places over the API: the tree with its codes, and one place with its numbers."""

from typing import Any

from django.db.models import Count, Sum
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from lianxin.accounts.api import OPEN, anybody
from lianxin.core.api import Code, answers
from lianxin.places.models import City, Community, Compound, Grid, Household, Place, Town

router = Router(tags=["places"])
# Fewer households than this are not shown as a sum (DOMAIN §6).
SMALLEST_SUM = 5


class Named(Schema):
    """A place: `label` is its name in the caller's language."""

    code: str
    label: str
    name: str
    name_en: str


class CommunityOut(Named):
    """A community with its grids and compounds."""

    phone: str
    grids: list[Named]
    compounds: list[Named]


class TownOut(Named):
    """A town with its communities."""

    phone: str
    communities: list[CommunityOut]


class Tree(Named):
    """The city, everything below it."""

    towns: list[TownOut]


class PlaceOut(Named):
    """One place. Households and people are sums, left out where they would speak of fewer than five households."""

    kind: str
    parent: str = Field(description="code of the place above; empty for the city")
    phone: str
    households: int | None
    people: int | None


def _named(place: Place, **more: Any) -> dict[str, Any]:
    return {"code": place.code, "label": place.label, "name": place.name, "name_en": place.name_en} | more


def _by_community(rows: Any) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.community_id, []).append(_named(row))
    return found


@router.get("", response=answers(Tree), auth=anybody(), openapi_extra=OPEN)
def list_places(request: HttpRequest) -> Any:
    """The tree of places: codes and names, no numbers. Five queries, whatever its size."""
    city = City.objects.first()
    if city is None:
        raise Http404
    grids = _by_community(Grid.objects.standing().order_by("code"))
    compounds = _by_community(Compound.objects.order_by("code"))
    by_town: dict[int, list[dict[str, Any]]] = {}
    for community in Community.objects.order_by("code"):
        row = _named(
            community,
            phone=community.phone,
            grids=grids.get(community.pk, []),
            compounds=compounds.get(community.pk, []),
        )
        by_town.setdefault(community.town_id, []).append(row)
    towns = [
        _named(town, phone=town.phone, communities=by_town.get(town.pk, [])) for town in Town.objects.order_by("code")
    ]
    return _named(city, towns=towns)


KINDS: list[tuple[type[Place], str]] = [
    (City, ""),
    (Town, "city"),
    (Community, "town"),
    (Grid, "community"),
    (Compound, "community"),
]


@router.get("/{code}", response=answers(PlaceOut), auth=anybody(), openapi_extra=OPEN)
def read_place(request: HttpRequest, code: Code) -> Any:
    """One place by its code. Grids and compounds have no sums: they are too small to be told apart from homes."""
    for model, above in KINDS:
        rows = model._default_manager.filter(code=code)
        place: Any = (rows.select_related(above) if above else rows).first()
        if place is not None:
            households, people = _sums(place)
            return _named(
                place,
                kind=model._meta.model_name,
                parent=getattr(place, above).code if above else "",
                phone=getattr(place, "phone", ""),
                households=households,
                people=people,
            )
    raise Http404


def _sums(place: Place) -> tuple[int | None, int | None]:
    """Households and people of a city, town or community; None also when subtraction would give a small sum away."""
    homes = Household.objects.order_by()
    if isinstance(place, Community):
        homes = homes.filter(grid__community=place)
    elif isinstance(place, Town):
        homes = homes.filter(grid__community__town=place)
    elif not isinstance(place, City):
        return None, None
    parts = list(homes.values("grid__community").annotate(homes=Count("id"), people=Sum("head_count")))
    if not parts or any(part["homes"] < SMALLEST_SUM for part in parts):
        return None, None
    return sum(p["homes"] for p in parts), sum(p["people"] for p in parts)
