"""Adding and correcting organisations; the list and their page lie in `alliance`, which knows more about them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.accounts.guards import actor_of, posts
from lianxin.core.clock import now
from lianxin.core.edits import refuse_edit
from lianxin.core.errors import Refusal
from lianxin.core.refusals import refuse
from lianxin.organisations import operations
from lianxin.organisations.forms import AddForm, CorrectForm, ServesForm
from lianxin.organisations.models import Organisation
from lianxin.organisations.rules import EDITORS, TIERS, may_correct
from lianxin.places.models import Compound


@posts(*EDITORS)
def unit_add(request: HttpRequest) -> HttpResponse:
    """A new organisation."""
    actor = actor_of(request)
    form = AddForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        named = {name: values.pop(name) for name in ("key", "kind", "code")}
        try:
            made = operations.add_organisation(actor=actor, at=now(), values=values, **named)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Added."))
            return redirect("unit", made.code)
    return render(request, "organisations/add.html", {"form": form}, status=422 if form.is_bound else 200)


@posts(*EDITORS)
def unit_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Correct an organisation, or switch it off."""
    body = get_object_or_404(Organisation.objects.select_related("community"), code=code)
    if not may_correct(actor_of(request), body):
        raise PermissionDenied
    initial = {name: getattr(body, name) for name in operations.FIELDS} | {"version": body.history_seq}
    form = CorrectForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            operations.correct_organisation(body, actor=actor_of(request), at=now(), version=version, values=values)
        except Refusal as refusal:
            body.refresh_from_db()
            refuse_edit(form, refusal, body.history_seq)
        else:
            messages.success(request, _("Saved."))
            return redirect("unit", code)
    context = {"form": form, "unit": body}
    return render(request, "organisations/edit.html", context, status=422 if form.is_bound else 200)


@posts(*TIERS)
@require_POST
def unit_serve(request: HttpRequest, code: str) -> HttpResponse:
    """A company serves one more compound."""
    company = get_object_or_404(Organisation, code=code)
    actor = actor_of(request)
    form = ServesForm(request.POST, actor=actor, company=company)
    if not form.is_valid():
        messages.error(request, _("Choose a compound of your own community."))
        return redirect("unit", code)
    operations.serve_compound(company, actor=actor, at=now(), compound=form.cleaned_data["compound"])
    messages.success(request, _("Saved."))
    return redirect("unit", code)


@posts(*TIERS)
@require_POST
def unit_stop_serving(request: HttpRequest, code: str, compound: str) -> HttpResponse:
    """A company serves a compound no longer."""
    company = get_object_or_404(Organisation, code=code)
    estate = get_object_or_404(Compound.objects.select_related("community"), code=compound)
    operations.stop_serving(company, actor=actor_of(request), at=now(), compound=estate)
    messages.success(request, _("Saved."))
    return redirect("unit", code)
