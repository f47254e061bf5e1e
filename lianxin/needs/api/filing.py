"""Filing a need: by anybody, by staff for someone, on the spot."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router
from ninja import Status as Answer
from pydantic import Field

from lianxin.accounts.actors import Actor
from lianxin.accounts.api import OPEN, anybody, caller, staff
from lianxin.accounts.models import TokenScope
from lianxin.core.api import Body, Code, Key, Line, Moment, Whole, Words, Yes, answers, own_key, repeatable, throttle
from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed
from lianxin.needs.api.access import by_code, by_code_if
from lianxin.needs.api.reading import router
from lianxin.needs.api.schemas import FiledOut
from lianxin.needs.models import Category
from lianxin.needs.operations import Asked, file_need, handle_on_the_spot
from lianxin.needs.states import Channel, SubjectKind, Urgency
from lianxin.needs.tracking import FILINGS
from lianxin.organisations.models import Organisation
from lianxin.places.models import Community, Compound, Grid

spot = Router(tags=["needs"])

# What the operation reads of a place, in one query.
WITH_SCOPES = ("scope", "town__scope", "town__city__scope")


class PartIn(Body):
    """What one giver can take on."""

    category: Code
    count: Annotated[Whole, Field(ge=1, le=9_999)] = 1


class NeedIn(Body):
    """What an asker says. `channel`, `urgency`, `outside_number`, `outside_due_at` and `parts` are for staff.

    They file for someone. What has a number of the hotline and no `channel` came by the hotline.
    """

    kind: Code
    category: Code
    community: Code
    grid: Code | None = None
    compound: Code | None = None
    text: Words = ""
    publish_ok: Yes = False
    name: Annotated[Line, Field(max_length=80)] = ""
    phone: Annotated[Line, Field(max_length=40)] = ""
    place_detail: Line = ""
    giver_may_call: Yes = False
    subject_kind: SubjectKind | None = None
    subject: Code | None = Field(None, description="a complaint about a company or unit: its code")
    channel: Channel | None = None
    urgency: Urgency | None = None
    outside_number: Annotated[Line, Field(max_length=40, description="of a case of the hotline")] = ""
    outside_due_at: Moment | None = Field(None, description="when it is due at the hotline, with the offset")
    parts: list[PartIn] = Field([], max_length=20)


class SpotIn(NeedIn):
    """What was asked and done at once."""

    note: Words = Field(description="what was done")


FOR_STAFF = ("channel", "urgency", "outside_number", "outside_due_at", "parts")


def _asked(said: NeedIn, actor: Actor) -> Asked:
    """The operation's words for a call's. Raises Invalid for codes that name nothing, NotAllowed for the public."""
    if not actor.is_staff:
        for name in FOR_STAFF:
            if getattr(said, name):
                raise NotAllowed(_("Only staff can say this."), code="for_staff")
    community = by_code(Community, said.community, "community", *WITH_SCOPES)
    category = by_code(Category, said.category, "category")
    channel = said.channel or (Channel.HOTLINE if said.outside_number.strip() else Channel.WEB)
    parts = [(by_code(Category, part.category, "parts"), part.count) for part in said.parts]
    return Asked(
        kind=said.kind,
        category=category,
        community=community,
        grid=by_code_if(Grid, said.grid, "grid", "scope"),
        compound=by_code_if(Compound, said.compound, "compound"),
        text=said.text,
        publish_ok=said.publish_ok,
        name=said.name,
        phone=said.phone,
        place_detail=said.place_detail,
        giver_may_call=said.giver_may_call,
        subject_kind=said.subject_kind.value if said.subject_kind else "",
        subject=by_code_if(Organisation, said.subject, "subject", "scope"),
        channel=channel.value,
        urgency=said.urgency.value if said.urgency else "",
        outside_number=said.outside_number,
        outside_due_at=said.outside_due_at,
        parts=parts,
    )


@router.post("", response=answers(FiledOut, creates=True), auth=anybody(TokenScope.FILE), openapi_extra=OPEN)
def post_need(request: HttpRequest, said: NeedIn, key: Key) -> Any:
    """File a need. Without a token: as the one who asks. The code opens the need later; it is told this once."""
    actor, at = caller(request), now()
    if not actor.is_staff:
        throttle(FILINGS, request)
    own = own_key(request, actor.user_id or "public", key)
    filed = file_need(_asked(said, actor), actor=actor, at=at, key=own)
    if not actor.is_staff and not filed.repeated:
        FILINGS.count(request, at)
    return Answer(200 if filed.repeated else 201, {"number": filed.number, "code": filed.code})


@spot.post("", response=answers(FiledOut, creates=True), auth=staff(TokenScope.FILE))
def post_on_the_spot(request: HttpRequest, said: SpotIn, key: Key) -> Any:
    """File, verify and deliver in one call what could be done at once."""
    actor, at = caller(request), now()
    own = own_key(request, actor.user_id, key)

    def run() -> dict[str, Any]:
        asked = _asked(said, actor)
        filed = handle_on_the_spot(asked, actor=actor, at=at, key=own, note=said.note)
        return {"number": filed.number, "code": filed.code}

    answer, repeated = repeatable("on_the_spot", own, body=said.model_dump(mode="json"), at=at, run=run)
    return Answer(200 if repeated else 201, answer)
