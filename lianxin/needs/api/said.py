"""What the calls of a need's pipeline take as their body."""

from typing import Annotated

from pydantic import Field

from lianxin.core.api import Body, Code, Day, Line, Whole, Words, Yes
from lianxin.needs.states import DeclineReason, ExclusionReason, Satisfaction, SecondCallResult, Urgency

Version = Annotated[Whole, Field(ge=0, lt=2**31, description="the version that was read")]


class VerifyIn(Body):
    """`note` stays inside."""

    urgency: Urgency | None = None
    category: Code | None = None
    note: Words = ""
    version: Version | None = None


class CorrectIn(Body):
    """What is known better now; what is left out stays. `grid`, `compound`: codes, of the need's community."""

    version: Version
    urgency: Urgency | None = None
    category: Code | None = None
    grid: Code | None = None
    compound: Code | None = None
    public_text: Line | None = None
    publish_ok: Yes | None = None
    place_detail: Line | None = None
    name: Annotated[Line, Field(max_length=80)] | None = None
    phone: Annotated[Line, Field(max_length=40)] | None = None


class DeclineIn(Body):
    """`words` are what the asker reads."""

    reason: DeclineReason
    words: Line
    right_owner: Annotated[Line, Field(max_length=120)] = ""


class MergeIn(Body):
    """The number of the need that asks the same."""

    into: str = Field(pattern=r"^[\w-]{1,20}$")


class PublishIn(Body):
    """The office's words; they name neither person nor place."""

    public_text: Line
    urgency: Urgency | None = None
    version: Version | None = None


class AssignIn(Body):
    """`giver`: an organisation's code; `staff`: the user name of who goes; `request`: what is to be done."""

    giver: Code
    staff: Annotated[Line, Field(max_length=60)] = ""
    request: Line = ""
    urgency: Urgency | None = None


class NoteIn(Body):
    """A note for the next level."""

    note: Words


class ClaimIn(Body):
    """`giver`: the code of the caller's unit; `helpers`: codes of its helpers."""

    giver: Code
    plan: Line = ""
    planned_on: Day | None = None
    helpers: list[Code] = Field([], max_length=50)


class WordsIn(Body):
    """Why."""

    words: Line


class WithdrawIn(Body):
    """How the asker said so; the office has to say it, the asker not."""

    words: Line = ""


class DoneIn(Body):
    """What was done."""

    note: Line


class CorrectOwnIn(Body):
    """All of it as it is to stand; what is left out is taken away."""

    name: Annotated[Line, Field(max_length=80)] = ""
    phone: Annotated[Line, Field(max_length=40)] = ""
    place_detail: Line = ""
    giver_may_call: Yes = False
    publish_ok: Yes | None = None


class TextIn(Body):
    """What is said."""

    text: Words


class AskIn(TextIn):
    """`ask`: it can't go on without the asker's answer; the clock waits for it."""

    ask: Yes = False


class ThankIn(Body):
    """`agrees`: may be shown to everybody, if the giver agrees too."""

    text: Line
    agrees: Yes = False


class AnswerIn(Body):
    """Whether it is solved, and how satisfied the asker is."""

    solved: Yes
    satisfaction: Satisfaction | None = None


class AgreesIn(Body):
    """Whether the thanks may be shown."""

    agrees: Yes


class SecondCallIn(Body):
    """What came of it. `differs`: `solved` and `satisfaction` are what the asker says now. `words` stay inside."""

    result: SecondCallResult
    solved: Yes | None = None
    satisfaction: Satisfaction | None = None
    words: Words = ""


class ExcludeIn(Body):
    """Why the need is to count in no rate; the second person reads it."""

    reason: ExclusionReason
    words: Line


class DecideIn(Body):
    """Left out, or not."""

    approved: Yes
