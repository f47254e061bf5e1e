"""Pages of the city's values: all of them, and one with what it would change and who changed it."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.accounts.guards import actor_of, posts
from lianxin.core.clock import day_start, local_day, now
from lianxin.core.edits import refuse_edit
from lianxin.core.errors import Refusal
from lianxin.core.listing import wants_workbook
from lianxin.core.models import CityValue
from lianxin.core.said import whole
from lianxin.core.values import VALUES, Value
from lianxin.core.workbooks import download
from lianxin.history import chain
from lianxin.history.models import Entry
from lianxin.rulebook import queries
from lianxin.rulebook.forms import SetValue, ValueFilter
from lianxin.rulebook.operations import EDITORS, call_off_value, set_value


def _fits(standing: queries.Standing, data: dict[str, Any]) -> bool:
    words = data.get("q", "").strip().lower()
    of = standing.of
    return (
        (not words or words in f"{of.label} {of.applies} {standing.code}".lower())
        and (not data.get("group") or str(of.group) == data["group"])
        and (data.get("changed") != "changed" or standing.changed)
        and (data.get("changed") != "coming" or standing.coming is not None)
    )


def _line(standing: queries.Standing) -> list[Any]:
    return [
        standing.code,
        str(standing.of.group),
        str(standing.of.label),
        standing.shown,
        standing.default,
        standing.since,
        standing.set_by,
        standing.coming_shown,
    ]


@posts(*EDITORS)
def values(request: HttpRequest) -> HttpResponse:
    """Everything that the city can set without code, in groups."""
    groups = list(dict.fromkeys(str(of.group) for of in VALUES))
    form = ValueFilter(request.GET or None, groups=groups)
    data = form.cleaned_data if form.is_valid() else {}
    found = [each for each in queries.all_standing(now()) if _fits(each, data)]
    if wants_workbook(request):
        heads = [_("Code"), _("Area"), _("Setting"), _("Now"), _("Default"), _("Since"), _("Set by"), _("To come")]
        return download("settings", heads, map(_line, found))
    shown = [(group, [each for each in found if str(each.of.group) == group]) for group in groups]
    context = {"groups": [(group, rows) for group, rows in shown if rows], "filter": form}
    return render(request, "rulebook/values.html", context)


def _of(code: str) -> Value:
    if (of := VALUES.get(code)) is None:
        raise Http404
    return of


def _happened(of: Value, entry: Entry) -> dict[str, Any]:
    """An entry of a value's history in the reader's words."""
    shown = of.shown(of.from_json(entry.params["value"]))
    words = _("set it to %(value)s") if entry.code == "value.set" else _("called off the change; it stays %(value)s")
    from_at = entry.params.get("from_at")
    return {
        "who": entry.actor.name if entry.actor else _("the system"),
        "what": words % {"value": shown},
        "at": entry.at,
        "from_at": from_at and local_day(datetime.fromisoformat(from_at)),
    }


def _would(standing: queries.Standing, wanted: Any, from_on: date, from_at: datetime) -> dict[str, Any]:
    """What setting the value would change, and which plans it would drop. Raises Invalid where it can't be set."""
    of = standing.of
    if of.check:
        of.check(wanted, from_at)
    return {
        "shown": of.shown(wanted),
        "from_on": from_on,
        "effects": of.effect(wanted) if of.effect else [],
        "dropped": standing.to_come(from_at),
    }


@posts(*EDITORS)
def value_page(request: HttpRequest, code: str) -> HttpResponse:
    """One value: change it in two steps, the first of which shows what that would do."""
    of, at = _of(code), now()
    row = CityValue.objects.filter(code=code).first()
    entries = chain.of(row) if row else []
    standing = queries.standing(code, row, at)
    today = local_day(at)
    initial = {"value": standing.value, "from_on": today, "version": standing.version}
    form = SetValue(request.POST or None, of=of, today=today, initial=initial)
    would: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        wanted, from_on = form.cleaned_data["value"], form.cleaned_data["from_on"]
        wanted = of.from_json(of.to_json(wanted))
        from_at = at if from_on <= today else day_start(from_on)
        try:
            if "save" in request.POST:
                version = form.cleaned_data["version"]
                set_value(code, wanted, actor=actor_of(request), at=at, version=version, from_at=from_at)
                messages.success(request, _("Saved."))
                return redirect("value", code)
            would = _would(standing, wanted, from_on, from_at)
        except Refusal as refusal:
            now_there = CityValue.objects.filter(code=code).values_list("version", flat=True).first()
            refuse_edit(form, refusal, now_there or 0)
    context = {
        "of": of,
        "standing": standing,
        "form": form,
        "would": would,
        "happened": [_happened(of, entry) for entry in reversed(entries)],
    }
    return render(request, "rulebook/value.html", context, status=422 if form.errors else 200)


@posts(*EDITORS)
@require_POST
def value_call_off(request: HttpRequest, code: str) -> HttpResponse:
    """Take back a change that is still to come."""
    _of(code)
    sent = whole(request.POST.get("version", ""))
    try:
        call_off_value(code, actor=actor_of(request), at=now(), version=-1 if sent is None else sent)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Called off."))
    return redirect("value", code)
