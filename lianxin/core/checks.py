"""`lianxin check`: what does without something; with `--deploy` also what must not go live."""

import shutil
import subprocess
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register

from lianxin.core import pdf

LOCAL = {"127.0.0.1", "localhost", "testserver"}


@register(Tags.security, deploy=True)
def safe_to_deploy(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Errors for a demo, a site without HTTPS, a weak or shared key, and hosts that are only this machine."""
    found: list[CheckMessage] = []
    if settings.DEMO:
        found.append(
            Error("Demo mode: its accounts have a public password.", hint="Unset LIANXIN_DEMO.", id="lianxin.E001")
        )
    if not settings.SECURE:
        found.append(Error("LIANXIN_BASE_URL does not begin with https://.", id="lianxin.E002"))
    if len(settings.SECRET_KEY) < 40:
        found.append(Error("LIANXIN_SECRET_KEY is shorter than 40 characters.", id="lianxin.E003"))
    if settings.FIELD_KEY.split(",")[0] == settings.SECRET_KEY.split(",")[0]:
        found.append(
            Error(
                "LIANXIN_FIELD_KEY is not set: contacts would be lost with the secret key.",
                hint="Give it a value of its own.",
                id="lianxin.E004",
            )
        )
    if set(settings.ALLOWED_HOSTS) <= LOCAL:
        found.append(Error("LIANXIN_ALLOWED_HOSTS names no public host.", id="lianxin.E005"))
    return found


@register()
def pdf_is_there(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Says that pages are printed by the browser only, and which packages would give PDF."""
    if not pdf.missing():
        return []
    hint = f"On Debian: apt install {' '.join(pdf.missing())} fonts-noto-cjk. Until then the print page stands in."
    return [Info("No PDF: WeasyPrint's system libraries are missing.", hint=hint, id="lianxin.I001")]


@register(deploy=True)
def chinese_is_there(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warns when PDFs would show boxes instead of Chinese."""
    lister = shutil.which("fc-list")
    if pdf.missing() or not lister:
        return []
    found = subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, timeout=20, check=False)
    if found.stdout.strip():
        return []
    hint = "On Debian: apt install fonts-noto-cjk."
    return [Warning("No Chinese font on this machine: PDFs would show boxes.", hint=hint, id="lianxin.W001")]
