"""Putting things on desks, taking them off, and reading one's own desk."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from lianxin.accounts.actors import Actor
from lianxin.core.registry import Registry
from lianxin.desk.models import DeskItem


@dataclass(frozen=True)
class Waiting:
    """A line to put on a desk: who (`role` at `scope_id`), what (`verb`), until when."""

    scope_id: int
    role: str
    verb: str
    due_at: datetime


@dataclass
class Line:
    """A line as a person reads it; `action` is the label of the one main action, `url` where it is done.

    `urgent`: an emergency, first on its page. `tried`: in vain today, nothing more to do: last on its page.
    """

    title: str
    where: str
    url: str
    verb: str
    verb_label: str
    due_at: datetime
    action: str
    number: str = ""
    post: bool = False
    urgent: bool = False
    tried: bool = False


# object type → function(items, actor) → one Line for each item that the actor may see, in the same order
LOADERS: Registry[Callable[[list[DeskItem], Actor], list[Line]]] = Registry("desk loader")


def put(object_type: str, object_id: int, waiting: Iterable[Waiting]) -> None:
    """Put a new object's lines on desks. One query."""
    DeskItem.objects.bulk_create(
        [
            DeskItem(
                object_type=object_type,
                object_id=object_id,
                scope_id=w.scope_id,
                role=w.role,
                verb=w.verb,
                due_at=w.due_at,
            )
            for w in waiting
        ],
        ignore_conflicts=True,
    )


def replace(object_type: str, object_id: int, waiting: Iterable[Waiting]) -> None:
    """What waits about an object from now on; an empty list clears it. Two queries at the most."""
    DeskItem.objects.filter(object_type=object_type, object_id=object_id).delete()
    waiting = list(waiting)
    if waiting:
        put(object_type, object_id, waiting)


def mine(actor: Actor) -> QuerySet[DeskItem]:
    """What waits for `actor` in any of its posts, soonest first."""
    posts = Q(pk__in=[])
    for post in actor.posts:
        posts |= Q(scope_id=post.scope_id, role=post.role)
    return DeskItem.objects.filter(posts).order_by("due_at", "id")


def posts_with(object_type: str, object_id: int, verb: str) -> list[DeskItem]:
    """On whose desks an object waits for `verb`, with their scopes. One query."""
    items = DeskItem.objects.filter(object_type=object_type, object_id=object_id, verb=verb)
    return list(items.select_related("scope").order_by("id"))


def lines(items: list[DeskItem], actor: Actor) -> list[Line]:
    """The lines of `items`: emergencies, then by due time, then what was tried today.

    One query for each type of object among them.
    """
    by_type: dict[str, list[DeskItem]] = {}
    for item in items:
        by_type.setdefault(item.object_type, []).append(item)
    found: list[Any] = []
    for object_type, group in by_type.items():
        found.extend(LOADERS[object_type](group, actor))
    return sorted(found, key=lambda line: (not line.urgent, line.tried, line.due_at))
