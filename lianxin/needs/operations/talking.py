"""What is said about a need: words of the asker, answers to the asker, comments inside."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.core.errors import Invalid, WrongState
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.needs import clocks
from lianxin.needs.models import Message, Need
from lianxin.needs.operations import notify
from lianxin.needs.operations.steps import digest, lock, responded, say, settle
from lianxin.needs.rules import require
from lianxin.needs.states import Status
from lianxin.notifications import notices

MAX_WORDS = 1_000


def _words(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(_("Write a few words."), field="text")
    if len(text) > MAX_WORDS:
        raise Invalid(_("Please keep it under %(n)s characters.") % {"n": MAX_WORDS}, field="text")
    return text


@operation
def add_word(need: Need, *, actor: Actor, at: datetime, text: str, key: str = "") -> Message:
    """The asker adds something; whoever has the need in hand is told.

    `key`: the form's UUID; the same key and words again return the message that was kept. Raises AlreadySent
    for a used key with other words.
    """
    text = _words(text)
    need = lock(need)
    require(actor, need, "add_word")

    def run() -> Message:
        clocks.resume(need, at)
        message = say(need, text, Message.Audience.ASKER, actor=actor, at=at)
        settle(need, "word_added", need.status, actor=actor, at=at, text=digest(need, text))
        notices.send([notify.to_handler(need, "need.word")], at=at)
        return message

    return _said_once("add_word", need, text, key=key, actor=actor, at=at, run=run)


def _said_once(
    operation: str, need: Need, text: str, *, key: str, actor: Actor, at: datetime, run: Callable[[], Message]
) -> Message:
    """What `run` keeps, or what was kept when the form was sent before."""
    body = {"need": need.pk, "text": text, "by": actor.user_id}
    answer, _repeated = once(
        operation=operation,
        key=key or uuid.uuid4().hex,
        body=body,
        at=at,
        run=lambda: {"number": need.number, "id": run().pk},
    )
    return Message.objects.get(pk=answer["id"])


@operation
def answer_asker(need: Need, *, actor: Actor, at: datetime, text: str, ask: bool = False, key: str = "") -> Message:
    """Staff or the giver write to the asker, who reads it on the tracking page. Counts as first response.

    `ask`: it can't go on without the asker's answer; the clock stands still until the asker adds a word, something
    else happens, or it has stood still for as long, in all, as the city allows. `key` as in `add_word`.
    Raises Invalid to ask when it has.
    """
    text = _words(text)
    need = lock(need)
    require(actor, need, "answer_asker")
    if ask and need.waiting_since is None and not clocks.may_wait(need):
        raise Invalid(
            _("The clock has waited for the asker as long as it may; send it without stopping it."), field="ask"
        )

    def run() -> Message:
        message = say(need, text, Message.Audience.ASKER, actor=actor, at=at)
        responded(need, at=at)
        if ask and need.status != Status.DELIVERED and need.waiting_since is None:
            need.waiting_since = at
        settle(need, "asked" if ask else "answered", need.status, actor=actor, at=at, text=digest(need, text))
        return message

    return _said_once("answer_asker", need, text, key=key, actor=actor, at=at, run=run)


@operation
def comment_need(need: Need, *, actor: Actor, at: datetime, text: str, heard: bool = False, key: str = "") -> Message:
    """A remark that only staff and the giver read. `key` as in `add_word`.

    `heard`: the asker, for whom the clock waits, has answered by telephone or in person; it runs again.
    Raises WrongState when it is over and its words are erased.
    """
    text = _words(text)
    need = lock(need)
    require(actor, need, "comment")
    if need.words_erased_at and not need.is_open:
        raise WrongState(_("What was written about this is erased; nothing is added to it any more."))

    def run() -> Message:
        code = "heard" if heard and need.waiting_since else "commented"
        if heard:
            clocks.resume(need, at)
        message = say(need, text, Message.Audience.INSIDE, actor=actor, at=at)
        settle(need, code, need.status, actor=actor, at=at, text=digest(need, text))
        return message

    return _said_once("comment_need", need, text, key=key, actor=actor, at=at, run=run)
