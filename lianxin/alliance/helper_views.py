"""What is held on a helper: seen, taken away, ended, erased; at the office or with the unit's liaison."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.guards import actor_of, posts
from lianxin.alliance import operations
from lianxin.alliance.forms import HelperEraseForm, HelperFilter, HelperLookForm
from lianxin.alliance.holding import held_on
from lianxin.alliance.models import Helper
from lianxin.alliance.rules import HOLDERS, OFFICES, answers_for
from lianxin.core.clock import now
from lianxin.core.listing import listing
from lianxin.personal.operations import VALID, look_at, looks_at, opened

LABELS = [("name", pgettext_lazy("of a person", "Name"))]
SORTS = {"name": "name"}


def _helper(request: HttpRequest, code: str) -> Helper:
    """A helper whose name is not erased and for whom the reader answers; everybody else's is not there."""
    helper = Helper.objects.held().select_related("organisation").filter(code=code).first()
    if helper is None or not answers_for(actor_of(request), helper):
        raise Http404
    return helper


@posts(*OFFICES)
@require_safe
def helpers(request: HttpRequest) -> HttpResponse:
    """The helpers of no unit, who may come to any office; those of a unit stand on its page."""
    form = HelperFilter(request.GET or None)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = Helper.objects.held().filter(organisation=None)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(code__iexact=words))
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="name")
    return render(request, "alliance/helpers.html", {"list": shown, "page": shown.page, "filter": form})


@posts(*HOLDERS)
@never_cache
@require_safe
def helper_held(request: HttpRequest, helper: str) -> HttpResponse:
    """For a helper who came or called: what is held, after saying what for."""
    return _show(request, _helper(request, helper), HelperEraseForm())


def _is_open(request: HttpRequest, helper: Helper) -> bool:
    return opened(looks_at(helper.chain_key), actor_of(request), now())


def _show(request: HttpRequest, helper: Helper, form: HelperEraseForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"helper": helper, "form": form, "look_form": HelperLookForm()}
    if _is_open(request, helper):
        context |= {"held": held_on(helper), "minutes": VALID.seconds // 60}
    return render(request, "alliance/held.html", context, status=status)


@posts(*HOLDERS)
@require_POST
def helper_look(request: HttpRequest, helper: str) -> HttpResponse:
    """Say what for; the page opens for ten minutes."""
    person = _helper(request, helper)
    look_at(person.chain_key, actor=actor_of(request), at=now(), purpose=request.POST.get("purpose", ""))
    return redirect("helper_held", person.code)


@posts(*HOLDERS)
@require_safe
def helper_file(request: HttpRequest, helper: str) -> HttpResponseBase:
    """The same as a file, for the person to take away."""
    person = _helper(request, helper)
    if not _is_open(request, person):
        return redirect("helper_held", person.code)
    response = JsonResponse(held_on(person), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{person.code}.json"'
    response["Cache-Control"] = "no-store"
    return response


@posts(*HOLDERS)
@require_POST
def helper_end(request: HttpRequest, helper: str) -> HttpResponse:
    """The person helps no longer."""
    person = operations.end_helper(_helper(request, helper), actor=actor_of(request), at=now())
    messages.success(request, _("Thank you. Nobody names this helper on anything new."))
    return redirect("helper_held", person.code)


@posts(*HOLDERS)
@require_POST
def helper_erase(request: HttpRequest, helper: str) -> HttpResponse:
    """Erase everything personal, for a helper who wants it."""
    person = _helper(request, helper)
    form = HelperEraseForm(request.POST)
    if not form.is_valid():
        return _show(request, person, form, status=422)
    operations.erase_helper(person, actor=actor_of(request), at=now())
    messages.success(request, _("The name is erased."))
    return redirect("unit", person.organisation.code) if person.organisation else redirect("helpers")
