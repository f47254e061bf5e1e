"""Calls to make: whose answer is still missing, and which recorded answers the town asks about again."""

from typing import Any

from django import forms
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core.clock import local_day, now
from lianxin.core.paging import by_key
from lianxin.core.workbooks import download
from lianxin.desk import queue
from lianxin.desk.models import DeskItem
from lianxin.needs import reading
from lianxin.needs.answers import CallAttempt, SecondCall
from lianxin.needs.models import Need
from lianxin.needs.queries import with_commitments
from lianxin.needs.states import Status
from lianxin.needs.views.need_list import EXPORTED, PAGE
from lianxin.personal.models import Look
from lianxin.personal.operations import open_to

CALLERS = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY)
SOLVED, AGAIN = gettext_lazy("Is it solved?"), gettext_lazy("Second call")
# verb of the desk → what is asked, and what the need's page calls the answer
VERBS = {
    "ask_asker": (SOLVED, "confirm"),
    "ask_joined": (SOLVED, "answer_merged"),
    "second_call": (AGAIN, "second_call"),
}
ASKED = {"solved": (SOLVED, ("ask_asker", "ask_joined")), "again": (AGAIN, ("second_call",))}
# the answer → what is noted when the asker was not reached
NOT_REACHED = {"confirm": "attempt", "answer_merged": "attempt_merged"}


class CallFilter(forms.Form):
    """What the list of calls can be narrowed to."""

    what = forms.ChoiceField(
        label=gettext_lazy("What to ask"),
        required=False,
        choices=[("", gettext_lazy("All")), *((code, label) for code, (label, _verbs) in ASKED.items())],
    )
    tried = forms.ChoiceField(
        label=gettext_lazy("Tried"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            ("no", gettext_lazy("Not yet")),
            ("yes", gettext_lazy("Once or more, in vain")),
        ],
    )


def _items(actor: Actor, data: dict[str, Any]) -> Any:
    items = queue.mine(actor).filter(verb__in=ASKED[data["what"]][1] if data.get("what") else VERBS)
    tried = CallAttempt.objects.values("need_id")
    again = SecondCall.objects.filter(tried_at__isnull=False).values("pk")
    once = Q(object_type="need", object_id__in=tried) | Q(object_type="second_call", object_id__in=again)
    if data.get("tried") == "yes":
        return items.filter(once)
    return items.exclude(once) if data.get("tried") == "no" else items


def _lines(items: list[DeskItem], actor: Actor) -> list[dict[str, Any]]:
    """What each row shows, of the needs that the actor may see. Four queries."""
    at = now()
    calls = SecondCall.objects.select_related("answer").in_bulk(
        [i.object_id for i in items if i.object_type == "second_call"]
    )
    need_ids = [i.object_id for i in items if i.object_type == "need"] + [c.need_id for c in calls.values()]
    needs = (
        with_commitments(Need.objects.visible_to(actor))
        .for_lists()
        .select_related("handler")
        .annotate(tries=Count("attempts", distinct=True), last_try=Max("attempts__at"))
        .in_bulk(need_ids)
    )
    seen = open_to(actor, [need.chain_key for need in needs.values()], at)
    today = local_day(at)
    lines = []
    for item in items:
        call = calls.get(item.object_id) if item.object_type == "second_call" else None
        need: Any = needs.get(call.need_id if call else item.object_id)
        if need is None:
            continue
        what, verb = VERBS[item.verb]
        last = call.tried_at if call else need.last_try
        lines.append(
            {
                "need": need,
                "title": reading.title_for(actor, need),
                "place": reading.place_for(actor, need),
                "what": what,
                "verb": verb,
                "not_reached": NOT_REACHED.get(verb, ""),
                "mine": _had_a_part(actor, need, call),
                "phone": _phone(actor, need, opened=need.chain_key in seen),
                "opened": need.chain_key in seen,
                "due_at": item.due_at,
                "tries": int(call.tried_at is not None) if call else need.tries,
                "last": last,
                "today": last is not None and local_day(last) == today,
            }
        )
    return lines


def _had_a_part(actor: Actor, need: Need, call: SecondCall | None) -> bool:
    """Somebody else asks. Of a merged need its page says so: who did the joint one would be asked for each row."""
    if call:
        return call.answer.by_id == actor.user_id
    return need.status != Status.MERGED and not reading.may_ask(actor, need)


def _phone(actor: Actor, need: Need, *, opened: bool) -> str | None:
    """The asker's number, masked until it is shown; '' when none was left, None when its page has to say."""
    # Whether one is a party to a walled need would be asked for each row.
    if need.walled or "asker_phone" not in reading.contact_fields(actor, need):
        return None
    return need.asker_phone if opened else reading.masked("asker_phone", need.asker_phone) if need.asker_phone else ""


@posts(*CALLERS)
@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """Whom I am to call, the most urgent first. The number is shown in a tap, which is kept."""
    actor = actor_of(request)
    form = CallFilter(request.GET or None)
    items = _items(actor, form.cleaned_data if form.is_valid() else {})
    if request.GET.get("format") == "xlsx":
        heads = [_("Number"), _("What"), _("Place"), _("What to ask"), _("Due"), _("Tried"), _("Last tried")]
        lines = _lines(list(items[:EXPORTED]), actor)
        rows = (
            [e["need"].number, e["title"], e["place"], str(e["what"]), e["due_at"], e["tries"], e["last"]]
            for e in lines
        )
        return download("calls", heads, rows)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = by_key(items, field="due_at", descending=False, size=PAGE, after=after, before=before)
    context = {"page": page, "lines": _lines(page.rows, actor), "filter": form, "purpose": Look.Purpose.CALL}
    return render(request, "needs/calls.html", context)
