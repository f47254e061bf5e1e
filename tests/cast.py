"""A small city and a named cast, for every test: two communities, two units, a company, a department."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from lianxin.accounts.actors import Actor, actor_for
from lianxin.accounts.models import Appointment, Role, Scope, ScopeKind, User
from lianxin.alliance.models import Membership
from lianxin.core.clock import local_day
from lianxin.core.crypto import code_digest
from lianxin.needs.models import Category, Need
from lianxin.needs.operations import Asked, Filed, file_need
from lianxin.organisations.models import Organisation, OrganisationKind, Serves
from lianxin.places.models import City, Community, Compound, Grid, Household, Town
from lianxin.places.operations import with_scope

PASSWORD = "a-long-sample-password"
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in the city


def local(text: str) -> datetime:
    """A time of the wall clock in the city, like "2026-10-12 09:59"."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def fresh(need: Need) -> Need:
    """The need as it stands in the database, with its place, category and who has it in hand."""
    return Need.objects.select_related("handler", "category", "community").get(pk=need.pk)


class Clock:
    """The time of the story; each call is a minute later."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self, **later: int) -> datetime:
        self.at += timedelta(**(later or {"minutes": 1}))
        return self.at


@dataclass
class Cast:
    """Places, organisations, categories and users by name; `actor(name)` gives a user as an actor."""

    clock: Clock = field(default_factory=Clock)
    users: dict[str, User] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    _keys: int = 0

    def __getattr__(self, name: str) -> Any:
        try:
            return self.things[name]
        except KeyError:
            raise AttributeError(name) from None

    def actor(self, name: str) -> Actor:
        return actor_for(self.users[name], local_day(self.clock.at))

    def asker(self, need: Need) -> Actor:
        return Actor(asks_for=need.pk)

    def key(self) -> str:
        self._keys += 1
        return f"key-{self._keys}"

    def ask(self, actor: Actor | None = None, **changes: Any) -> Need:
        """A need as a resident files it; `changes` go to Asked."""
        return Need.objects.get(pk=self.file(actor, **changes).need_id)

    def file(self, actor: Actor | None = None, **changes: Any) -> Filed:
        asked = {
            "kind": "wish",
            "category": self.books,
            "community": self.north,
            "grid": self.grid_1,
            "text": "想要几本课外书",
            "publish_ok": True,
        } | changes
        return file_need(Asked(**asked), actor=actor or Actor(), at=self.clock(), key=self.key())


def build() -> Cast:
    """The cast, in the database."""
    cast = Cast()
    t = cast.things
    t["city"] = _place(City(code="sample", name="样例市", name_en="Sample City", prefix="SC"), None, "city")
    t["town"] = _place(Town(code="town", name="样例镇", name_en="Sample Town", city=t["city"]), t["city"], "town")
    for name, label in (("north", "北社区"), ("south", "南社区")):
        community = Community(code=name, name=label, name_en=name.title(), town=t["town"], phone="0973-000-0001")
        t[name] = _place(community, t["town"], "community")
    for name, community in (("grid_1", "north"), ("grid_2", "north"), ("grid_3", "south")):
        grid = Grid(
            code=name.replace("_", "-"),
            name=f"{name[-1]}号网格",
            name_en=f"Grid {name[-1]}",
            community=t[community],
        )
        t[name] = _place(grid, t[community], "grid")
        Household.objects.create(grid=grid, label="1号楼101", head_count=3)
    t["compound"] = _place(
        Compound(code="garden", name="花园小区", name_en="Garden", community=t["north"]),
        t["north"],
        "compound",
    )
    for name, kind, parent, community in (
        ("office", "community_office", "north", "north"),
        ("south_office", "community_office", "south", "south"),
        ("town_office", "town_office", "town", None),
        ("city_office", "city_office", "city", None),
        ("water_unit", "unit", "city", None),
        ("school_unit", "unit", "city", None),
        ("outside_unit", "unit", "city", None),
        ("factory", "unit", "city", None),
        ("company", "company", "city", None),
        ("housing", "department", "city", None),
    ):
        body = Organisation(
            code=name.replace("_", "-"),
            name=f"样例{name}",
            name_en=name.replace("_", " ").title(),
            kind=OrganisationKind(kind),
            community=t[community] if community else None,
        )
        t[name] = _place(body, t[parent], "organisation")
    for unit in ("water_unit", "school_unit", "factory"):
        Membership.objects.create(organisation=t[unit], community=t["north"])
    Membership.objects.create(organisation=t["outside_unit"], community=t["south"])
    Serves.objects.create(organisation=t["company"], compound=t["compound"])
    for code, kind, urgency, clock in (
        ("books", "wish", "normal", False),
        ("heating", "repair", "urgent", True),
        ("lamp", "repair", "normal", False),
        ("fees", "complaint", "normal", False),
        ("benches", "community_need", "long", False),
        ("other", "other", "normal", False),
        ("call_back", "call_back", "normal", False),
    ):
        t[code] = Category.objects.create(
            code=code.replace("_", "-"),
            kind=kind,
            name=f"类别{code}",
            name_en=code.title(),
            urgency=urgency,
            around_the_clock=clock,
        )
    for name, role, scope in (
        ("grid_worker", Role.GRID_WORKER, "grid_1"),
        ("grid_worker_2", Role.GRID_WORKER, "grid_2"),
        ("clerk", Role.OFFICE, "north"),
        ("clerk_2", Role.OFFICE, "north"),
        ("south_clerk", Role.OFFICE, "south"),
        ("town_officer", Role.TOWN, "town"),
        ("city_officer", Role.CITY, "city"),
        ("city_officer_2", Role.CITY, "city"),
        ("admin", Role.ADMIN, "city"),
        ("liaison", Role.LIAISON, "water_unit"),
        ("school_liaison", Role.LIAISON, "school_unit"),
        ("factory_liaison", Role.LIAISON, "factory"),
        ("outsider", Role.LIAISON, "outside_unit"),
        ("fitter", Role.COMPANY, "company"),
        ("housing_officer", Role.DEPARTMENT, "housing"),
    ):
        cast.users[name] = _user(name, role, t[scope].scope)
    return cast


def _place(place: Any, parent: Any, kind: str) -> Any:
    with_scope(place, parent.scope if parent else None, ScopeKind(kind))
    place.save()
    return place


def _user(name: str, role: str, scope: Scope) -> User:
    user = User(username=name, name=f"样例·{name}", name_en=f"Sample {name}", created_at=START)
    user.password = "!"
    user.save()
    Appointment.objects.create(user=user, scope=scope, role=role, from_on=START.date() - timedelta(days=30))
    return user


def as_user(client: Client, cast: Cast, name: str) -> Client:
    """The browser of a member of the cast who is logged in and reads English."""
    client.force_login(cast.users[name])
    client.cookies["lx_lang"] = "en"
    return client


def digest_of(code: str) -> str:
    """The digest under which a code's need is found."""
    return code_digest(code)
