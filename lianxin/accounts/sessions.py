"""Sessions that know whose they are, and when they end: after some idle hours, after 12 hours at the latest.

The database row's own end is moved when the session is saved, so that an idle session is gone without anybody looking;
reading a page saves it once in ten minutes at the most.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from lianxin.accounts.limits import IDLE_HOURS
from lianxin.core.clock import now
from lianxin.core.crypto import keyed_digest
from lianxin.core.values import value

LONGEST = timedelta(hours=12)
SEEN_AGAIN = timedelta(minutes=10)
BEGAN, SEEN, IDLE, BROWSER, SET_UP = "began", "seen", "idle", "browser", "set_up"


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with their holder, browser and times in columns."""

    @classmethod
    def get_model_class(cls) -> Any:
        from lianxin.accounts.models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        user_id = data.get(SESSION_KEY)
        if user_id and BEGAN not in data:
            data[BEGAN] = int(now().timestamp())
            touch(data)
        row: Any = super().create_model_instance(data)
        if user_id:
            row.user_id = user_id
            row.browser = data.get(BROWSER, "")
            row.began_at = datetime.fromtimestamp(data[BEGAN], UTC)
            row.seen_at = datetime.fromtimestamp(data[SEEN], UTC)
        return row

    def get_expiry_age(self, **kwargs: Any) -> int:
        if BEGAN not in self:
            return int(super().get_expiry_age(**kwargs))
        # A session is noted as seen once in ten minutes: nobody is logged out before the time.
        idle_until = self[SEEN] + self[IDLE] + SEEN_AGAIN.total_seconds()
        ends = min(self[BEGAN] + LONGEST.total_seconds(), idle_until)
        return max(0, int(ends - now().timestamp()))

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        return now() + timedelta(seconds=self.get_expiry_age(**kwargs))


def touch(data: Any) -> None:
    """Note in a session that its holder is there now."""
    data[SEEN] = int(now().timestamp())
    data[IDLE] = value(IDLE_HOURS) * 3600


def is_due(data: Any) -> bool:
    """Was it ten minutes ago, or more, that the holder was noted as seen?"""
    return SEEN in data and now().timestamp() - data[SEEN] >= SEEN_AGAIN.total_seconds()


def number_of(session_key: str) -> str:
    """Names a session on a page; its key stays secret."""
    return keyed_digest("session", session_key)[:24]
