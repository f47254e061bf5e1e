"""What the API says about needs."""

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

from lianxin.core.api import Body, Code, Cursor, Day, Limit, Line
from lianxin.needs.states import Status


class CategoryOut(Schema):
    """What a need can be about."""

    code: str
    kind: str
    label: str
    urgency: str
    around_the_clock: bool


class NeedRow(Schema):
    """A need in a list. What its reader may not know is null: the pool reads the public text only."""

    number: str
    kind: str
    category: str
    status: str
    urgency: str
    community: str
    grid: str | None
    compound: str | None
    public_text: str
    text: str | None = Field(description="the asker's words")
    filed_at: datetime
    due_at: datetime
    giver: str | None
    batch: str | None
    version: int


class NeedPage(Schema):
    """Needs; `next` goes into `after`, and is empty at the end."""

    items: list[NeedRow]
    next: str


class CommitmentOut(Schema):
    """A giver who takes on a part, or did; `actions`: what the caller may do with it now."""

    id: int
    giver: str
    giver_label: str
    category: str
    count: int
    status: str
    assigned: bool
    request: str
    plan: str
    planned_on: date | None
    claimed_at: datetime
    started_at: datetime | None
    delivered_at: datetime | None
    note: str | None
    solved: bool | None
    actions: list[str]


class MessageOut(Schema):
    """Something said about the need."""

    role: str
    audience: str
    text: str
    at: datetime


class StepOut(Schema):
    """One entry of the need's history."""

    code: str
    role: str
    at: datetime


class ExclusionOut(Schema):
    """Why the need counts in no rate, or is to: `asked` waits for a second person, `approved` is decided."""

    state: str
    reason: str
    words: str
    asked_at: datetime
    decided_at: datetime | None


class NeedOut(NeedRow):
    """One need. Names, numbers and addresses of askers are never told here, only whether there is one."""

    channel: str
    publish_ok: bool
    response_due_at: datetime
    solution_due_at: datetime
    waiting_since: datetime | None = Field(description="the clock stands still until the asker answers")
    responded_at: datetime | None
    verified_at: datetime | None
    published_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    decline_reason: str
    right_owner: str
    merged_into: str | None
    solved: bool | None
    satisfaction: str
    answered_via: str
    reopened_count: int
    has_name: bool | None
    has_phone: bool | None
    has_place_detail: bool | None
    outside_number: str | None = Field(description="the number at the hotline")
    outside_due_at: datetime | None
    outside_replied_at: datetime | None
    hotline_reply: str | None = Field(description="what may go out to the hotline now; for those who mark it as sent")
    exclusion: ExclusionOut | None
    commitments: list[CommitmentOut]
    messages: list[MessageOut]
    timeline: list[StepOut]
    actions: list[str] = Field(description="what the caller may do now: POST /needs/{number}/<action>")


class NeedFilter(Body):
    """Which needs, in which order."""

    status: str | None = Field(None, pattern="^(open|" + "|".join(Status.values) + ")$", description="open: not ended")
    kind: Code | None = None
    category: Code | None = None
    community: Code | None = None
    grid: Code | None = None
    compound: Code | None = None
    q: Line = ""
    filed_from: Day | None = None
    filed_to: Day | None = None
    sort: str = Field("-filed", pattern="^-?(filed|due)$")
    after: Cursor = ""
    limit: Limit = 50


class FiledOut(Schema):
    """The number is public; the code is the asker's, and is told this once."""

    number: str
    code: str


class SlipOut(Schema):
    """One wish of a batch: hand number and code to the one who wished."""

    number: str
    code: str


class HandedInOut(Schema):
    """A batch that was handed in, with the slips to hand out. The codes are told this once."""

    number: str
    slips: list[SlipOut]


class BatchRow(Schema):
    """A batch of wishes: confirmed (`numerator`) of all that were handed in (`denominator`)."""

    number: str
    organisation: str
    community: str
    handed_in_at: datetime
    numerator: int
    denominator: int
    value: float | None


class BatchPage(Schema):
    """Batches, newest first; `next` goes into `after`, and is empty at the end."""

    items: list[BatchRow]
    next: str


class WishOut(Schema):
    """A wish of a batch: its number and where it stands, never its words."""

    number: str
    status: str


class BatchOut(BatchRow):
    """One batch with its wishes."""

    wishes: list[WishOut]


class ClaimedOut(Schema):
    """The wishes of a batch that were taken on just now."""

    number: str
    claimed: list[str]
