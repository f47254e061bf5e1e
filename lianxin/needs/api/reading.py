"""Reading needs and categories."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router

from lianxin.accounts.actors import Actor
from lianxin.accounts.api import OPEN, anybody, caller, staff
from lianxin.accounts.models import TokenScope
from lianxin.core.api import answers
from lianxin.core.clock import day_range
from lianxin.core.errors import Invalid
from lianxin.core.paging import by_key
from lianxin.needs import queries
from lianxin.needs.actions import ACTIONS
from lianxin.needs.api.access import Number, asker, by_code_if, find_need
from lianxin.needs.api.schemas import CategoryOut, NeedFilter, NeedOut, NeedPage
from lianxin.needs.hotline import reply_to
from lianxin.needs.models import Category, Commitment, Message, Need
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.reading import in_place, is_staff_reader, reads_words
from lianxin.needs.rules import VERBS, is_asker, refusal
from lianxin.places.models import Community, Compound, Grid

router = Router(tags=["needs"])
categories = Router(tags=["categories"])

PLACES: tuple[tuple[str, Any], ...] = (("community", Community), ("grid", Grid), ("compound", Compound))
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
# What the asker is not told: what was said inside.
INSIDE = ("need.commented", "need.absorbed")


@categories.get("", response=answers(list[CategoryOut]), auth=anybody(), openapi_extra=OPEN)
def list_categories(request: HttpRequest) -> Any:
    """What a need can be about."""
    return [
        {
            "code": c.code,
            "kind": c.kind,
            "label": c.label,
            "urgency": c.urgency,
            "around_the_clock": c.around_the_clock,
        }
        for c in Category.objects.filter(active=True).order_by("kind", "id")
    ]


@router.get("", response=answers(NeedPage), auth=staff(TokenScope.READ))
def list_needs(request: HttpRequest, wanted: Query[NeedFilter]) -> Any:
    """The needs that the caller may see."""
    actor = caller(request)
    needs = queries.with_commitments(filtered(actor, wanted).for_lists())
    column = "due_at" if wanted.sort.endswith("due") else "filed_at"
    page = by_key(
        needs, field=column, descending=wanted.sort.startswith("-"), size=wanted.limit, after=wanted.after, strict=True
    )
    return {"items": [row(actor, need) for need in page.rows], "next": page.next}


def filtered(actor: Actor, wanted: NeedFilter) -> NeedQuerySet:
    """The needs of `actor` that a filter asks for. Raises Invalid for a code that names nothing."""
    needs = Need.objects.visible_to(actor)
    if wanted.status:
        needs = needs.open() if wanted.status == "open" else needs.filter(status=wanted.status)
    if wanted.kind:
        needs = needs.filter(kind=wanted.kind)
    if category := by_code_if(Category, wanted.category, "category"):
        needs = needs.filter(category=category)
    for name, model in PLACES:
        if place := by_code_if(model, getattr(wanted, name), name):
            needs = needs.in_place(name, place.pk)
    if wanted.filed_from or wanted.filed_to:
        first, last = wanted.filed_from or EARLIEST, wanted.filed_to or LATEST
        if not EARLIEST <= first <= last <= LATEST:
            raise Invalid(_("The first day comes before the last."), field="filed_from")
        start, end = day_range(first, last)
        needs = needs.filter(filed_at__gte=start, filed_at__lt=end)
    return queries.search_for(actor, needs, wanted.q) if wanted.q else needs


@router.get("/{number}", response=answers(NeedOut), auth=asker(TokenScope.READ))
def read_need(request: HttpRequest, number: Number) -> Any:
    """One need, what was said, and what the caller may do now. With X-Tracking-Code: the asker's own."""
    actor, need = caller(request), find_need(request, number)
    request.version = need.version  # type: ignore[attr-defined] # goes into the ETag
    said = _talk(actor, need) | _beside(actor, need) | _possible(actor, need)
    return row(actor, need) | _dates(need) | _contact(actor, need) | said


def knows(actor: Actor, need: Need) -> bool:
    """May read the asker's words here. A unit that handed them in for its staff never does (DOMAIN §3)."""
    if is_asker(actor, need):
        return True
    if need.batch and actor.holds(need.batch.organisation_id) and not in_place(actor, need):
        return False
    return reads_words(actor, need)


def row(actor: Actor, need: Need) -> dict[str, Any]:
    """`need` as a list shows it to `actor`; costs no query when the need was read for lists."""
    known = knows(actor, need)
    held = next(iter(need.held()), None)
    return {
        "number": need.number,
        "kind": need.kind,
        "category": need.category.code,
        "status": need.status,
        "urgency": need.urgency,
        "community": need.community.code,
        "grid": need.grid.code if known and need.grid else None,
        "compound": need.compound.code if known and need.compound else None,
        "public_text": need.public_text,
        "text": need.text if known else None,
        "filed_at": need.filed_at,
        "due_at": need.due_at,
        "giver": held.giver.code if held else None,
        "batch": need.batch.number if need.batch else None,
        "version": need.version,
    }


def _dates(need: Need) -> dict[str, Any]:
    names = (
        "channel publish_ok response_due_at solution_due_at waiting_since responded_at verified_at published_at "
        "delivered_at ended_at end_reason decline_reason right_owner solved satisfaction answered_via reopened_count"
    )
    merged = need.merged_into.number if need.merged_into else None
    return {name: getattr(need, name) for name in names.split()} | {"merged_into": merged}


def _contact(actor: Actor, need: Need) -> dict[str, Any]:
    known = knows(actor, need)
    return {f"has_{n.removeprefix('asker_')}": bool(getattr(need, n)) if known else None for n in CONTACT}


CONTACT = ("asker_name", "asker_phone", "place_detail")


def _talk(actor: Actor, need: Need) -> dict[str, Any]:
    """Messages and history as far as `actor` may read them."""
    if not knows(actor, need):
        return {"messages": [], "timeline": []}
    said = need.messages.order_by("at", "id")
    steps = need.story
    if not is_staff_reader(actor, need):
        said = said.filter(audience=Message.Audience.ASKER)
        steps = [step for step in steps if step.code not in INSIDE]
    return {
        "messages": [{"role": m.role, "audience": m.audience, "text": m.text, "at": m.at} for m in said],
        "timeline": [{"code": s.code, "role": s.role, "at": s.at} for s in steps],
    }


HOTLINE = ("outside_number", "outside_due_at", "outside_replied_at")


def _beside(actor: Actor, need: Need) -> dict[str, Any]:
    """The hotline's side of it, and whether it is left out of the rates; costs no query where there is neither."""
    known = knows(actor, need)
    found: dict[str, Any] = {name: (getattr(need, name) or None) if known else None for name in HOTLINE}
    goes_out = bool(found["outside_number"]) and refusal(actor, need, "reply_hotline") is None
    exclusion = queries.exclusion_of(need) if known and is_staff_reader(actor, need) else None
    names = ("state", "reason", "words", "asked_at", "decided_at")
    return found | {
        "hotline_reply": reply_to(need) if goes_out else None,
        "exclusion": {name: getattr(exclusion, name) for name in names} if exclusion else None,
    }


def _fits(need: Need, verb: str) -> bool:
    """Whether there is something to do it with: a call that was picked, a decline that was contested, and so on."""
    if verb == "reply_hotline":
        return bool(need.outside_number) and need.outside_replied_at is None
    if verb == "contest":
        return need.contested_at is None
    return verb not in ACTIONS or ACTIONS[verb].fits(need)


# A verb by the name of its call, where that is another's.
CALLED = {"answer_again": "confirm"}


def _possible(actor: Actor, need: Need) -> dict[str, Any]:
    """Commitments and what `actor` may do now."""
    held = need.held()
    open_now = [v for v, rule in VERBS.items() if need.status in rule.states]
    alone = [v for v in open_now if not VERBS[v].commitment]
    return {
        "commitments": [_commitment(actor, need, c, open_now) for c in held],
        "actions": [v for v in alone if refusal(actor, need, v) is None and _fits(need, v)],
    }


def _commitment(actor: Actor, need: Need, c: Commitment, open_now: list[str]) -> dict[str, Any]:
    names = "id status assigned request plan planned_on claimed_at started_at delivered_at solved"
    return {name: getattr(c, name) for name in names.split()} | {
        "giver": c.giver.code,
        "giver_label": c.giver.label,
        "category": c.part.category.code,
        "count": c.part.count,
        "note": c.note if knows(actor, need) else None,
        "actions": [CALLED.get(v, v) for v in open_now if VERBS[v].commitment and refusal(actor, need, v, c) is None],
    }
