"""What is left out of the rates, or is to be: by whom, why, and who decided."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core.clock import day_range
from lianxin.core.listing import wants_workbook
from lianxin.core.paging import by_key
from lianxin.core.workbooks import download
from lianxin.needs import reading
from lianxin.needs.answers import Exclusion
from lianxin.needs.models import Need
from lianxin.needs.staff_forms import day
from lianxin.needs.states import ExclusionReason, ExclusionState
from lianxin.needs.views.need_list import EXPORTED, PAGE

READERS = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY)
ALL = ("", gettext_lazy("All"))


class ExclusionFilter(forms.Form):
    """What the list can be narrowed to."""

    state = forms.ChoiceField(label=gettext_lazy("State"), required=False, choices=[ALL, *ExclusionState.choices])
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), required=False, choices=[ALL, *ExclusionReason.choices])
    first = forms.DateField(label=gettext_lazy("Asked from"), required=False, widget=day())
    last = forms.DateField(label=gettext_lazy("To"), required=False, widget=day())


def _rows(actor: Actor, said: dict[str, Any]) -> QuerySet[Exclusion]:
    rows = Exclusion.objects.filter(need__in=Need.objects.visible_to(actor))
    for name in ("state", "reason"):
        if said.get(name):
            rows = rows.filter(**{name: said[name]})
    start, end = day_range(said.get("first") or date(2000, 1, 1), said.get("last") or date(2100, 1, 1))
    people = ("asked_by", "decided_by", "taken_back_by")
    places = ("need__category", "need__community", "need__grid", "need__compound", "need__batch")
    return rows.filter(asked_at__gte=start, asked_at__lt=end).select_related(*people, *places)


@posts(*READERS)
@require_safe
def exclusions(request: HttpRequest) -> HttpResponse:
    """Every exclusion of needs that I may see, the newest first."""
    actor = actor_of(request)
    form = ExclusionFilter(request.GET or None)
    rows = _rows(actor, form.cleaned_data if form.is_valid() else {})
    if wants_workbook(request):
        heads = [_("Number"), _("Place"), _("Reason"), _("Why"), _("State"), _("Asked"), _("By"), _("Decided"), _("By")]
        return download("exclusions", heads, map(_line, rows.order_by("-asked_at", "-pk")[:EXPORTED]))
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = by_key(rows, field="asked_at", descending=True, size=PAGE, after=after, before=before)
    lines = [(one, reading.title_for(actor, one.need), reading.place_for(actor, one.need)) for one in page.rows]
    return render(request, "needs/exclusions.html", {"page": page, "lines": lines, "filter": form})


def _line(one: Exclusion) -> list[Any]:
    decided = [one.decided_at, one.decided_by.name if one.decided_by else ""]
    said = [one.need.number, one.need.community.label, one.get_reason_display(), one.words, one.get_state_display()]
    return [*said, one.asked_at, one.asked_by.name, *decided]
