"""Batches of wishes over the API."""

from typing import Annotated, Any

from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest
from ninja import Path, Query, Router
from ninja import Status as Answer
from pydantic import Field

from lianxin.accounts.api import caller, staff
from lianxin.accounts.models import TokenScope
from lianxin.core.api import (
    Body,
    Code,
    Cursor,
    Day,
    Key,
    Limit,
    Line,
    MaybeKey,
    Words,
    Yes,
    answers,
    own_key,
    repeatable,
    require_match,
)
from lianxin.core.clock import now
from lianxin.core.operation import in_one_go
from lianxin.core.paging import by_key
from lianxin.figures.registry import Ratio
from lianxin.needs import queries
from lianxin.needs.api.access import by_code
from lianxin.needs.api.schemas import BatchOut, BatchPage, ClaimedOut, HandedInOut
from lianxin.needs.models import Category, Need
from lianxin.needs.operations import Wished, claim_batch, hand_in_batch
from lianxin.needs.states import Status
from lianxin.organisations.models import Organisation
from lianxin.places.models import Community

router = Router(tags=["batches"])

BatchNumber = Annotated[str, Path(pattern=r"^[\w-]{1,40}$", examples=["B-26-001"])]


class WishIn(Body):
    """One wish."""

    text: Words
    category: Code
    publish_ok: Yes = False


class BatchIn(Body):
    """The wishes of a unit's staff, without names."""

    organisation: Code
    community: Code
    wishes: list[WishIn] = Field(min_length=1, max_length=60)


class BatchClaimIn(Body):
    """`giver`: the code of the caller's unit."""

    giver: Code
    plan: Line = ""
    planned_on: Day | None = None


class BatchFilter(Body):
    """Which page."""

    after: Cursor = ""
    limit: Limit = 50


@router.post("", response=answers(HandedInOut, creates=True), auth=staff(TokenScope.FILE))
def post_batch(request: HttpRequest, said: BatchIn, key: Key) -> Any:
    """Hand in wishes; each becomes a need of its own. The codes on the slips belong to those who wished."""
    actor = caller(request)
    codes = {wish.category: by_code(Category, wish.category, "wishes") for wish in said.wishes}
    handed = hand_in_batch(
        [Wished(wish.text, codes[wish.category], wish.publish_ok) for wish in said.wishes],
        actor=actor,
        at=now(),
        organisation=by_code(Organisation, said.organisation, "organisation", "scope"),
        community=by_code(Community, said.community, "community", "scope", "town__city"),
        key=own_key(request, actor.user_id, key),
    )
    slips = [{"number": number, "code": code} for number, code in handed.slips]
    return Answer(200 if handed.repeated else 201, {"number": handed.batch.number, "slips": slips})


def _batches(request: HttpRequest) -> Any:
    """The caller's batches with their counts, in one query."""
    confirmed = Count("needs", filter=Q(needs__status=Status.CONFIRMED))
    return queries.batches_for(caller(request)).annotate(
        wishes=Count("needs"), confirmed=confirmed, version=Sum("needs__version")
    )


def _row(batch: Any) -> dict[str, Any]:
    share = Ratio(batch.confirmed, batch.wishes)
    return {
        "number": batch.number,
        "organisation": batch.organisation.code,
        "community": batch.community.code,
        "handed_in_at": batch.handed_in_at.isoformat(),
        "numerator": share.numerator,
        "denominator": share.denominator,
        "value": share.value,
    }


@router.get("", response=answers(BatchPage), auth=staff(TokenScope.READ))
def list_batches(request: HttpRequest, wanted: Query[BatchFilter]) -> Any:
    """The batches that the caller may see, newest first."""
    page = by_key(
        _batches(request), field="handed_in_at", descending=True, size=wanted.limit, after=wanted.after, strict=True
    )
    return {"items": [_row(batch) for batch in page.rows], "next": page.next}


def _find(request: HttpRequest, number: str) -> Any:
    found = _batches(request).filter(number=number.upper()).first()
    if found is None:
        raise Http404
    return found


@router.get("/{number}", response=answers(BatchOut), auth=staff(TokenScope.READ))
def read_batch(request: HttpRequest, number: BatchNumber) -> Any:
    """One batch: the numbers of its wishes and where each stands."""
    batch = _find(request, number)
    request.version = batch.version  # type: ignore[attr-defined] # goes into the ETag
    wishes = batch.needs.order_by("pk").values("number", "status")
    return _row(batch) | {"wishes": list(wishes)}


@router.post("/{number}/claim", response=answers(ClaimedOut, write=True), auth=staff(TokenScope.ACT))
def claim(request: HttpRequest, number: BatchNumber, said: BatchClaimIn, key: MaybeKey = None) -> Any:
    """Take on every wish of the batch that waits for a giver; each then closes on its own."""
    actor, at = caller(request), now()

    def run() -> dict[str, Any]:
        batch = _find(request, number)
        if "If-Match" in request.headers:
            locked = Need.objects.select_for_update().filter(batch=batch).order_by("pk")
            require_match(request, sum(locked.values_list("version", flat=True)), _row(batch))
        giver = by_code(Organisation, said.giver, "giver", "scope")
        claimed = claim_batch(
            batch,
            actor=actor,
            at=at,
            giver=giver,
            plan=said.plan,
            planned_on=said.planned_on,
        )
        return {"number": batch.number, "claimed": [c.need.number for c in claimed]}

    own = own_key(request, actor.user_id, key) if key else ""
    body = said.model_dump(mode="json")
    return in_one_go(lambda: repeatable("claim_batch", own, body=body, at=at, run=run)[0])
