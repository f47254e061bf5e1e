"""The hotline's pages: cases in by workbook, replies out as text and workbook."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.core.workbooks import download
from lianxin.needs import reading
from lianxin.needs.hotline import COLUMNS, headings, read_cases, reply_to
from lianxin.needs.models import Need
from lianxin.needs.operations.hotline import DESKS, reply_to_hotline, take_hotline_cases
from lianxin.needs.queries import with_commitments
from lianxin.needs.querysets import placed
from lianxin.needs.rules import refusal
from lianxin.needs.states import Status as S
from lianxin.sheets.forms import WorkbookField
from lianxin.sheets.registry import RowError
from lianxin.sheets.unpacking import Unreadable

REPLYABLE = (S.DELIVERED, S.CONFIRMED, S.CLOSED_UNANSWERED, S.DECLINED, S.MERGED, S.WITHDRAWN)
SHOWN_ERRORS = 100
# Never later than the due time at the hotline, which not every case has.
SORTS = {"due": "solution_due_at", "filed": "filed_at"}
LABELS = [
    ("number", gettext_lazy("Number at the hotline")),
    ("due", gettext_lazy("Due")),
    ("state", gettext_lazy("State")),
    ("reply", gettext_lazy("Reply")),
]


class CaseFilter(forms.Form):
    """What the list of cases can be narrowed to."""

    q = forms.CharField(label=gettext_lazy("Number"), required=False, max_length=40)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("", gettext_lazy("To reply")),
            ("open", gettext_lazy("Still being worked on")),
            ("replied", gettext_lazy("Replied")),
            ("all", gettext_lazy("All")),
        ],
    )


class TakeForm(forms.Form):
    """The hotline's workbook."""

    workbook = WorkbookField(
        label=gettext_lazy("Workbook of the hotline"),
        help_text=gettext_lazy("As it comes. Cases that are here already stay as they are; any error saves nothing."),
    )


def cases(actor: Actor, data: dict[str, Any]) -> QuerySet[Need]:
    """The hotline's cases in the actor's places, as the filter asks; to reply: those that the actor has in hand."""
    rows = Need.objects.visible_to(actor).filter(placed(actor)).exclude(outside_number="")
    if words := data.get("q", "").strip():
        rows = rows.filter(outside_number__startswith=words) | rows.filter(number=words.upper())
    state = data.get("state", "")
    if state == "open":
        rows = rows.exclude(status__in=REPLYABLE)
    elif state == "replied":
        rows = rows.filter(outside_replied_at__isnull=False)
    elif state == "":
        rows = rows.filter(status__in=REPLYABLE, outside_replied_at=None).in_hand_of(actor)
    return with_commitments(rows.for_lists().select_related("handler"))


def _reply(actor: Actor, need: Need) -> str:
    """The reply, for those who may send it; '' before there is one, and for everybody else."""
    return reply_to(need) if refusal(actor, need, "reply_hotline") is None else ""


def _line(need: Need, actor: Actor) -> list[Any]:
    return [need.outside_number, need.number, need.status_label, _reply(actor, need), need.outside_due_at]


@posts(*DESKS)
@require_safe
def hotline(request: HttpRequest) -> HttpResponse:
    """The hotline's cases: what is to be replied to, as text to copy and as a workbook."""
    form = CaseFilter(request.GET or None)
    data = form.cleaned_data if form.is_valid() else {}
    actor = actor_of(request)
    rows = cases(actor, data)
    if wants_workbook(request):
        number = (headings("number") or [_("Number at the hotline")])[0]
        heads = [number, _("Our number"), _("State"), _("Reply"), _("Due")]
        every = rows.order_by("solution_due_at", "pk")
        return as_workbook("hotline-replies", heads, every, partial(_line, actor=actor))
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="due")
    lines = [(need, reading.title_for(actor, need), _reply(actor, need)) for need in shown.page.rows]
    context = {
        "list": shown,
        "page": shown.page,
        "rows": lines,
        "to_mark": any(reply and need.outside_replied_at is None for need, _title, reply in lines),
        "filter": form,
    }
    return render(request, "needs/hotline.html", context)


@posts(*DESKS)
def hotline_take(request: HttpRequest) -> HttpResponse:
    """Take a workbook in: all of it, or nothing and every error by row and column."""
    form = TakeForm(request.POST or None, request.FILES or None)
    errors: list[RowError] = []
    if request.method == "POST" and form.is_valid():
        try:
            rows, errors = read_cases(form.cleaned_data["workbook"])
            if not errors:
                taken = take_hotline_cases(rows, actor=actor_of(request), at=now())
                errors = taken.errors
        except (Unreadable, Refusal) as error:
            form.add_error("workbook", str(error))
        else:
            if not errors:
                new = len(taken.filed)
                words = ngettext("%(n)s case taken in", "%(n)s cases taken in", new) % {"n": new}
                messages.success(
                    request, _("%(words)s, %(known)s were here already.") % {"words": words, "known": taken.known}
                )
                return redirect("/workspace/hotline/?state=open")
    status = 422 if form.errors or errors else 200
    columns = [(column, headings(column.code)) for column, _default in COLUMNS]
    context = {"form": form, "row_errors": errors[:SHOWN_ERRORS], "columns": columns}
    return render(request, "needs/hotline_take.html", context, status=status)


@posts(*DESKS)
@require_safe
def hotline_template(request: HttpRequest) -> HttpResponse:
    """An empty workbook with the headings as the city has set them."""
    return download("hotline", [(headings(column.code) or [column.code])[0] for column, _default in COLUMNS], [])


@posts(*DESKS)
@require_POST
def hotline_replied(request: HttpRequest) -> HttpResponse:
    """The chosen replies went out."""
    actor = actor_of(request)
    chosen = Need.objects.visible_to(actor).filter(number__in=request.POST.getlist("number")[:100])
    try:
        marked = reply_to_hotline(list(chosen), actor=actor, at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        if marked:
            words = ngettext("%(n)s reply noted.", "%(n)s replies noted.", marked) % {"n": marked}
            messages.success(request, words)
        else:
            messages.error(request, _("Choose the replies that went out."))
    return redirect("hotline")
