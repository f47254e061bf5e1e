"""Pages of the place tree."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.accounts.guards import actor_of, posts
from lianxin.core.clock import now
from lianxin.core.edits import refuse_edit
from lianxin.core.errors import Refusal
from lianxin.core.listing import headings, wants_workbook
from lianxin.core.refusals import refuse
from lianxin.core.workbooks import download
from lianxin.panels.registry import for_page
from lianxin.places import operations
from lianxin.places.forms import AddForm, CorrectForm, PlaceFilter
from lianxin.places.models import City, Community, Compound, Grid, Place, Town
from lianxin.places.queries import Counts, Row, community_rows, rows_in
from lianxin.places.rules import EDITORS, READERS, may_edit

KINDS: dict[str, type[Place]] = {"town": Town, "community": Community, "grid": Grid, "compound": Compound}
LABELS = [
    ("name", gettext_lazy("Community")),
    ("households", gettext_lazy("Households")),
    ("people", gettext_lazy("People")),
    ("grids", gettext_lazy("Grids")),
    ("compounds", gettext_lazy("Compounds")),
    ("", gettext_lazy("Telephone")),
]


def _sort(rows: list[Row], code: str) -> list[Row]:
    name = code.removeprefix("-")
    if name not in {c for c, _label in LABELS if c}:
        return rows

    def by(row: Row) -> Any:
        return row.place.label if name == "name" else getattr(row.counts, name) or 0

    return sorted(rows, key=by, reverse=code.startswith("-"))


@posts(*READERS)
def places(request: HttpRequest) -> HttpResponse:
    """City, towns, communities, and what lies in them."""
    form = PlaceFilter(request.GET or None)
    data = form.cleaned_data if form.is_valid() else {}
    rows = _sort(community_rows(data.get("q", ""), data.get("town", "")), request.GET.get("sort", ""))
    if wants_workbook(request):
        heads = [_("Code"), _("Town"), *(str(label) for _code, label in LABELS)]
        return download("communities", heads, (_line(row) for row in rows))
    towns: dict[int, dict[str, Any]] = {}
    for row in rows:
        town = towns.setdefault(row.place.town_id, {"town": row.place.town, "rows": [], "sum": Counts()})
        town["rows"].append(row)
        town["sum"] += row.counts
    context = {
        "city": City.objects.first(),
        "towns": towns.values(),
        "sum": sum((row.counts for row in rows), Counts()),
        "communities": len(rows),
        "filter": form,
        "headings": headings(request.GET.get("sort", ""), LABELS, {c for c, _label in LABELS if c}),
        "may_edit": may_edit(actor_of(request)),
    }
    return render(request, "places/places.html", context)


def _line(row: Row) -> list[Any]:
    c = row.counts
    place = row.place
    return [place.code, place.town.label, place.label, c.households, c.people, c.grids, c.compounds, place.phone]


@posts(*READERS)
def place(request: HttpRequest, code: str) -> HttpResponse:
    """A community: its grids, compounds, offices, telephone."""
    community = get_object_or_404(Community.objects.select_related("town"), code=code)
    grids = rows_in(Grid, community)
    compounds = rows_in(Compound, community)
    context = {
        "community": community,
        "grids": grids,
        "compounds": compounds,
        "counts": next(r.counts for r in community_rows(code) if r.place.pk == community.pk),
        "panels": for_page("community", community, actor_of(request)),
        "may_edit": may_edit(actor_of(request)),
    }
    return render(request, "places/place.html", context)


def _model(kind: str) -> type[Place]:
    if kind not in KINDS:
        raise Http404
    return KINDS[kind]


def _back_to(thing: Any) -> HttpResponse:
    if isinstance(thing, Town):
        return redirect("places")
    return redirect("place", thing.code if isinstance(thing, Community) else thing.community.code)


@posts(*EDITORS)
def place_edit(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Correct a place's names, telephone, counts."""
    model = _model(kind)
    thing = get_object_or_404(model, code=code)
    initial = {name: getattr(thing, name) for name in operations.FIELDS[model]} | {"version": thing.history_seq}
    form = CorrectForm(request.POST or None, model=model, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            operations.correct_place(thing, actor=actor_of(request), at=now(), version=version, values=values)
        except Refusal as refusal:
            thing.refresh_from_db()
            refuse_edit(form, refusal, thing.history_seq)
        else:
            messages.success(request, _("Saved."))
            return _back_to(thing)
    context = {"form": form, "place": thing}
    return render(request, "places/edit.html", context, status=422 if form.is_bound else 200)


@posts(*EDITORS)
def place_add(request: HttpRequest, kind: str) -> HttpResponse:
    """Add a community, grid or compound."""
    model = _model(kind)
    if model not in operations.PARENT:
        raise Http404
    parents = Town.objects.order_by("pk") if model is Community else Community.objects.order_by("pk")
    initial = {"parent": request.GET.get("in", "")}
    form = AddForm(request.POST or None, model=model, parents=parents.select_related("scope"), initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        named = {name: values.pop(name) for name in ("key", "parent", "code")}
        try:
            made = operations.add_place(model, actor=actor_of(request), at=now(), values=values, **named)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Added."))
            return _back_to(made)
    context = {"form": form, "kind": model._meta.model_name}
    return render(request, "places/add.html", context, status=422 if form.is_bound else 200)
