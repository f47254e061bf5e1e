"""Splitting a grid and letting one end in another: first what would move, then the second tap."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lianxin.accounts.guards import actor_of, posts
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.core.refusals import refuse
from lianxin.places import regridding
from lianxin.places.forms import MergeForm, SplitForm
from lianxin.places.models import Grid
from lianxin.places.regridding import Preview
from lianxin.places.rules import EDITORS


def _standing(code: str) -> Grid:
    return get_object_or_404(Grid.objects.standing().select_related("community"), code=code)


def _page(
    request: HttpRequest, grid: Grid, form: Any, verb: str, preview: Preview | None = None, status: int = 200
) -> HttpResponse:
    context = {"grid": grid, "form": form, "verb": verb, "preview": preview}
    return render(request, "places/regrid.html", context, status=status)


@posts(*EDITORS)
def grid_split(request: HttpRequest, code: str) -> HttpResponse:
    """Choose addresses, look at what moves with them, then split."""
    grid = _standing(code)
    form = SplitForm(request.POST or None)
    if not form.is_valid():
        return _page(request, grid, form, "split", status=422 if form.is_bound else 200)
    said = dict(form.cleaned_data)
    try:
        homes = regridding.choose(grid, said["begins"], said["labels"])
        if "sure" not in request.POST:
            return _page(request, grid, form, "split", regridding.preview_split(grid, homes, now()))
        names = {name: said[name] for name in ("name", "name_en")}
        chosen = {name: said[name] for name in ("key", "code", "begins", "labels")}
        new = regridding.split_grid(grid, actor=actor_of(request), at=now(), values=names, **chosen)
    except Refusal as refusal:
        refuse(form, refusal)
        return _page(request, grid, form, "split", status=422)
    messages.success(request, _("%(new)s was made out of %(old)s.") % {"new": new.label, "old": grid.label})
    return redirect("place", grid.community.code)


@posts(*EDITORS)
def grid_merge(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the grid it goes into, look at what moves, then merge."""
    grid = _standing(code)
    others = Grid.objects.standing().filter(community=grid.community).exclude(pk=grid.pk).order_by("code")
    form = MergeForm(request.POST or None, others=others)
    if not form.is_valid():
        return _page(request, grid, form, "merge", status=422 if form.is_bound else 200)
    if "sure" not in request.POST:
        return _page(request, grid, form, "merge", regridding.preview_merge(grid, now()))
    try:
        into = regridding.merge_grid(grid, actor=actor_of(request), at=now(), into=form.cleaned_data["into"])
    except Refusal as refusal:
        refuse(form, refusal)
        return _page(request, grid, form, "merge", status=422)
    messages.success(request, _("%(old)s went into %(new)s.") % {"new": into.label, "old": grid.label})
    return redirect("place", grid.community.code)
