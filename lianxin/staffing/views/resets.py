"""Reset codes: printing one, and the second person's page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Reset
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.staffing import resets
from lianxin.staffing.rules import MANAGERS
from lianxin.staffing.security_forms import ResetForm
from lianxin.staffing.views.people import find_person, to_slip


@posts(*MANAGERS)
@require_POST
def person_reset(request: HttpRequest, username: str) -> HttpResponse:
    """Print a code for a person who lost the password or the second factor."""
    user = find_person(request, username)
    try:
        done = resets.ask_reset(user, actor=actor_of(request), at=now(), **ResetForm(request.POST).said())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("person", user.username)
    return to_slip(request, user, done.code)


def _find(request: HttpRequest, pk: int) -> Reset:
    found = Reset.objects.select_related("user", "scope", "created_by", "approved_by").filter(pk=pk).first()
    actor = actor_of(request)
    if found is None or not (resets.may_decide(found, actor) or actor.user_id == found.created_by_id):
        raise Http404
    return found


@posts(*MANAGERS)
@require_safe
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """What a second person says yes or no to."""
    found = _find(request, pk)
    open_ = found.ended_at is None and found.expires_at > now()
    context = {
        "reset": found,
        "waits": open_ and found.approved_at is None,
        "open": open_,
        "may_decide": resets.may_decide(found, actor_of(request)),
    }
    return render(request, "staffing/reset.html", context)


@posts(*MANAGERS)
@require_POST
def reset_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person's yes or no."""
    found, yes = _find(request, pk), request.POST.get("say") == "yes"
    decide = resets.approve_reset if yes else resets.refuse_reset
    try:
        decide(found, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The code is good now.") if yes else _("The code is worth nothing now."))
    return redirect("reset", pk)
