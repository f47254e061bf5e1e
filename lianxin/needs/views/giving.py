"""A giver's pages: the pool, batches of wishes, what was taken on."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import GIVER_ROLES, Role
from lianxin.core.clock import local_day, now
from lianxin.core.errors import Refusal
from lianxin.core.paging import by_key
from lianxin.core.refusals import refuse
from lianxin.core.workbooks import download
from lianxin.needs import reading, slips
from lianxin.needs.filing_forms import BatchForm, ClaimBatchForm
from lianxin.needs.filters import Filters, choices_for
from lianxin.needs.kinds import KINDS, kind_of
from lianxin.needs.models import Commitment, Need, WishBatch
from lianxin.needs.operations import claim_batch, hand_in_batch
from lianxin.needs.queries import batches_for, commitments_of, with_commitments
from lianxin.needs.states import ACTIVE, HOLDING, Status
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.views.need_list import EXPORTED, PAGE
from lianxin.organisations.models import Organisation

BATCH_READERS = (Role.LIAISON, Role.OFFICE, Role.TOWN, Role.CITY)
STATES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "active": (gettext_lazy("Under way"), ACTIVE),
    "confirmed": (gettext_lazy("Confirmed"), (C.CONFIRMED,)),
    "unanswered": (gettext_lazy("Closed without an answer"), (C.CLOSED_UNANSWERED,)),
    "ended": (gettext_lazy("Lapsed or given back"), (C.LAPSED, C.GIVEN_BACK, C.CALLED_OFF)),
    "all": (gettext_lazy("All"), ()),
}


@posts(Role.LIAISON)
@require_safe
def pool(request: HttpRequest) -> HttpResponse:
    """What waits for a giver in my alliances; the public text, nothing more."""
    actor = actor_of(request)
    filters = Filters(request.GET, actor)
    rows = Need.objects.in_pool(actor)
    for name in ("category", "community"):
        if filters.ids[name] is not None:
            rows = rows.filter(**{f"{name}_id": filters.ids[name]})
    if filters.words["kind"]:
        rows = rows.filter(kind=filters.words["kind"])
    if filters.words["batch"]:
        rows = rows.filter(batch__number=filters.words["batch"])
    page = by_key(
        rows.for_lists(),
        field="filed_at",
        descending=False,
        size=PAGE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        counted=True,
    )
    context = {
        "page": page,
        "rows": [(n, n.public_text or str(n.category), kind_of(n)) for n in page.rows],
        "filters": filters,
        "choices": choices_for(actor),
        "kinds": [k for k in KINDS if k.publishable],
    }
    return render(request, "needs/pool.html", context)


@posts(*BATCH_READERS)
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """The batches of my unit, of my places, and those that my unit can take on."""
    actor = actor_of(request)
    rows = batches_for(actor).annotate(
        total=Count("needs"),
        confirmed=Count("needs", filter=Q(needs__status=Status.CONFIRMED)),
        waiting=Count("needs", filter=Q(needs__status=Status.PUBLISHED)),
    )
    page = by_key(
        rows,
        field="handed_in_at",
        descending=True,
        size=PAGE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    return render(request, "needs/batches.html", {"page": page, "may_hand_in": actor.has(Role.LIAISON)})


def _batch(actor: Actor, number: str) -> WishBatch:
    batch = batches_for(actor).filter(number=number).first()
    if batch is None:
        raise Http404
    return batch


@posts(*BATCH_READERS)
@require_safe
def batch(request: HttpRequest, number: str) -> HttpResponse:
    """A batch: how far it is, and its wishes as far as I may see each."""
    actor = actor_of(request)
    return render(request, "needs/batch.html", batch_context(_batch(actor, number), actor, None))


def batch_context(batch: WishBatch, actor: Actor, form: ClaimBatchForm | None) -> dict[str, Any]:
    """What the page of a batch shows: the unit that handed it in reads numbers and states only."""
    own = actor.holds(batch.organisation_id, Role.LIAISON)
    wishes = list(batch.needs.order_by("pk").select_related("category", "community", "grid", "compound"))
    seen = {n.pk: n for n in with_commitments(Need.objects.visible_to(actor).filter(batch=batch)).for_lists()}
    rows = []
    for wish in wishes:
        need = seen.get(wish.pk)
        if need is not None and not (own and not reading.in_place(actor, need)):
            rows.append((need, reading.title_for(actor, need)))
        elif own:
            rows.append((wish, ""))
    confirmed = sum(w.status == Status.CONFIRMED for w in wishes)
    waiting = sum(w.status == Status.PUBLISHED and w.pk in seen for w in wishes)
    may_claim = waiting and actor.has(Role.LIAISON) and not own
    return {
        "batch": batch,
        "own": own,
        "rows": rows,
        "confirmed": confirmed,
        "total": len(wishes),
        "percent": percent(confirmed, len(wishes)),
        "waiting": waiting,
        "form": form or (ClaimBatchForm(actor=actor) if may_claim else None),
    }


def percent(part: int, whole: int) -> str:
    """A share in percent with one decimal, "94.4"; whole numbers without."""
    return f"{100 * part / whole:.1f}".removesuffix(".0") if whole else "0"


@posts(Role.LIAISON)
@require_POST
def batch_claim(request: HttpRequest, number: str) -> HttpResponse:
    """Take on every wish of a batch that still waits; one's own unit's batch is for others."""
    actor = actor_of(request)
    batch = _batch(actor, number)
    if actor.holds(batch.organisation_id, Role.LIAISON):
        raise Http404
    form = ClaimBatchForm(request.POST, actor=actor)
    if form.is_valid():
        said = form.cleaned_data
        giver = Organisation.objects.get(pk=int(said["giver"]))
        try:
            taken = claim_batch(
                batch, actor=actor, at=now(), giver=giver, plan=said["plan"], planned_on=said["planned_on"]
            )
        except Refusal as refused:
            refuse(form, refused)
        else:
            words = ngettext("%(n)s wish is yours now.", "%(n)s wishes are yours now.", len(taken))
            messages.success(request, words % {"n": len(taken)})
            return HttpResponseRedirect(reverse("batch", args=[batch.number]))
    return render(request, "needs/batch.html", batch_context(batch, actor, form), status=422)


@posts(Role.LIAISON)
@require_http_methods(["GET", "HEAD", "POST"])
def batch_new(request: HttpRequest) -> HttpResponse:
    """Hand in the wishes of my unit's staff; the next page prints their slips."""
    actor = actor_of(request)
    if request.method != "POST":
        return render(request, "needs/batch_new.html", {"form": BatchForm(actor=actor)})
    form = BatchForm(request.POST, actor=actor)
    if form.is_valid():
        said = form.cleaned_data
        try:
            handed = hand_in_batch(
                form.wished(),
                actor=actor,
                at=now(),
                organisation=said["organisation"],
                community=said["community"],
                key=said["key"],
            )
        except Refusal as refused:
            refuse(form, refused)
        else:
            response = HttpResponseRedirect(reverse("slips"))
            slips.keep(request, response, handed.slips, handed.batch.number)
            return response
    return render(request, "needs/batch_new.html", {"form": form}, status=422)


@posts(*GIVER_ROLES, Role.OFFICE)
@require_safe
def commitments(request: HttpRequest) -> HttpResponse:
    """What my organisation took on: under way, confirmed, lapsed."""
    actor = actor_of(request)
    state = request.GET.get("state", "active")
    state = state if state in STATES else "active"
    rows = commitments_of(actor)
    if state != "all":
        rows = rows.filter(status__in=STATES[state][1])
    if request.GET.get("export"):
        return _export_commitments(rows, actor)
    page = by_key(
        rows,
        field="claimed_at",
        descending=True,
        size=PAGE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        counted=True,
    )
    context = {
        "page": page,
        "rows": [(c, commitment_title(c, actor), c.status in HOLDING) for c in page.rows],
        "state": state,
        "states": [(code, label) for code, (label, _states) in STATES.items()],
    }
    return render(request, "needs/commitments.html", context)


def commitment_title(commitment: Commitment, actor: Actor) -> str:
    """What it was about: the words while it is held, the category after."""
    need = commitment.need
    return reading.title_for_holder(actor, need) if commitment.status in HOLDING else need.category.label


def _export_commitments(rows: Any, actor: Actor) -> HttpResponse:
    header = [
        _("Number"),
        _("What"),
        _("Giver"),
        _("Community"),
        _("State"),
        pgettext("a time", "Taken on"),
        _("Planned for"),
        pgettext("a time", "Done"),
        _("Solved"),
    ]
    lines = (
        [
            c.need.number,
            commitment_title(c, actor),
            c.giver.label,
            c.need.community.label,
            c.status_label,
            c.claimed_at,
            c.planned_on,
            c.delivered_at,
            "" if c.solved is None else _("yes") if c.solved else _("no"),
        ]
        for c in rows.order_by("-claimed_at", "-pk")[:EXPORTED]
    )
    return download(f"commitments-{local_day(now()):%Y%m%d}", header, lines)
