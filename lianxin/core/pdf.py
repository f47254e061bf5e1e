"""Pages as PDF, by WeasyPrint, from the templates that the screen and the browser's print show.

Only our own static files and data addresses are read while a page is drawn; nothing outside, no other file.
"""

import ctypes
import functools
import mimetypes
import sys
import threading
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from PIL import ImageFile

from lianxin.core.errors import Refusal

# What WeasyPrint loads, and the Debian package that holds it.
LIBRARIES = {
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
}
# Drawing keeps a processor busy: one at a time in each process, the others wait this long (seconds).
WAIT = 15
_turn = threading.Lock()


class Busy(Refusal):
    """Too many PDFs are being drawn."""

    code = "busy"
    status = 503


@functools.cache
def missing() -> tuple[str, ...]:
    """The Debian packages that PDF lacks here; empty when it works. Loads the libraries, not WeasyPrint."""
    if not sys.platform.startswith("linux"):
        return ()
    return tuple(package for library, package in LIBRARIES.items() if not _loads(library))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


@functools.cache
def available() -> bool:
    """Can pages be drawn as PDF here? Without it the browser prints them."""
    if missing():
        return False
    try:
        _weasyprint()
    except OSError:
        return False
    return True


def _weasyprint() -> Any:
    """The library, loaded when first needed. Raises OSError where its own libraries are missing.

    Loading it makes Pillow take damaged pictures, and ones that unpack without end, in the whole process: that is
    taken back, because the same process reads what people send.
    """
    import weasyprint

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return weasyprint


def wanted(request: HttpRequest) -> bool:
    """The reader asked for the page as PDF, and it can be made."""
    return request.GET.get("format") == "pdf" and available()


def page(request: HttpRequest, template: str, context: dict[str, Any], *, name: str, status: int = 200) -> HttpResponse:
    """The page, or, where the address says so, the same template as a PDF called `name`.pdf.

    The caller limits the rows. Raises Busy when others keep this process drawing.
    """
    if not wanted(request):
        return render(request, template, context | {"pdf_here": available()}, status=status)
    html = render_to_string(template, context | {"frame": "base_pdf.html"}, request)
    response = HttpResponse(draw(html), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def draw(html: str) -> bytes:
    """`html` as PDF. Raises Busy when it would have to wait for long."""
    weasyprint = _weasyprint()
    if not _turn.acquire(timeout=WAIT):
        raise Busy(_("Others are printing at this moment. Please try again in a minute, or print the page itself."))
    try:
        document = weasyprint.HTML(string=html, base_url=BASE, url_fetcher=_fetcher())
        return bytes(document.write_pdf() or b"")
    finally:
        _turn.release()


# An address that stands for us alone; what a template links to is joined to it.
BASE = "http://lianxin.invalid/"


def _fetcher() -> Any:
    """Reads our static files and data addresses; anything else is refused, and left out of the page."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OursOnly(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            kind = mimetypes.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
            return URLFetcherResponse(url, static_file(url), {"Content-Type": kind})

    return OursOnly(allowed_protocols=["data"], allow_redirects=False)


def static_file(url: str) -> bytes:
    """The static file behind an address of ours. Raises ValueError for any other address."""
    prefix = BASE.rstrip("/") + settings.STATIC_URL
    parts = urlsplit(url)
    if not url.startswith(prefix) or parts.query:
        raise ValueError(f"not ours: {url[:60]}")
    name = unquote(parts.path).removeprefix(settings.STATIC_URL)
    if ".." in name.split("/") or name.startswith("/"):
        raise ValueError(f"not ours: {url[:60]}")
    if staticfiles_storage.exists(name):
        with staticfiles_storage.open(name) as file:
            return bytes(file.read())
    if found := finders.find(name):
        with open(found, "rb") as file:
            return file.read()
    raise ValueError(f"no such file: {name[:60]}")
