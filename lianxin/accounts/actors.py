"""Who is acting: a user with posts, an asker who showed a code, or the system itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.accounts.models import GIVER_ROLES, PLACE_ROLES, Appointment, Role, User
from lianxin.core.errors import NotAllowed
from lianxin.core.registry import Registry

# kind of place → an expression over Appointment: the place of that kind above the post, while its holder is on duty
# there. Read with the posts, in the same query.
DUTY: Registry[Callable[[], Any]] = Registry("kind of place with a duty roster")


@dataclass(frozen=True)
class Post:
    """One appointment as an actor carries it; `duty`: the places above it for which its holder is on duty now."""

    role: str
    scope_id: int
    kind: str
    path: str
    name: str
    name_en: str = ""
    duty: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The scope's name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name


@dataclass(frozen=True)
class Actor:
    """Whoever calls an operation. `asks_for`: the need whose code an asker has shown.

    `awaits_factor`: holds posts, but has to set up a second factor first and can do nothing else until then.
    """

    user: User | None = None
    posts: tuple[Post, ...] = ()
    asks_for: int | None = None
    is_system: bool = False
    channel: str = "web"
    awaits_factor: bool = False
    _chain: list[str] = field(default_factory=list, compare=False, repr=False)

    @property
    def is_staff(self) -> bool:
        """Has at least one post."""
        return bool(self.posts)

    @property
    def user_id(self) -> int | None:
        """The user's id, None for askers and the system."""
        return self.user.pk if self.user else None

    @cached_property
    def _roles_at(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for post in self.posts:
            found.setdefault(post.scope_id, set()).add(post.role)
        return found

    def has(self, *roles: str) -> bool:
        """Holds a post in one of `roles`."""
        return any(p.role in roles for p in self.posts)

    def scope_ids(self, *roles: str) -> list[int]:
        """The scopes of the posts in `roles` (of all posts without an argument)."""
        return [p.scope_id for p in self.posts if not roles or p.role in roles]

    def holds(self, scope_id: int | None, *roles: str) -> bool:
        """Holds a post in `roles` at exactly this scope."""
        here = self._roles_at.get(scope_id) if scope_id is not None else None
        return here is not None and (not roles or not here.isdisjoint(roles))

    @property
    def duty_ids(self) -> set[int]:
        """The places above its own for which the actor is on duty now."""
        return {place for post in self.posts for place in post.duty}

    @property
    def giver_ids(self) -> list[int]:
        """The organisations that this actor takes needs on for, as liaison, company or department."""
        return self.scope_ids(*GIVER_ROLES)

    @property
    def chain(self) -> list[str]:
        """Paths of all scopes held and everything above them: what a complaint may be hidden from."""
        if not self._chain:
            for post in self.posts:
                parts = post.path.rstrip("/").split("/")
                self._chain.extend("/".join(parts[: i + 1]) + "/" for i in range(len(parts)))
        return self._chain

    @property
    def name(self) -> str:
        """How pages and slips name the actor."""
        if self.user:
            return self.user.name
        return _("the system") if self.is_system else _("the asker")

    def label(self) -> str:
        """What history keeps: the first post's role, 'asker', 'system' or 'public'."""
        if self.posts:
            return self.posts[0].role
        if self.is_system:
            return "system"
        return "asker" if self.asks_for else "public"


PUBLIC = Actor()
SYSTEM = Actor(is_system=True)


def require_clock(actor: Actor) -> None:
    """Raise NotAllowed for anybody but the clock."""
    if not actor.is_system:
        raise NotAllowed(_("The clock does this."))


@cache
def _posts() -> QuerySet[Appointment]:
    on_duty = {f"duty_{kind}": DUTY[kind]() for kind in DUTY.codes()}
    return Appointment.objects.select_related("scope", "user").annotate(**on_duty)


def held_by(user_id: int) -> QuerySet[Appointment]:
    """Every post of a user, ended ones too, with what an actor carries of it. Put together once: each request asks."""
    return _posts().filter(user_id=user_id)


def _duty(post: Appointment) -> tuple[int, ...]:
    found = (getattr(post, f"duty_{kind}", None) for kind in DUTY.codes() if post.role in PLACE_ROLES)
    return tuple(place for place in found if place is not None)


def remember_posts(user: User, held: list[Appointment]) -> None:
    """Keep the appointments that were read with `user`, so that they are not read again in this request."""
    user._held = held  # type: ignore[attr-defined]


def posts_of(user: User, on: date) -> tuple[Post, ...]:
    """The posts that `user` holds on the day `on`, widest role first."""
    order = [r.value for r in (Role.OFFICE, Role.TOWN, Role.CITY)]
    held = getattr(user, "_held", None)
    if held is None:
        held = held_by(user.pk)
    now_held = [a for a in held if a.from_on <= on and (a.to_on is None or a.to_on >= on)]
    posts = [
        Post(a.role, a.scope_id, a.scope.kind, a.scope.path, a.scope.name, a.scope.name_en, _duty(a))
        for a in sorted(now_held, key=lambda a: a.pk)
    ]
    return tuple(sorted(posts, key=lambda p: order.index(p.role) if p.role in order else len(order)))


def actor_for(user: User, on: date, channel: str = "web") -> Actor:
    """The actor that `user` is on the day `on`. One query."""
    return Actor(user=user, posts=posts_of(user, on), channel=channel)
