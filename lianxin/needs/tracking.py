"""The asker's code on its way: typed or in a QR code, exchanged for a cookie of half an hour (DESIGN §6).

The cookie holds the code encrypted, so that neither an address nor a log nor the browser's history shows it.
"""

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of
from lianxin.core.crypto import decrypt, encrypt
from lianxin.core.throttle import Throttle
from lianxin.core.waiting import in_minutes, please_wait
from lianxin.needs import queries
from lianxin.needs.models import Need

CODE_COOKIE = "lx_code"
KEPT = timedelta(minutes=30)
MINUTES = KEPT.seconds // 60

WRONG_CODES = Throttle("code", limit=10, window=timedelta(minutes=10), known_after=timedelta(0))
# Whoever floods the office today has no browser that has been known since yesterday.
FILINGS = Throttle("filing", limit=20, window=timedelta(minutes=10), known_after=timedelta(days=1))


def too_many(request: HttpRequest, of: str, wait: int) -> HttpResponse:
    """Kind words for whoever has used up a throttle: of wrong codes, or of filing."""
    n = in_minutes(wait)
    if of == "code":
        words = ngettext(
            "Too many codes that do not exist were typed in from here. "
            "Please try again in %(n)s minute, with your slip at hand.",
            "Too many codes that do not exist were typed in from here. "
            "Please try again in %(n)s minutes, with your slip at hand.",
            n,
        )
    else:
        words = ngettext(
            "Many requests were sent from here in a short time. "
            "Please try again in %(n)s minute; nothing was saved this time.",
            "Many requests were sent from here in a short time. "
            "Please try again in %(n)s minutes; nothing was saved this time.",
            n,
        )
    return please_wait(request, wait, words % {"n": n}, _("If it is urgent, please telephone your community."))


def remember_code(response: HttpResponse, code: str, at: datetime) -> None:
    """Keep `code` in the browser, encrypted, for half an hour from `at`."""
    response.set_cookie(
        CODE_COOKIE,
        encrypt(json.dumps({"code": code, "at": int(at.timestamp())})),
        max_age=int(KEPT.total_seconds()),
        samesite="Lax",
        httponly=True,
        secure=settings.SECURE,
    )


def forget_code(response: HttpResponse) -> None:
    """Nobody who uses this device next can open the need."""
    response.delete_cookie(CODE_COOKIE, samesite="Lax")


def code_in(request: HttpRequest, at: datetime) -> str:
    """The code that the browser was given less than half an hour ago; '' when there is none."""
    try:
        kept = json.loads(decrypt(request.COOKIES.get(CODE_COOKIE, "")) or "{}")
        fresh = 0 <= at.timestamp() - kept["at"] < KEPT.total_seconds()
        return str(kept["code"]) if fresh else ""
    except (ValueError, KeyError, TypeError):
        return ""


def need_in(request: HttpRequest, at: datetime) -> tuple[Need, Actor] | None:
    """The need whose code the browser holds, and its asker as an actor; None when there is none.

    With a post the actor is no asker: staff who hold a code may read what the asker reads, and answer only where
    they could as a proxy (DOMAIN §4).
    """
    code = code_in(request, at)
    found = queries.need_by_code(code) if code else None
    if found is None:
        return None
    asker = Actor(asks_for=found.pk)
    need = queries.need_for(asker, found.number)
    staff = actor_of(request)
    return (need, staff if staff.is_staff else asker) if need else None
