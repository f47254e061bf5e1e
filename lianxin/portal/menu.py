"""The workspace's menu: what a person's posts open, each entry only where its page exists."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of
from lianxin.accounts.models import GIVER_ROLES, Role
from lianxin.notifications import notices

STAFF = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY)
NEEDS = (*STAFF, *GIVER_ROLES)
OFFICES = (Role.OFFICE, Role.TOWN, Role.CITY)
ANY: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """A menu entry: the names of the page (the first that exists is taken), icon, label, whose it is."""

    names: tuple[str, ...]
    icon: str
    label: str | Promise
    roles: tuple[str, ...] = ANY


GROUPS: tuple[tuple[str | Promise, tuple[Link, ...]], ...] = (
    (
        "",
        (
            Link(("desk",), "desk", _("My desk")),
            Link(("needs",), "list", _("Needs"), NEEDS),
            Link(("file_for",), "plus", _("File for someone"), STAFF),
            Link(("calls",), "phone", _("Calls to make"), STAFF),
            Link(("hotline",), "speaker", _("Hotline 12345"), OFFICES),
            Link(("on_the_spot",), "check", _("Handled on the spot"), (Role.GRID_WORKER, Role.OFFICE)),
        ),
    ),
    (
        _("Giving"),
        (
            Link(("pool",), "star", _("Wish wall"), (Role.LIAISON,)),
            Link(("commitments",), "heart", _("What we took on"), (*GIVER_ROLES, Role.OFFICE)),
            Link(("batches",), "gift", _("Batches of wishes"), (Role.LIAISON, *OFFICES)),
        ),
    ),
    (
        _("Community"),
        (
            Link(("units",), "people", _("Units"), (*NEEDS, Role.ADMIN)),
            Link(("places",), "map", _("Places"), (*STAFF, Role.ADMIN)),
            Link(("posts",), "board", _("Public column"), OFFICES),
            Link(("posters",), "qr", _("Posters"), STAFF),
            Link(("figures",), "chart", _("Figures"), (*STAFF, Role.ADMIN)),
            Link(("exclusions",), "cross", _("Left out of the rates"), STAFF),
        ),
    ),
    (
        _("Administration"),
        (
            Link(("roster",), "clock", _("Duty roster"), (*OFFICES, Role.ADMIN, Role.COMPANY)),
            Link(("staff",), "user", _("People and posts"), (*OFFICES, Role.ADMIN)),
            Link(("categories",), "filter", _("Categories"), (Role.CITY, Role.ADMIN)),
            Link(("values",), "wrench", _("Settings"), (Role.CITY, Role.ADMIN)),
            Link(("channels",), "chat", _("Channels"), (Role.ADMIN,)),
            Link(("jobs",), "clock", _("Jobs"), (Role.ADMIN,)),
            Link(("webhooks",), "globe", _("Events for programs"), (Role.ADMIN,)),
            Link(("tallies",), "check", _("Comparison of figures"), (Role.ADMIN,)),
            Link(("looks",), "search", _("Looks at contacts"), (Role.ADMIN, Role.CITY)),
            Link(("erasures",), "list", _("What was erased"), (Role.ADMIN, Role.CITY)),
            Link(("imports",), "upload", _("Import"), (Role.ADMIN,)),
        ),
    ),
    ("", (Link(("notices",), "bell", _("Notices")), Link(("account",), "key", _("My account")))),
)

TABS: tuple[tuple[str, str | Promise], ...] = (
    ("desk", _("Desk")),
    ("needs", _("Needs")),
    ("pool", _("Wishes")),
    ("file_for", pgettext_lazy("short menu entry: file for someone", "File")),
    ("notices", _("Notices")),
)


@cache
def address(names: tuple[str, ...]) -> str:
    """The address of the first of `names` that is a page, or ''. Pages keep their addresses while a process runs."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


def _entry(link: Link, url: str, path: str, count: int | str = 0) -> dict[str, Any]:
    inside = path == url or (url != address(("desk",)) and path.startswith(url))
    return {"url": url, "icon": link.icon, "label": link.label, "current": inside, "count": count}


def groups(actor: Actor, path: str) -> list[dict[str, Any]]:
    """The menu of `actor` on the page `path`. One query, for the notices not read."""
    new = notices.unread(actor)
    found = []
    for label, links in GROUPS:
        items = []
        for link in links:
            url = address(link.names)
            if url and (not link.roles or actor.has(*link.roles)):
                count = ("99+" if new > 99 else new) if link.names == ("notices",) else 0
                items.append(_entry(link, url, path, count))
        if items:
            found.append({"label": label, "items": items})
    return found


def tabs(actor: Actor, path: str) -> list[dict[str, Any]]:
    """The bar at the foot of a phone: at the most four tasks and the whole menu."""
    links = {link.names[0]: link for _label, group in GROUPS for link in group}
    found = []
    for name, short in TABS:
        link = links[name]
        url = address(link.names)
        if url and (not link.roles or actor.has(*link.roles)):
            found.append(_entry(link, url, path) | {"label": short})
    return [*found[:4], _entry(Link(("menu",), "dots", _("More")), reverse("menu"), path)]


def of(request: HttpRequest) -> dict[str, Any]:
    """`nav` and `tabs` for base_work.html; read only where a page shows them."""
    if not hasattr(request, "actor"):
        return {}
    actor = actor_of(request)
    return {
        "nav": SimpleLazyObject(lambda: groups(actor, request.path) if actor.is_staff else []),
        "tabs": SimpleLazyObject(lambda: tabs(actor, request.path) if actor.is_staff else []),
    }
