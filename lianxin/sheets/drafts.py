"""Workbooks that were checked and wait for "import now": kept for a day in the data folder, under a random name."""

import re
import secrets
import time
from pathlib import Path

from django.conf import settings

KEPT_SECONDS = 24 * 60 * 60
_TOKEN = re.compile(r"[0-9a-f]{32}")


def folder() -> Path:
    """Where drafts lie; made when missing."""
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def keep(data: bytes) -> str:
    """Keep a workbook and return its token; drafts older than a day are erased on the way."""
    for old in folder().iterdir():
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    (folder() / f"{token}.xlsx").write_bytes(data)
    return token


def path_of(token: str, what: str = "xlsx") -> Path | None:
    """The file behind `token` (`what`: xlsx, or errors.xlsx), or None when there is none."""
    if not _TOKEN.fullmatch(token):
        return None
    path = folder() / f"{token}.{what}"
    return path if path.exists() else None


def forget(token: str) -> None:
    """Erase a draft and its errors."""
    for what in ("xlsx", "errors.xlsx"):
        if path := path_of(token, what):
            path.unlink(missing_ok=True)
