"""Slips to print: numbers and codes, kept encrypted in the session of whoever filed, for half an hour."""

import json
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest

from lianxin.core.clock import now
from lianxin.core.crypto import decrypt, encrypt
from lianxin.core.qr import track_qr

SESSION_KEY = "slips"
KEPT = timedelta(minutes=30)


@dataclass(frozen=True)
class Slip:
    """What an asker gets in hand."""

    number: str
    code: str
    qr: str


def keep(request: HttpRequest, slips: list[tuple[str, str]], batch: str = "") -> None:
    """Remember the slips for the next page; the codes stand nowhere else."""
    said = {"until": (now() + KEPT).timestamp(), "slips": slips, "batch": batch}
    request.session[SESSION_KEY] = encrypt(json.dumps(said))


def kept(request: HttpRequest) -> tuple[list[Slip], str]:
    """The slips remembered last, and the batch's number if they are one's; nothing after half an hour."""
    said = json.loads(decrypt(request.session.get(SESSION_KEY, "")) or "{}")
    if said.get("until", 0) < now().timestamp():
        request.session.pop(SESSION_KEY, None)
        return [], ""
    return [Slip(number, code, track_qr(code)) for number, code in said["slips"]], said["batch"]
