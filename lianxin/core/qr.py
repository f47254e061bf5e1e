"""QR codes as pictures that a strict content policy lets through."""

import segno
from django.conf import settings


def qr_uri(text: str) -> str:
    """`text` as a QR code: a data address of an SVG picture, for <img src>."""
    return str(segno.make(text, error="m").svg_data_uri(border=2, scale=4))


def track_address(code: str) -> str:
    """What the QR code on the slip holds; the code stands in the fragment, which browsers never send."""
    return f"{settings.BASE_URL}/track/#{code}"


def track_qr(code: str) -> str:
    """The QR code that opens a need by its tracking code; the code stands in the fragment, never in a log."""
    return qr_uri(track_address(code))
