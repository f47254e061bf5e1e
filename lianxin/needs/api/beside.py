"""What is done beside a need's way: the second call, leaving it out of the rates, the reply to the hotline."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from lianxin.accounts.actors import Actor
from lianxin.core.api import MaybeKey
from lianxin.needs import operations as do
from lianxin.needs.answers import Answer
from lianxin.needs.api.access import BY_STAFF, Number, act
from lianxin.needs.api.reading import router
from lianxin.needs.api.said import DecideIn, ExcludeIn, SecondCallIn
from lianxin.needs.api.steps import MOVED
from lianxin.needs.models import Need


@router.post("/{number}/second_call", response=MOVED, auth=BY_STAFF)
def second_call(request: HttpRequest, number: Number, said: SecondCallIn, key: MaybeKey = None) -> Any:
    """The town called about an answer that was recorded for the asker. `commitment`: the one that it is about."""

    def run(need: Need, actor: Actor, at: datetime) -> Answer:
        call = do.record_second_call(
            need,
            actor=actor,
            at=at,
            result=said.result.value,
            solved=said.solved,
            satisfaction=said.satisfaction.value if said.satisfaction else "",
            words=said.words,
        )
        return call.answer

    return act(request, "second_call", number, key, run, body=said)


@router.post("/{number}/ask_exclusion", response=MOVED, auth=BY_STAFF)
def ask_exclusion(request: HttpRequest, number: Number, said: ExcludeIn, key: MaybeKey = None) -> Any:
    """Ask that the need counts in no rate. It counts until a second person agrees."""
    return act(
        request,
        "ask_exclusion",
        number,
        key,
        lambda need, actor, at: do.ask_exclusion(need, actor=actor, at=at, reason=said.reason.value, words=said.words),
        body=said,
    )


@router.post("/{number}/decide_exclusion", response=MOVED, auth=BY_STAFF)
def decide_exclusion(request: HttpRequest, number: Number, said: DecideIn, key: MaybeKey = None) -> Any:
    """The second person says whether the need counts in no rate from now on."""
    return act(
        request,
        "decide_exclusion",
        number,
        key,
        lambda need, actor, at: do.decide_exclusion(need, actor=actor, at=at, approved=said.approved),
        body=said,
    )


@router.post("/{number}/take_back_exclusion", response=MOVED, auth=BY_STAFF)
def take_back_exclusion(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """The need counts again, or the question is dropped before anybody decided."""
    return act(
        request,
        "take_back_exclusion",
        number,
        key,
        lambda need, actor, at: do.take_back_exclusion(need, actor=actor, at=at),
    )


@router.post("/{number}/reply_hotline", response=MOVED, auth=BY_STAFF)
def reply_hotline(request: HttpRequest, number: Number, key: MaybeKey = None) -> Any:
    """The reply went out to the hotline. Said once more, it changes nothing."""

    def run(need: Need, actor: Actor, at: datetime) -> Need:
        do.reply_to_hotline([need], actor=actor, at=at)
        return need

    return act(request, "reply_hotline", number, key, run)
