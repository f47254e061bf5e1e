"""What is done to a need: POST /needs/{number}/<verb>, each one operation."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import User
from lianxin.alliance.models import Helper
from lianxin.core.api import MaybeKey, answers
from lianxin.core.errors import Invalid
from lianxin.needs import operations as do
from lianxin.needs import queries
from lianxin.needs.api.access import BY_ASKER, BY_STAFF, Moved, Number, act, by_code, by_code_if
from lianxin.needs.api.reading import router
from lianxin.needs.api.said import (
    AnswerIn,
    AskIn,
    AssignIn,
    ClaimIn,
    CorrectIn,
    CorrectOwnIn,
    DeclineIn,
    DoneIn,
    MergeIn,
    NoteIn,
    PublishIn,
    TextIn,
    ThankIn,
    VerifyIn,
    WithdrawIn,
    WordsIn,
)
from lianxin.needs.models import Category, Commitment, Need
from lianxin.needs.rules import require
from lianxin.organisations.models import Organisation
from lianxin.places.models import Compound, Grid

MOVED = answers(Moved, write=True)


@router.post("/{number}/verify", response=MOVED, auth=BY_STAFF)
def verify(request: HttpRequest, number: Number, said: VerifyIn, key: MaybeKey = None) -> Any:
    """The need is real and understood."""

    def run(need: Need, actor: Actor, at: datetime) -> Need:
        category = by_code_if(Category, said.category, "category")
        urgency = said.urgency or ""
        return do.verify_need(
            need, actor=actor, at=at, category=category, urgency=urgency, note=said.note, version=said.version
        )

    return act(request, "verify", number, key, run, body=said)


@router.post("/{number}/correct", response=MOVED, auth=BY_STAFF)
def correct(request: HttpRequest, number: Number, said: CorrectIn, key: MaybeKey = None) -> Any:
    """Change what the office knows better now. 409 `stale` when somebody else changed the need since."""
    return act(
        request,
        "correct",
        number,
        key,
        lambda need, actor, at: do.correct_need(
            need,
            actor=actor,
            at=at,
            version=said.version,
            urgency=said.urgency,
            category=by_code_if(Category, said.category, "category"),
            grid=by_code_if(Grid, said.grid, "grid"),
            compound=by_code_if(Compound, said.compound, "compound"),
            public_text_=said.public_text,
            publish_ok=said.publish_ok,
            place_detail=said.place_detail,
            asker_name=said.name,
            asker_phone=said.phone,
        ),
        body=said,
    )


@router.post("/{number}/decline", response=MOVED, auth=BY_STAFF)
def decline(request: HttpRequest, number: Number, said: DeclineIn, key: MaybeKey = None) -> Any:
    """Decline with a reason the asker reads."""
    return act(
        request,
        "decline",
        number,
        key,
        lambda need, actor, at: do.decline_need(
            need, actor=actor, at=at, reason=said.reason.value, words=said.words, right_owner=said.right_owner
        ),
        body=said,
    )


@router.post("/{number}/merge", response=MOVED, auth=BY_STAFF)
def merge(request: HttpRequest, number: Number, said: MergeIn, key: MaybeKey = None) -> Any:
    """The need asks the same as another: it counts once from now on."""

    def run(need: Need, actor: Actor, at: datetime) -> Need:
        into = queries.need_for(actor, said.into)
        if into is None:
            raise Invalid(_("Choose another open need of the same community."), field="into")
        return do.merge_need(need, actor=actor, at=at, into=into)

    return act(request, "merge", number, key, run, body=said)


@router.post("/{number}/unmerge", response=MOVED, auth=BY_STAFF)
def unmerge(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """It was not the same after all: the need stands where it stood, and counts for itself again."""
    return act(request, "unmerge", number, key, lambda need, actor, at: do.unmerge_need(need, actor=actor, at=at))


@router.post("/{number}/publish", response=MOVED, auth=BY_STAFF)
def publish(request: HttpRequest, number: Number, said: PublishIn, key: MaybeKey = None) -> Any:
    """Put the need on the wish wall and in the pool; verifies it in the same call when it is new."""
    return act(
        request,
        "publish",
        number,
        key,
        lambda need, actor, at: do.publish_need(
            need, actor=actor, at=at, public_text_=said.public_text, urgency=said.urgency or "", version=said.version
        ),
        body=said,
    )


@router.post("/{number}/unpublish", response=MOVED, auth=BY_STAFF)
def unpublish(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """Take the need off the wall."""
    return act(request, "unpublish", number, key, lambda need, actor, at: do.unpublish_need(need, actor=actor, at=at))


@router.post("/{number}/assign", response=MOVED, auth=BY_STAFF)
def assign(request: HttpRequest, number: Number, said: AssignIn, key: MaybeKey = None) -> Any:
    """Give the need to own staff, a unit, a company or a department."""

    def run(need: Need, actor: Actor, at: datetime) -> Commitment:
        # Asked first, so that nobody can try out user names here.
        require(actor, need, "assign")
        giver = by_code(Organisation, said.giver, "giver", "scope")
        staff = User.objects.filter(username=said.staff, is_active=True).first() if said.staff else None
        if said.staff and staff is None:
            raise Invalid(_("Nobody is known under this user name."), field="staff")
        urgency = said.urgency or ""
        return do.assign_need(need, actor=actor, at=at, giver=giver, staff=staff, asked=said.request, urgency=urgency)

    return act(request, "assign", number, key, run, body=said)


@router.post("/{number}/pass_up", response=MOVED, auth=BY_STAFF)
def pass_up(request: HttpRequest, number: Number, said: NoteIn, key: MaybeKey = None) -> Any:
    """Hand the need to the next level, with its history."""
    return act(
        request,
        "pass_up",
        number,
        key,
        lambda need, actor, at: do.pass_up(need, actor=actor, at=at, note=said.note),
        body=said,
    )


@router.post("/{number}/pass_down", response=MOVED, auth=BY_STAFF)
def pass_down(request: HttpRequest, number: Number, said: NoteIn, key: MaybeKey = None) -> Any:
    """Hand the need back to the community's office."""
    return act(
        request,
        "pass_down",
        number,
        key,
        lambda need, actor, at: do.pass_down(need, actor=actor, at=at, note=said.note),
        body=said,
    )


def named(helpers: list[str]) -> list[Helper]:
    """The helpers with these codes. Raises Invalid when one is unknown."""
    found = list(Helper.objects.offered().filter(code__in=helpers))
    if len(found) != len(set(helpers)):
        raise Invalid(_("Name helpers of your own unit."), field="helpers")
    return found


@router.post("/{number}/claim", response=MOVED, auth=BY_STAFF)
def claim(request: HttpRequest, number: Number, said: ClaimIn, key: MaybeKey = None) -> Any:
    """A unit takes a published need on. 409 names who was first."""

    def run(need: Need, actor: Actor, at: datetime) -> Commitment:
        return do.claim_need(
            need,
            actor=actor,
            at=at,
            giver=by_code(Organisation, said.giver, "giver", "scope"),
            plan=said.plan,
            planned_on=said.planned_on,
            helpers=named(said.helpers) if said.helpers else (),
        )

    return act(request, "claim", number, key, run, body=said)


@router.post("/{number}/on_spot", response=MOVED, auth=BY_STAFF)
def on_spot(request: HttpRequest, number: Number, said: DoneIn, key: MaybeKey = None) -> Any:
    """Verify and deliver in one call what could be done at once."""
    return act(
        request,
        "on_spot",
        number,
        key,
        lambda need, actor, at: do.handle_need(need, actor=actor, at=at, note=said.note),
        body=said,
    )


@router.post("/{number}/take_back", response=MOVED, auth=BY_STAFF)
def take_back(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """The caller did the last step by mistake: the need stands as before it."""
    return act(request, "take_back", number, key, lambda need, actor, at: do.take_back(need, actor=actor, at=at))


@router.post("/{number}/withdraw", response=MOVED, auth=BY_ASKER)
def withdraw(request: HttpRequest, number: Number, said: WithdrawIn | None = None, key: MaybeKey = None) -> Any:
    """The asker no longer wants it; the office says how it knows."""
    said = said or WithdrawIn()
    return act(
        request,
        "withdraw",
        number,
        key,
        lambda need, actor, at: do.withdraw_need(need, actor=actor, at=at, words=said.words),
        body=said,
    )


@router.post("/{number}/still_wanted", response=MOVED, auth=BY_ASKER)
def still_wanted(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """The asker did not say what the office recorded: the need is open again."""
    return act(request, "still_wanted", number, key, lambda need, actor, at: do.still_wanted(need, actor=actor, at=at))


@router.post("/{number}/contest", response=MOVED, auth=BY_ASKER)
def contest(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """The asker does not accept the decline; the level above the office that declined it decides. Once."""
    return act(request, "contest", number, key, lambda need, actor, at: do.contest_decline(need, actor=actor, at=at))


@router.post("/{number}/overturn", response=MOVED, auth=BY_STAFF)
def overturn(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """The level above sides with the asker: the need is open again."""
    return act(request, "overturn", number, key, lambda need, actor, at: do.overturn_decline(need, actor=actor, at=at))


@router.post("/{number}/uphold", response=MOVED, auth=BY_STAFF)
def uphold(request: HttpRequest, number: Number, said: WordsIn, key: MaybeKey = None) -> Any:
    """The level above sides with the office, and tells the asker why."""
    return act(
        request,
        "uphold",
        number,
        key,
        lambda need, actor, at: do.uphold_decline(need, actor=actor, at=at, words=said.words),
        body=said,
    )


@router.post("/{number}/add_word", response=MOVED, auth=BY_ASKER)
def add_word(request: HttpRequest, number: Number, said: TextIn, key: MaybeKey = None) -> Any:
    """The asker adds something."""
    return act(
        request,
        "add_word",
        number,
        key,
        lambda need, actor, at: do.add_word(need, actor=actor, at=at, text=said.text),
        body=said,
    )


@router.post("/{number}/correct_own", response=MOVED, auth=BY_ASKER)
def correct_own(request: HttpRequest, number: Number, said: CorrectOwnIn, key: MaybeKey = None) -> Any:
    """The asker says anew how to be reached and whether it may be published."""
    return act(
        request,
        "correct_own",
        number,
        key,
        lambda need, actor, at: do.correct_own(
            need,
            actor=actor,
            at=at,
            name=said.name,
            phone=said.phone,
            place_detail=said.place_detail,
            giver_may_call=said.giver_may_call,
            publish_ok=said.publish_ok,
        ),
        body=said,
    )


@router.post("/{number}/answer_asker", response=MOVED, auth=BY_STAFF)
def answer_asker(request: HttpRequest, number: Number, said: AskIn, key: MaybeKey = None) -> Any:
    """Write to the asker, who reads it on the tracking page."""
    return act(
        request,
        "answer_asker",
        number,
        key,
        lambda need, actor, at: do.answer_asker(need, actor=actor, at=at, text=said.text, ask=said.ask),
        body=said,
    )


@router.post("/{number}/comment", response=MOVED, auth=BY_STAFF)
def comment(request: HttpRequest, number: Number, said: TextIn, key: MaybeKey = None) -> Any:
    """A remark that only staff and the giver read."""
    return act(
        request,
        "comment",
        number,
        key,
        lambda need, actor, at: do.comment_need(need, actor=actor, at=at, text=said.text),
        body=said,
    )


@router.post("/{number}/thank", response=MOVED, auth=BY_ASKER)
def thank(request: HttpRequest, number: Number, said: ThankIn, key: MaybeKey = None) -> Any:
    """The asker's words to the giver, after confirming."""
    return act(
        request,
        "thank",
        number,
        key,
        lambda need, actor, at: do.thank_giver(need, actor=actor, at=at, text=said.text, agrees=said.agrees),
        body=said,
    )


@router.post("/{number}/answer_merged", response=MOVED, auth=BY_ASKER)
def answer_merged(request: HttpRequest, number: Number, said: AnswerIn, key: MaybeKey = None) -> Any:
    """The asker of a merged need answers too, or somebody without part in it records it."""
    satisfaction = said.satisfaction.value if said.satisfaction else ""
    return act(
        request,
        "answer_merged",
        number,
        key,
        lambda need, actor, at: do.answer_merged(
            need, actor=actor, at=at, solved=said.solved, satisfaction=satisfaction
        ),
        body=said,
    )


@router.post("/{number}/attempt_merged", response=MOVED, auth=BY_STAFF)
def attempt_merged(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """The asker of a merged need was called or visited and not reached. One attempt a day counts."""
    return act(
        request,
        "attempt_merged",
        number,
        key,
        lambda need, actor, at: do.record_attempt_merged(need, actor=actor, at=at),
    )
