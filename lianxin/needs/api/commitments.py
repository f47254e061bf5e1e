"""What is done to a commitment: POST /needs/{number}/commitments/{id}/<verb>, each one operation."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from pydantic import Field

from lianxin.accounts.actors import Actor
from lianxin.core.api import Body, Code, Line, MaybeKey, Words
from lianxin.needs import operations as do
from lianxin.needs.api.access import BY_ASKER, BY_STAFF, Id, Number, act, find_commitment
from lianxin.needs.api.reading import router
from lianxin.needs.api.said import AgreesIn, AnswerIn, WordsIn
from lianxin.needs.api.steps import MOVED, named
from lianxin.needs.models import Commitment, Need
from lianxin.needs.states import GiveBackReason

Run = Callable[[Commitment, Actor, datetime], Any]


class StartIn(Body):
    """`plan` replaces the plan that was given before."""

    plan: Line = ""


class DeliverIn(Body):
    """What was done."""

    note: Line


class GiveBackIn(Body):
    """Why the giver can't do it after all."""

    reason: GiveBackReason
    words: Line = ""


class HelpersIn(Body):
    """Codes of helpers of the giver; they replace those named before."""

    helpers: list[Code] = Field(max_length=50)


class ConfirmIn(AnswerIn):
    """The asker's answer, with words for the giver if there are any."""

    words: Words = ""


def _act(
    request: HttpRequest, verb: str, number: str, pk: int, key: str | None, run: Run, body: Body | None = None
) -> Any:
    return act(request, verb, number, key, lambda need, actor, at: run(find_commitment(need, pk), actor, at), body=body)


@router.post("/{number}/commitments/{pk}/start", response=MOVED, auth=BY_STAFF)
def start(request: HttpRequest, number: Number, pk: Id, said: StartIn, key: MaybeKey = None) -> Any:
    """The giver has begun."""
    return _act(
        request,
        "start",
        number,
        pk,
        key,
        lambda held, actor, at: do.start_work(held, actor=actor, at=at, plan=said.plan),
        said,
    )


@router.post("/{number}/commitments/{pk}/deliver", response=MOVED, auth=BY_STAFF)
def deliver(request: HttpRequest, number: Number, pk: Id, said: DeliverIn, key: MaybeKey = None) -> Any:
    """It is done. Counts nowhere until the asker confirms."""
    return _act(
        request,
        "deliver",
        number,
        pk,
        key,
        lambda held, actor, at: do.deliver_need(held, actor=actor, at=at, note=said.note),
        said,
    )


@router.post("/{number}/commitments/{pk}/give_back", response=MOVED, auth=BY_STAFF)
def give_back(request: HttpRequest, number: Number, pk: Id, said: GiveBackIn, key: MaybeKey = None) -> Any:
    """The giver can't do it after all."""
    return _act(
        request,
        "give_back",
        number,
        pk,
        key,
        lambda held, actor, at: do.give_back(held, actor=actor, at=at, reason=said.reason.value, words=said.words),
        said,
    )


@router.post("/{number}/commitments/{pk}/call_off", response=MOVED, auth=BY_STAFF)
def call_off(request: HttpRequest, number: Number, pk: Id, said: WordsIn, key: MaybeKey = None) -> Any:
    """The office takes the need back from its giver."""
    return _act(
        request,
        "call_off",
        number,
        pk,
        key,
        lambda held, actor, at: do.call_off(held, actor=actor, at=at, words=said.words),
        said,
    )


@router.post("/{number}/commitments/{pk}/name_helpers", response=MOVED, auth=BY_STAFF)
def name_helpers(request: HttpRequest, number: Number, pk: Id, said: HelpersIn, key: MaybeKey = None) -> Any:
    """Name the helpers who will do it."""
    return _act(
        request,
        "name_helpers",
        number,
        pk,
        key,
        lambda held, actor, at: do.name_helpers(held, actor=actor, at=at, helpers=named(said.helpers)),
        said,
    )


@router.post("/{number}/commitments/{pk}/confirm", response=MOVED, auth=BY_ASKER)
def confirm(request: HttpRequest, number: Number, pk: Id, said: ConfirmIn, key: MaybeKey = None) -> Any:
    """The asker says solved or not solved; or somebody who had no part in it records it after a call or visit."""
    satisfaction = said.satisfaction.value if said.satisfaction else ""
    return _act(
        request,
        "confirm",
        number,
        pk,
        key,
        lambda held, actor, at: do.record_answer(
            held, actor=actor, at=at, solved=said.solved, satisfaction=satisfaction, words=said.words
        ),
        said,
    )


@router.post("/{number}/commitments/{pk}/agree_thanks", response=MOVED, auth=BY_STAFF)
def agree_thanks(request: HttpRequest, number: Number, pk: Id, said: AgreesIn, key: MaybeKey = None) -> Any:
    """The giver says whether the asker's thanks may stand on the wish wall."""

    def run(held: Commitment, actor: Actor, at: datetime) -> Need:
        return do.agree_to_thanks(held, actor=actor, at=at, agrees=said.agrees).need

    return _act(request, "agree_thanks", number, pk, key, run, said)


@router.post("/{number}/commitments/{pk}/attempt", response=MOVED, auth=BY_STAFF)
def attempt(request: HttpRequest, number: Number, pk: Id, key: MaybeKey = None) -> Any:
    """The asker was called or visited and not reached. One attempt a day counts."""
    return _act(
        request, "attempt", number, pk, key, lambda held, actor, at: do.record_attempt(held, actor=actor, at=at)
    )
