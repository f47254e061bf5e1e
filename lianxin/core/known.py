"""Browsers that have opened a request by its code: a random number in a signed cookie, read by throttles alone.

It stands for no person and is kept in no table; a counter's row holds a keyed digest of it for some minutes.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "lx_known"
KEPT = timedelta(days=180)
_SALT = "lianxin.known"


def known_browser(request: HttpRequest, at: datetime, after: timedelta) -> str:
    """The random number of a browser that has been known for `after`; '' when it is not."""
    try:
        number, since = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT)
        fits = after.total_seconds() <= at.timestamp() - since < KEPT.total_seconds()
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(number) if fits else ""


def remember_browser(request: HttpRequest, response: HttpResponse, at: datetime) -> None:
    """From now on this browser is known; one that is known already keeps its number and its day."""
    if known_browser(request, at, timedelta(0)):
        return
    said = [secrets.token_urlsafe(12), int(at.timestamp())]
    response.set_cookie(
        COOKIE,
        signing.dumps(said, salt=_SALT),
        max_age=int(KEPT.total_seconds()),
        samesite="Lax",
        httponly=True,
        secure=settings.SECURE,
    )
