"""Sending twice does once: the keys that rendered forms and API calls carry."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _

from lianxin.core.crypto import keyed_digest, keyed_digests
from lianxin.core.errors import AlreadySent, Refusal
from lianxin.core.models import SentForm
from lianxin.core.operation import SentMeanwhile, begun_anew

KEPT = timedelta(days=7)
MAX_KEY = 64


def body_digest(body: dict[str, Any]) -> str:
    """A keyed digest of everything a form or call said, independent of the order of its fields."""
    return keyed_digest("body", _said(body))


def _said(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, default=str)


def once(
    *, operation: str, key: str, body: dict[str, Any], at: datetime, run: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Carry out `run` unless `key` was used before; return its answer and whether it was a repetition.

    `run` returns a JSON-able answer holding at least `number`; it is kept encrypted for 7 days.
    Call inside the operation's transaction. Nearly every key is new, so that nobody looks for it first: the unique
    index refuses a used one (a second sender waits there for the first), what `run` did is taken back, and the
    operation begins anew and finds the answer. Raises AlreadySent when the key was used with another body.
    """
    digest, key = body_digest(body), key[:MAX_KEY]
    sent = SentForm.objects.filter(operation=operation, key=key)
    if not begun_anew.get():
        try:
            answer = run()
        except (Refusal, Http404) as refusal:
            # What was sent before may be refused now, or be out of sight, because it was done.
            if sent.exists():
                raise SentMeanwhile from refusal
            raise
        about = str(answer.get("number", ""))[:40]
        kept = json.dumps(answer, ensure_ascii=False)
        try:
            SentForm.objects.create(
                operation=operation, key=key, body_digest=digest, about=about, answer=kept, created_at=at
            )
        except IntegrityError as error:
            raise SentMeanwhile from error
        return answer, False
    before = sent.get()
    # Without its key the answer is gone, its number is not.
    answer = json.loads(before.answer or json.dumps({"number": before.about}))
    if not before.answer or before.body_digest not in keyed_digests("body", _said(body)):
        number = str(answer.get("number", ""))
        raise AlreadySent(_("This form was already sent as %(number)s.") % {"number": number}, number=number)
    return answer, True


def _blank(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: value if name == "number" else _blank(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [_blank(value) for value in answer]
    return "" if isinstance(answer, str) else answer


def forget_words(number: str) -> int:
    """Leave of the answers about `number` nothing but the number, so that a repetition still finds it; how many."""
    found = SentForm.objects.filter(about=number)
    for sent in found:
        sent.answer = json.dumps(_blank(json.loads(sent.answer or "{}")))
        sent.save(update_fields=["answer"])
    return len(found)


def forget_before(at: datetime) -> int:
    """Erase the answers older than 7 days; returns how many."""
    return SentForm.objects.filter(created_at__lt=at - KEPT).delete()[0]
