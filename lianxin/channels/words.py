"""What leaves the house: the number of a need, or that something waits, and the link. Nothing else.

Sentences, parameters and addresses of a notice are not taken over: a number that looks like one, and a page of the
workspace under that number, are all that passes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.notifications.models import Notice

_NUMBER = re.compile(r"[A-Z]{1,4}-\d{2}-\d{3,8}")
_PAGE = re.compile(r"/workspace/[a-z_]{1,20}/")
NOTICES = "/workspace/notices/"
NUMBERS_SHOWN = 5


@dataclass(frozen=True)
class Message:
    """A subject (e-mail only) and a body with the link at its end."""

    subject: str
    body: str


def number_of(notice: Notice) -> str:
    """The number of the need or batch that the notice speaks of, '' where there is none."""
    number = notice.params.get("number", "")
    return number if isinstance(number, str) and _NUMBER.fullmatch(number) else ""


def _link(notice: Notice, number: str) -> str:
    page, found, rest = notice.url.partition(f"{number}/") if number else ("", "", "")
    return notice.url if found and not rest and _PAGE.fullmatch(page) else NOTICES


def _message(words: str, path: str) -> Message:
    return Message(words, f"{words}\n{settings.BASE_URL}{path}")


def _in(language: str) -> translation.override:
    return translation.override(language or settings.LANGUAGE_CODE)


def emergency(notice: Notice, language: str) -> Message:
    """An emergency, at once."""
    with _in(language):
        if number := number_of(notice):
            return _message(_("Lianxin: %(number)s needs you now.") % {"number": number}, _link(notice, number))
        return _message(_("Lianxin: something needs you now."), NOTICES)


def digest(found: Sequence[Notice], count: int, language: str) -> Message:
    """A day's notices: how many, the first numbers, the page where they stand."""
    numbers = list(dict.fromkeys(filter(None, map(number_of, found))))
    with _in(language):
        words = ngettext("Lianxin: %(n)s notice is new.", "Lianxin: %(n)s notices are new.", count) % {"n": count}
        message = _message(words, NOTICES)
        if not numbers:
            return message
        more = " …" if len(numbers) > NUMBERS_SHOWN or count > len(found) else ""
        listed = ", ".join(numbers[:NUMBERS_SHOWN]) + more
        return Message(words, message.body.replace("\n", f"\n{listed}\n", 1))


def trial(language: str) -> Message:
    """The administrator's test."""
    with _in(language):
        return _message(_("Lianxin: this is a test. Notices arrive here."), NOTICES)
