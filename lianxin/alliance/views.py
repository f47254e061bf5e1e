"""Units: the list, a unit's page, alliances, registration, helpers."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.alliance import operations, rules
from lianxin.alliance.forms import HelperForm, JoinForm, RegistrationForm, UnitFilter
from lianxin.alliance.models import Membership, Registration
from lianxin.alliance.queries import units as find_units
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.core.refusals import refuse
from lianxin.organisations.forms import ServesForm
from lianxin.organisations.models import Organisation, OrganisationKind, Serves
from lianxin.organisations.rules import READERS, TIERS, kinds_open_to, may_correct, may_tie
from lianxin.panels.registry import for_page
from lianxin.places.models import Community

SORTS = {"name": "name", "kind": "kind", "level": "level"}
LABELS = [
    ("name", gettext_lazy("Name")),
    ("kind", gettext_lazy("Kind")),
    ("level", gettext_lazy("Level")),
    ("alliances", gettext_lazy("Alliances")),
    ("registration", gettext_lazy("Registration")),
]


@posts(*READERS)
def units(request: HttpRequest) -> HttpResponse:
    """Units, departments, companies and other bodies."""
    form = UnitFilter(request.GET or None)
    data = form.cleaned_data if form.is_valid() else {}
    rows = find_units(words=data.pop("q", ""), **data)
    if wants_workbook(request):
        heads = [_("Code"), *(str(label) for _code, label in LABELS), _("Members who reported")]
        return as_workbook("units", heads, rows.order_by("name", "pk"), _line)
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="name")
    context = {
        "list": shown,
        "page": shown.page,
        "filter": form,
        "may_add": bool(kinds_open_to(actor_of(request))),
        "may_help": actor_of(request).has(*rules.OFFICES),
    }
    return render(request, "alliance/units.html", context)


def _line(unit: Organisation) -> list[Any]:
    row = getattr(unit, "registration", None)
    allied = ", ".join(m.community.label for m in unit.memberships.all())
    state = "" if row is None else _("accepted") if row.accepted_on else _("handed in")
    members = row.members if row else None
    return [unit.code, unit.label, unit.get_kind_display(), unit.get_level_display(), allied, state, members]


def _unit(code: str) -> Organisation:
    return get_object_or_404(Organisation.objects.select_related("community", "registration__community"), code=code)


@posts(*READERS)
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """An organisation: alliances, registration, helpers, what it took on."""
    return _show(request, _unit(code))


def _show(request: HttpRequest, body: Organisation, status: int = 200, **forms: Form) -> HttpResponse:
    actor = actor_of(request)
    named = rules.may_see_helpers(actor, body)
    context = {
        "unit": body,
        "registration": getattr(body, "registration", None),
        "memberships": _ties(actor, body),
        "helpers": body.helpers.held().order_by("name", "pk")[:200] if named else [],
        "helper_count": body.helpers.offered().count(),
        "named": named,
        "panels": for_page("organisation", body, actor),
        "may_correct": may_correct(actor, body),
        "reports": body.kind in (OrganisationKind.UNIT, OrganisationKind.STATION),
        "speaks": rules.speaks_for(actor, body),
        **_forms(actor, body),
        **forms,
    }
    return render(request, "alliance/unit.html", context, status=status)


def _ties(actor: Actor, body: Organisation) -> list[tuple[Membership, bool]]:
    rows = body.memberships.select_related("community").order_by("community_id")
    return [(m, may_tie(actor, m.community)) for m in rows]


def _forms(actor: Actor, body: Organisation) -> dict[str, Any]:
    """The forms that the reader may use on this page."""
    found: dict[str, Any] = {}
    row = getattr(body, "registration", None)
    if actor.has(*TIERS) and body.kind in (OrganisationKind.UNIT, OrganisationKind.STATION):
        found["join"] = JoinForm(actor=actor, unit=body, auto_id="join_%s")
    if body.kind == OrganisationKind.COMPANY:
        rows = Serves.objects.filter(organisation=body).select_related("compound__community")
        found["serves"] = [(s.compound, may_tie(actor, s.compound.community)) for s in rows.order_by("compound__code")]
        if actor.has(*TIERS):
            found["serve"] = ServesForm(actor=actor, company=body, auto_id="serve_%s")
    if rules.speaks_for(actor, body):
        found["new_helper"] = HelperForm(auto_id="helper_%s")
        if row is None or row.accepted_on is None:
            found["hand_in"] = RegistrationForm(unit=body, auto_id="report_%s")
    found["may_accept"] = row is not None and row.accepted_on is None and may_tie(actor, row.community)
    return found


@posts(*TIERS)
@require_POST
def unit_join(request: HttpRequest, code: str) -> HttpResponse:
    """A unit joins an alliance."""
    body = _unit(code)
    form = JoinForm(request.POST, actor=actor_of(request), unit=body, auto_id="join_%s")
    if form.is_valid():
        try:
            operations.join_alliance(body, actor=actor_of(request), at=now(), community=form.cleaned_data["community"])
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("unit", code)
    return _show(request, body, status=422, join=form)


@posts(*TIERS)
@require_POST
def unit_leave(request: HttpRequest, code: str, community: str) -> HttpResponse:
    """A unit leaves an alliance."""
    place = get_object_or_404(Community, code=community)
    operations.leave_alliance(_unit(code), actor=actor_of(request), at=now(), community=place)
    messages.success(request, _("Saved."))
    return redirect("unit", code)


@posts(Role.LIAISON)
@require_POST
def unit_report(request: HttpRequest, code: str) -> HttpResponse:
    """The liaison hands in the unit's registration."""
    body = _unit(code)
    if not rules.speaks_for(actor_of(request), body):
        raise PermissionDenied
    form = RegistrationForm(request.POST, unit=body, auto_id="report_%s")
    if form.is_valid():
        try:
            operations.hand_in_registration(body, actor=actor_of(request), at=now(), **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Handed in. The community's office will accept it."))
            return redirect("unit", code)
    return _show(request, body, status=422, hand_in=form)


@posts(*TIERS)
@require_POST
def unit_accept(request: HttpRequest, code: str) -> HttpResponse:
    """The office accepts a unit's registration."""
    row = get_object_or_404(Registration, organisation__code=code)
    operations.accept_registration(row, actor=actor_of(request), at=now())
    messages.success(request, _("Accepted. The unit is told."))
    return redirect("unit", code)


@posts(Role.LIAISON)
@require_POST
def helper_add(request: HttpRequest, code: str) -> HttpResponse:
    """The liaison names a helper who asked for it."""
    body = _unit(code)
    if not rules.speaks_for(actor_of(request), body):
        raise PermissionDenied
    form = HelperForm(request.POST, auto_id="helper_%s")
    if form.is_valid():
        try:
            operations.register_helper(body, actor=actor_of(request), at=now(), **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Thank you. The helper is named."))
            return redirect("unit", code)
    return _show(request, body, status=422, new_helper=form)
