"""Filing for someone, handled on the spot, and the slips."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core import pdf
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.core.refusals import refuse
from lianxin.needs import similar, slips
from lianxin.needs.filing_forms import FileForm, SpotForm
from lianxin.needs.kinds import KINDS, Kind
from lianxin.needs.models import Need
from lianxin.needs.operations import Filed, file_need, handle_on_the_spot, merge_need

FILERS = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY)


def _kinds() -> list[Kind]:
    """The kinds that staff file: every one that residents are offered, and the community's own needs."""
    return [k for k in KINDS if k.tile or k.code == "community_need"]


@posts(*FILERS)
@require_http_methods(["GET", "HEAD", "POST"])
def file_for(request: HttpRequest) -> HttpResponse:
    """File for someone who calls, comes, or meets the grid worker."""
    kind = KINDS.get(request.POST.get("kind") or request.GET.get("kind") or "")
    if kind is None or kind not in _kinds():
        return render(request, "needs/file_tiles.html", {"kinds": _kinds(), "page": "file_for"})
    actor = actor_of(request)
    if request.method != "POST":
        return _file_page(request, FileForm(kind=kind, actor=actor), kind)
    form = FileForm(request.POST, request.FILES, kind=kind, actor=actor)
    if not form.is_valid():
        return _file_page(request, form, kind, status=422)
    asked, at = form.asked(), now()
    if not form.cleaned_data["seen"] and (near := similar.to_asked(asked, actor=actor, at=at)):
        form.show_similar(near)
        return _file_page(request, form, kind)
    said = form.cleaned_data
    try:
        filed = file_need(asked, actor=actor, at=at, key=said["key"], photos=said.get("photos"))
    except Refusal as refused:
        refuse(form, refused)
        return _file_page(request, form, kind, status=422)
    if said["same_as"] and not filed.repeated:
        _merge(request, filed, said["same_as"], actor)
    return _filed(request, filed)


def _merge(request: HttpRequest, filed: Filed, number: str, actor: Actor) -> None:
    """The asker wants what another has asked for: counted once, both hear. What stands against it is said."""
    into = Need.objects.visible_to(actor).filter(number=number).first()
    try:
        if into is not None:
            merge_need(Need.objects.get(pk=filed.need_id), actor=actor, at=now(), into=into)
            messages.success(request, _("Merged: it counts once; both askers hear."))
    except Refusal as refused:
        messages.warning(request, str(refused.words))


def _filed(request: HttpRequest, filed: Filed) -> HttpResponse:
    if filed.repeated:
        messages.info(request, _("This was sent twice; it was filed once."))
    response = HttpResponseRedirect(reverse("slips"))
    slips.keep(request, response, [(filed.number, filed.code)])
    return response


def _file_page(
    request: HttpRequest, form: FileForm, kind: Kind, *, status: int = 200, spot: bool = False
) -> HttpResponse:
    context = {"form": form, "kind": kind, "spot": spot, "page": "on_the_spot" if spot else "file_for"}
    context["may_merge"] = actor_of(request).has(Role.OFFICE, Role.TOWN, Role.CITY)
    return render(request, "needs/file_form.html", context, status=status)


@posts(Role.GRID_WORKER, Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def on_the_spot(request: HttpRequest) -> HttpResponse:
    """One form files and delivers what could be done at once."""
    kind = KINDS.get(request.POST.get("kind") or request.GET.get("kind") or "")
    kinds = [k for k in _kinds() if not k.needs_subject]
    if kind is None or kind not in kinds:
        return render(request, "needs/file_tiles.html", {"kinds": kinds, "page": "on_the_spot", "spot": True})
    actor = actor_of(request)
    if request.method != "POST":
        return _file_page(request, SpotForm(kind=kind, actor=actor), kind, spot=True)
    form = SpotForm(request.POST, request.FILES, kind=kind, actor=actor)
    if not form.is_valid():
        return _file_page(request, form, kind, status=422, spot=True)
    said = form.cleaned_data
    try:
        filed = handle_on_the_spot(
            form.asked(),
            actor=actor,
            at=now(),
            key=said["key"],
            note=said["note"],
            photos=said.get("photos"),
        )
    except Refusal as refused:
        refuse(form, refused)
        return _file_page(request, form, kind, status=422, spot=True)
    return _filed(request, filed)


@posts(*FILERS, Role.LIAISON)
@never_cache
@require_safe
def slips_page(request: HttpRequest) -> HttpResponse:
    """The slips of what I filed last: number, code and QR, to print and hand over, on the paper of this desk."""
    found, batch = slips.kept(request)
    paper = slips.paper_of(request)
    numbers = [slip.number for slip in found]
    # Only the dates and whom to call: who filed may know them, also where the need itself is not theirs to see.
    mine = Need.objects.filter(number__in=numbers, filed_by=actor_of(request).user).select_related("community")
    needs = {need.number: need for need in mine}
    context = {
        "sheets": slips.on_sheets(found, paper, needs),
        "batch": batch,
        "done": bool(needs) and all(need.delivered_at for need in needs.values()),
        "paper": paper,
        "papers": [(code, label) for code, (label, _n) in slips.PAPERS.items()],
    }
    response = pdf.page(request, "needs/slips.html", context, name="slips")
    if "paper" in request.GET:
        slips.remember_paper(response, paper)
    return response
