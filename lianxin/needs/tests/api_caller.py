"""Who calls the API in tests, and what they say."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from lianxin.accounts.models import ApiToken, TokenScope
from lianxin.accounts.tokens import token_digest
from lianxin.core.clock import now
from lianxin.needs.models import Need
from lianxin.needs.operations import publish_need
from tests.cast import Cast


class Caller:
    """Somebody at the API: a user of the cast by name, an asker by code, or nobody."""

    def __init__(self, cast: Cast, name: str = "", code: str = "") -> None:
        self.client = Client(HTTP_ACCEPT_LANGUAGE="en")
        self.headers: dict[str, str] = {}
        if name:
            self.headers["Authorization"] = f"Bearer {token_of(cast, name)}"
        if code:
            self.headers["X-Tracking-Code"] = code

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path: str, said: Any = None, *, key: str = "") -> Any:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        if said is None:
            return self.client.generic("POST", f"/api/v1{path}", headers=headers)
        return self.client.post(f"/api/v1{path}", said, content_type="application/json", headers=headers)


def token_of(cast: Cast, name: str, **changes: Any) -> str:
    raw = f"lx_{name}-{ApiToken.objects.count()}"
    fields = {"scopes": TokenScope.values, "created_at": now(), "expires_at": now() + timedelta(days=30)} | changes
    ApiToken.objects.create(user=cast.users[name], name="test", digest=token_digest(raw), tail=raw[-4:], **fields)
    return raw


@pytest.fixture(autouse=True)
def _nobody_is_throttled(db: None) -> None:
    cache.clear()


WISH = {
    "kind": "wish",
    "category": "books",
    "community": "north",
    "grid": "grid-1",
    "text": "想要几本课外书",
    "publish_ok": True,
    "name": "样例甲",
    "phone": "0973-000-1234",
}


def ok(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content.decode()
    return response.json()


def refused(response: Any, status: int, code: str) -> Any:
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == "application/problem+json"
    said = response.json()
    assert (said["status"], said["code"], said["type"]) == (status, code, f"urn:lianxin:problem:{code}")
    assert said["title"] and said["detail"]
    return said


def published(cast: Cast, **changes: Any) -> Need:
    need = cast.ask(**changes)
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    return need
