"""Sending twice does once: the keys that rendered forms and API calls carry."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from lianxin.core.crypto import decrypt, encrypt, keyed_digest
from lianxin.core.errors import AlreadySent
from lianxin.core.models import SentForm

KEPT = timedelta(days=7)
MAX_KEY = 64


def body_digest(body: dict[str, Any]) -> str:
    """A keyed digest of everything a form or call said, independent of the order of its fields."""
    return keyed_digest("body", json.dumps(body, sort_keys=True, ensure_ascii=False, default=str))


def once(
    *, operation: str, key: str, body: dict[str, Any], at: datetime, run: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Carry out `run` unless `key` was used before; return its answer and whether it was a repetition.

    `run` returns a JSON-able answer holding at least `number`; it is kept encrypted for 7 days.
    Call inside the operation's transaction: a second sender waits on the unique index, then is answered.
    Raises AlreadySent when the key was used with another body.
    """
    digest = body_digest(body)
    # A second sender waits here until the first has committed, then finds the first one's answer.
    SentForm.objects.bulk_create(
        [SentForm(operation=operation, key=key[:MAX_KEY], body_digest=digest, answer="", created_at=at)],
        ignore_conflicts=True,
    )
    sent = SentForm.objects.get(operation=operation, key=key[:MAX_KEY])
    if not sent.answer:
        answer = run()
        sent.answer = encrypt(json.dumps(answer, ensure_ascii=False))
        sent.save(update_fields=["answer"])
        return answer, False
    answer = json.loads(decrypt(sent.answer) or "{}")
    if sent.body_digest != digest:
        number = str(answer.get("number", ""))
        raise AlreadySent(_("This form was already sent as %(number)s.") % {"number": number}, number=number)
    return answer, True


def forget_before(at: datetime) -> int:
    """Erase the answers older than 7 days; returns how many."""
    return SentForm.objects.filter(created_at__lt=at - KEPT).delete()[0]
