"""Devices on which somebody has logged in before (OWASP's "device cookies"): each counts its own wrong tries."""

import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "lx_device"
KEPT = timedelta(days=180)
MOST = 6
_SALT = "lianxin.device"

_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrom", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def _kept(request: HttpRequest) -> dict[str, str]:
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=KEPT)
    except signing.BadSignature:
        return {}
    return kept if isinstance(kept, dict) else {}


def device_of(request: HttpRequest, user_id: int) -> str:
    """The random number of this device for a user who logged in on it before; '' when nobody did."""
    return str(_kept(request).get(str(user_id), ""))


def remember_device(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """This user has logged in here; a computer that several share keeps the last six."""
    kept = _kept(request)
    number = kept.pop(str(user_id), "") or secrets.token_urlsafe(12)
    kept = dict(list(kept.items())[-(MOST - 1) :]) | {str(user_id): number}
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=int(KEPT.total_seconds()),
        path="/login/",
        samesite="Lax",
        httponly=True,
        secure=settings.SECURE,
    )


def family(agent: str) -> str:
    """Browser and system in two words, without versions: "Firefox, Windows"; '' for what says neither."""
    found = [
        next((name for pattern, name in names if re.search(pattern, agent)), "") for names in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, found))
