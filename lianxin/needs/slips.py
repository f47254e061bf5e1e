"""Slips to print: numbers and codes, kept encrypted for whoever filed, for half an hour; on a roll or on A4."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from lianxin.core.clock import now
from lianxin.core.crypto import decrypt, encrypt
from lianxin.core.qr import track_qr

SESSION_KEY = "slips"
COOKIE = "lx_slips"
IN_COOKIE = 4
KEPT = timedelta(minutes=30)
# The paper that this desk's printer holds: each code with its words and the slips on a sheet of it.
PAPERS = {"roll": (_("Roll of 80 mm"), 1), "a4": (_("A4, six on a sheet"), 6)}
PAPER_COOKIE = "lx_paper"
PAPER_KEPT = timedelta(days=365)


@dataclass(frozen=True)
class Slip:
    """What an asker gets in hand."""

    number: str
    code: str
    qr: str


def keep(request: HttpRequest, response: HttpResponse, slips: list[tuple[str, str]], batch: str = "") -> None:
    """Remember the slips for the next page; the codes stand nowhere else.

    A few go into a cookie, encrypted and good for this user only: filing then leaves the session alone. A batch
    would not fit and goes into the session.
    """
    said = {"until": (now() + KEPT).timestamp(), "who": request.user.pk, "slips": slips, "batch": batch}
    sealed = encrypt(json.dumps(said))
    if len(slips) > IN_COOKIE:
        request.session[SESSION_KEY] = sealed
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=int(KEPT.total_seconds()),
        samesite="Lax",
        httponly=True,
        secure=settings.SECURE,
    )


def kept(request: HttpRequest) -> tuple[list[Slip], str]:
    """The slips remembered last, and the batch's number if they are one's; nothing after half an hour."""
    for sealed in (request.COOKIES.get(COOKIE, ""), request.session.get(SESSION_KEY, "")):
        said = json.loads(decrypt(sealed) or "{}")
        if said.get("who") == request.user.pk and said.get("until", 0) >= now().timestamp():
            return [Slip(number, code, track_qr(code)) for number, code in said["slips"]], said["batch"]
    return [], ""


def paper_of(request: HttpRequest) -> str:
    """The paper that the address asks for, else the one used last in this browser, else the roll."""
    for said in (request.GET.get("paper", ""), request.COOKIES.get(PAPER_COOKIE, "")):
        if said in PAPERS:
            return said
    return "roll"


def remember_paper(response: HttpResponse, paper: str) -> None:
    """Keep the choice in this browser: it belongs to the printer beside it, not to the person."""
    response.set_cookie(
        PAPER_COOKIE,
        paper,
        max_age=int(PAPER_KEPT.total_seconds()),
        samesite="Lax",
        httponly=True,
        secure=settings.SECURE,
    )


def on_sheets(slips: list[Slip], paper: str, needs: dict[str, Any]) -> list[list[tuple[Slip, Any]]]:
    """The slips, each with its need from `needs` (by number), in the sheets that they are printed on."""
    size = PAPERS[paper][1]
    pairs = [(slip, needs.get(slip.number)) for slip in slips]
    return [pairs[i : i + size] for i in range(0, len(pairs), size)]
