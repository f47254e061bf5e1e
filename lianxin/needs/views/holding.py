"""What is held on an asker: seen, taken away, erased; by the code, or at the office."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.core.refusals import refuse
from lianxin.needs import tracking
from lianxin.needs.holding import held_on, what_happens
from lianxin.needs.models import Need
from lianxin.needs.operations import correct_own, erase_on_request, may_ask_for_erasure
from lianxin.needs.public_forms import CorrectOwnForm
from lianxin.needs.staff_forms import LookForm
from lianxin.needs.views.need_page import found, look
from lianxin.needs.views.tracking import with_code
from lianxin.personal.operations import VALID, looks_at, opened

OFFICES = (Role.OFFICE, Role.TOWN, Role.CITY)


class EraseForm(forms.Form):
    """Erasing can't be undone: it is said twice."""

    sure = forms.BooleanField(
        label=gettext_lazy("Yes, erase everything. I know that nobody can bring it back."),
        error_messages={"required": gettext_lazy("Tick the box if you are sure.")},
    )


class OfficeEraseForm(EraseForm):
    """The same, said by the office."""

    sure = forms.BooleanField(
        label=gettext_lazy("The person who asked wants it, and knows that nobody can bring it back."),
        error_messages={"required": gettext_lazy("Tick the box if the person asked for it.")},
    )


def _download(need: Need) -> JsonResponse:
    response = JsonResponse(held_on(need), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{need.number}.json"'
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@with_code
def tracked_held(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """Everything that is held on the asker."""
    return _mine(request, need, EraseForm())


def _mine(
    request: HttpRequest,
    need: Need,
    form: EraseForm,
    correct: CorrectOwnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "need": need,
        "held": held_on(need),
        "form": form,
        "correct": correct or CorrectOwnForm(need),
        "what_happens": what_happens(need),
    }
    return render(request, "needs/public/held.html", context, status=status)


@require_safe
@with_code
def tracked_held_file(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """The same, to take away."""
    return _download(need)


@require_POST
@with_code
def tracked_correct(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """The asker corrects how to be reached, and the consent to publish."""
    form = CorrectOwnForm(need, request.POST)
    if form.is_valid():
        try:
            correct_own(need, actor=actor, at=now(), **form.said())
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Corrected. The office goes by it from now on."))
            return redirect("tracked_held")
    return _mine(request, need, EraseForm(), form, status=422)


@require_POST
@with_code
def tracked_erase(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """The asker has everything erased; the code opens nothing any more."""
    form = EraseForm(request.POST)
    if form.is_valid():
        try:
            erase_on_request(need, actor=actor, at=now())
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            said = _("Everything personal about %(number)s is erased. The code opens nothing any more.")
            messages.success(request, said % {"number": need.number})
            response = redirect("track")
            tracking.forget_code(response)
            return response
    return _mine(request, need, form, status=422)


def _at_office(request: HttpRequest, number: str) -> Need:
    need = found(request, number)
    if not may_ask_for_erasure(actor_of(request), need):
        raise PermissionDenied
    return need


def _opened(request: HttpRequest, need: Need) -> bool:
    return opened(looks_at(need.chain_key), actor_of(request), now())


@posts(*OFFICES)
@never_cache
@require_safe
def need_held(request: HttpRequest, number: str) -> HttpResponse:
    """For an asker who came or called: what is held, after saying what for."""
    return _office(request, _at_office(request, number), OfficeEraseForm())


def _office(request: HttpRequest, need: Need, form: EraseForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"need": need, "form": form, "look_form": LookForm(initial={"purpose": "asked"})}
    if _opened(request, need):
        context |= {"held": held_on(need), "what_happens": what_happens(need), "minutes": VALID.seconds // 60}
    return render(request, "needs/held.html", context, status=status)


@posts(*OFFICES)
@require_POST
def need_held_look(request: HttpRequest, number: str) -> HttpResponse:
    """Say what for; the page opens for ten minutes."""
    need = _at_office(request, number)
    look(request, need)
    return redirect("need_held", need.number)


@posts(*OFFICES)
@require_safe
def need_held_file(request: HttpRequest, number: str) -> HttpResponseBase:
    """The same as a file, for the person to take away."""
    need = _at_office(request, number)
    return _download(need) if _opened(request, need) else redirect("need_held", need.number)


@posts(*OFFICES)
@require_POST
def need_erase(request: HttpRequest, number: str) -> HttpResponse:
    """The office erases everything for an asker who wants it."""
    need = _at_office(request, number)
    form = OfficeEraseForm(request.POST)
    if not form.is_valid():
        return _office(request, need, form, status=422)
    if erase_on_request(need, actor=actor_of(request), at=now()):
        messages.success(request, _("Everything personal about %(number)s is erased.") % {"number": need.number})
    else:
        messages.info(request, _("Nothing personal was left of it."))
    return redirect("need", need.number)
