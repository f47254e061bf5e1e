"""Sending and reading notices."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from lianxin.accounts.actors import Actor
from lianxin.core.registry import Registry
from lianxin.notifications.models import Notice, ReadMark

# notice code → function(params) → the sentence in the reader's language
SENTENCES: Registry[Callable[[dict[str, Any]], str]] = Registry("notice")


@dataclass(frozen=True)
class Say:
    """A notice to send to whoever holds `role` at `scope_id`, or to one user."""

    code: str
    url: str
    scope_id: int | None = None
    role: str = ""
    user_id: int | None = None
    params: dict[str, Any] = field(default_factory=dict)
    urgent: bool = False


def send(says: Iterable[Say], *, at: datetime) -> None:
    """Write notices with the change they speak of. One query."""
    rows = [
        Notice(
            scope_id=s.scope_id,
            role=s.role,
            user_id=s.user_id,
            code=s.code,
            params=s.params,
            url=s.url,
            urgent=s.urgent,
            at=at,
        )
        for s in says
    ]
    if rows:
        Notice.objects.bulk_create(rows)


def for_actor(actor: Actor) -> QuerySet[Notice]:
    """The notices to `actor`'s posts and to its user, newest first."""
    mine = Q(user_id=actor.user_id) if actor.user_id else Q(pk__in=[])
    for post in actor.posts:
        mine |= Q(scope_id=post.scope_id, role=post.role)
    return Notice.objects.filter(mine).order_by("-at", "-id")


def sentence(notice: Notice) -> str:
    """The notice in the reader's language; its code where an area has gone."""
    render = SENTENCES.get(notice.code)
    return render(notice.params) if render else notice.code


def read_up_to(actor: Actor) -> int:
    """The number of the newest notice that the actor's user has read."""
    if actor.user_id is None:
        return 0
    return ReadMark.objects.filter(user_id=actor.user_id).values_list("notice_id", flat=True).first() or 0


def unread(actor: Actor, cap: int = 99) -> int:
    """How many notices the actor's user has not read, counted up to `cap` + 1. One query."""
    if actor.user_id is None:
        return 0
    read = ReadMark.objects.filter(user_id=actor.user_id).values("notice_id")
    new = for_actor(actor).filter(pk__gt=Coalesce(Subquery(read), Value(0)))
    return new.order_by()[: cap + 1].count()
