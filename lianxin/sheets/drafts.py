"""Workbooks that were checked and wait for "import now": encrypted, in the data folder, for a day at the most."""

import re
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from lianxin.core.crypto import decrypt_bytes, encrypt_bytes

KEPT = timedelta(days=1)
_TOKEN = re.compile(r"[0-9a-f]{32}")


def folder() -> Path:
    """Where drafts lie; made when missing."""
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def keep(data: bytes, errors: bytes = b"") -> str:
    """Keep a workbook, and the one that says what is wrong with it if there is one; its token."""
    token = secrets.token_hex(16)
    for what, content in (("xlsx", data), ("errors.xlsx", errors)):
        if content:
            (folder() / f"{token}.{what}").write_bytes(encrypt_bytes(content))
    return token


def read(token: str, what: str = "xlsx") -> bytes | None:
    """The workbook behind `token` (`what`: xlsx, or errors.xlsx), or None when there is none."""
    path = folder() / f"{token}.{what}"
    if not _TOKEN.fullmatch(token) or not path.exists():
        return None
    return decrypt_bytes(path.read_bytes())


def forget(token: str) -> None:
    """Erase a draft and its errors."""
    if _TOKEN.fullmatch(token):
        for path in folder().glob(f"{token}.*"):
            path.unlink(missing_ok=True)


def forget_all() -> None:
    """Erase every draft: somebody was erased, and a workbook may name them. It can be sent in again."""
    for path in folder().iterdir():
        path.unlink(missing_ok=True)


def forget_old(at: datetime) -> int:
    """Erase what nobody imported within a day; how many files."""
    old = [path for path in folder().iterdir() if path.stat().st_mtime < (at - KEPT).timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
