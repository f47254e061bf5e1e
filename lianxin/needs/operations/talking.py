"""What is said about a need: words of the asker, answers to the asker, comments inside."""

import uuid
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.core.errors import Invalid
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

    def run() -> dict[str, Any]:
        clocks.resume(need, at)
        message = say(need, text, Message.Audience.ASKER, actor=actor, at=at)
        settle(need, "word_added", need.status, actor=actor, at=at, text=digest(need, text))
        notices.send([notify.to_handler(need, "need.word")], at=at)
        return {"number": need.number, "id": message.pk}

    body = {"need": need.pk, "text": text}
    answer, _repeated = once(operation="add_word", key=key or uuid.uuid4().hex, body=body, at=at, run=run)
    return Message.objects.get(pk=answer["id"])


@operation
def answer_asker(need: Need, *, actor: Actor, at: datetime, text: str, ask: bool = False) -> Message:
    """Staff or the giver write to the asker, who reads it on the tracking page. Counts as first response.

    `ask`: it can't go on without the asker's answer; the clock stands still until the asker adds a word, something
    else happens, or the city's limit is reached.
    """
    text = _words(text)
    need = lock(need)
    require(actor, need, "answer_asker")
    message = say(need, text, Message.Audience.ASKER, actor=actor, at=at)
    responded(need, at=at)
    if ask and need.status != Status.DELIVERED and need.waiting_since is None:
        need.waiting_since = at
    settle(need, "asked" if ask else "answered", need.status, actor=actor, at=at, text=digest(need, text))
    return message


@operation
def comment_need(need: Need, *, actor: Actor, at: datetime, text: str) -> Message:
    """A remark that only staff and the giver read."""
    text = _words(text)
    need = lock(need)
    require(actor, need, "comment")
    message = say(need, text, Message.Audience.INSIDE, actor=actor, at=at)
    settle(need, "commented", need.status, actor=actor, at=at, text=digest(need, text))
    return message
