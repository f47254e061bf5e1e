"""The duty roster: who is on duty where, now and in the days to come."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, F, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_POST

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Scope, User
from lianxin.core.clock import day_start, now
from lianxin.core.errors import Refusal
from lianxin.core.forms import moment
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.core.refusals import refuse
from lianxin.staffing.duty import (
    KEEPERS,
    LEFT,
    holds_a_post_for_it,
    may_keep,
    people_for,
    put_on_duty,
    scopes_kept_by,
    take_off_duty,
)
from lianxin.staffing.models import Shift

PAGE = 20
SORTS = {"from": "from_at"}
LABELS: list[tuple[str, str | Promise]] = [
    ("place", gettext_lazy("Place")),
    ("person", gettext_lazy("On duty")),
    ("from", pgettext_lazy("a shift", "From")),
    ("to", pgettext_lazy("a shift", "Until")),
    ("end", ""),
]


class RosterFilter(forms.Form):
    """What the roster can be narrowed to."""

    place = forms.ChoiceField(label=gettext_lazy("Place"), required=False)
    from_on = forms.DateField(
        label=gettext_lazy("Day and later"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, scopes: list[Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", _("All")), *((s.pk, s.label) for s in scopes)]  # type: ignore[attr-defined]


class ShiftForm(forms.Form):
    """A person on duty for a place, from one time to another."""

    user = forms.ModelChoiceField(
        label=gettext_lazy("Who"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose")
    )
    from_at = moment()
    to_at = moment()

    def __init__(self, *args: Any, scope: Scope, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people_for(scope, at)  # type: ignore[attr-defined]
        self.fields["from_at"].label = pgettext("a shift", "From")
        self.fields["to_at"].label = pgettext("a shift", "Until")


def _rows(actor: Actor, data: dict[str, Any], scopes: list[Scope], at: datetime) -> QuerySet[Shift]:
    rows = Shift.objects.filter(scope_id__in=[s.pk for s in scopes]).select_related("scope", "user")
    rows = rows.annotate(counts=Case(When(holds_a_post_for_it(at), then=True), default=False))
    if data.get("place"):
        rows = rows.filter(scope_id=data["place"])
    rows = rows.filter(to_at__gt=F("from_at") + LEFT)  # taken off before it began: nobody is there
    return rows.filter(to_at__gt=day_start(data["from_on"]) if data.get("from_on") else at)


@posts(*KEEPERS)
def roster(request: HttpRequest) -> HttpResponse:
    """Who is on duty in the places that I look after."""
    actor, at = actor_of(request), now()
    scopes = list(scopes_kept_by(actor).order_by("path"))
    form = RosterFilter(request.GET or None, scopes=scopes)
    rows = _rows(actor, form.cleaned_data if form.is_valid() else {}, scopes, at)
    if wants_workbook(request):
        heads = [label for code, label in LABELS if code != "end"]
        ordered = rows.order_by("from_at", "pk")
        return as_workbook("roster", heads, ordered, lambda s: [s.scope.label, s.user.name, s.from_at, s.to_at])
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="from", size=PAGE)
    context = {
        "list": shown,
        "page": shown.page,
        "filter": form,
        "scopes": scopes,
        "now": at,
    }
    return render(request, "staffing/roster.html", context)


@posts(*KEEPERS)
def roster_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put somebody on duty for a place."""
    scope, at = Scope.objects.filter(pk=pk).first(), now()
    if scope is None or not may_keep(actor_of(request), scope):
        raise Http404
    form = ShiftForm(request.POST or None, scope=scope, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            put_on_duty(scope, actor=actor_of(request), at=at, **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("On the roster."))
            return redirect("roster")
    context = {"form": form, "scope": scope}
    return render(request, "staffing/roster_add.html", context, status=422 if form.is_bound else 200)


@posts(*KEEPERS)
@require_POST
def roster_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a shift off the roster, or end it now."""
    actor = actor_of(request)
    shift = Shift.objects.select_related("scope").filter(pk=pk).first()
    if shift is None or not may_keep(actor, shift.scope):
        raise Http404
    try:
        take_off_duty(shift, actor=actor, at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Off the roster."))
    return redirect("roster")
