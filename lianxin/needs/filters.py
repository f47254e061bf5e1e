"""The need list's filters: what the address says, as a query and as words."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, When
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import GIVER_ROLES, Role, Scope, ScopeKind, label_column
from lianxin.core.clock import day_range, now
from lianxin.core.said import whole
from lianxin.needs import queries
from lianxin.needs.facts import NOT_OWED, TAKEN_BACK_IN_TIME
from lianxin.needs.kinds import KINDS
from lianxin.needs.models import Category, Commitment, Need
from lianxin.needs.querysets import NeedQuerySet, pool_communities
from lianxin.needs.states import HOLDING, Channel, Status, Urgency

SEARCH_BACK = timedelta(days=365)
SORTS = {
    "-filed": ("filed_at", True),
    "filed": ("filed_at", False),
    "due": ("due_at", False),
    "-due": ("due_at", True),
}
DAYS = {
    "filed": ("filed_at", gettext_lazy("filed")),
    "ended": ("ended_at", gettext_lazy("ended")),
    "answered": ("answered_at", gettext_lazy("answered")),
    "response_due": ("response_due_at", gettext_lazy("first answer due")),
    "solution_due": ("solution_due_at", gettext_lazy("solution due")),
}
YES = (
    ("overdue", gettext_lazy("Overdue")),
    ("reopened", gettext_lazy("Not solved at first")),
    ("excluded", gettext_lazy("Left out of the rates")),
    ("valid", gettext_lazy("Verified and not declined")),
)
Choice = tuple[str, str | Promise]
# "TR-26-00042", as people type it.
NUMBER = re.compile(r"([A-Z]{1,4})[-\s]*(\d{2})[-\s]*(\d{5,})")


def number_in(words: str) -> str:
    """The need's number that `words` are, as it is written: "tr2600042" is "TR-26-00042"; "" when they are none."""
    found = NUMBER.fullmatch(unicodedata.normalize("NFKC", words).strip().upper())
    return "-".join(found.groups()) if found else ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A place or giver that a select offers, and the place above it."""

    pk: int
    label: str
    parent_id: int | None


@dataclass
class Choices:
    """What the filter's selects offer; `names`: the names of these places, and of others that were asked for."""

    categories: list[Category] = field(default_factory=list)
    communities: list[Offered] = field(default_factory=list)
    grids: list[Offered] = field(default_factory=list)
    compounds: list[Offered] = field(default_factory=list)
    givers: list[Offered] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)


def choices_for(actor: Actor, also: Iterable[int] = ()) -> Choices:
    """Categories, and the places and givers that the actor's needs can have. Two queries.

    `also`: the ids of places that are named on the page and not offered.
    """
    places = Q(pk__in=[])
    for post in actor.posts:
        if post.role in GIVER_ROLES:
            continue
        places |= Q(path__startswith=post.path)
        if post.role == Role.GRID_WORKER:
            places |= Q(kind=ScopeKind.COMPOUND, path__startswith=post.path.rsplit("grid:", 1)[0])
    if actor.has(Role.LIAISON):
        places |= Q(pk__in=pool_communities(actor))
    kinds = [ScopeKind.COMMUNITY, ScopeKind.GRID, ScopeKind.COMPOUND]
    wanted = Q(kind__in=kinds) & places
    if actor.has(Role.OFFICE, Role.TOWN, Role.CITY):
        wanted |= Q(kind=ScopeKind.ORGANISATION)
    found = Choices(categories=list(Category.objects.order_by("kind", "id")))
    by_kind: dict[str, list[Offered]] = {
        ScopeKind.COMMUNITY: found.communities,
        ScopeKind.GRID: found.grids,
        ScopeKind.COMPOUND: found.compounds,
        ScopeKind.ORGANISATION: found.givers,
    }
    offered = Case(When(wanted, then=True), default=False)
    rows = Scope.objects.filter(wanted | Q(pk__in=also)).order_by("path")
    for kind, is_offered, *row in rows.values_list("kind", offered, "pk", label_column(), "parent_id"):
        scope = Offered(*row)
        found.names[scope.pk] = scope.label
        if is_offered:
            by_kind[kind].append(scope)
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class Filters:
    """What a need list's address asks for; a value that means nothing is left out."""

    def __init__(self, said: QueryDict, actor: Actor) -> None:
        self.actor = actor
        self.said = said
        self.q = said.get("q", "").strip()[:60]
        # Words are looked for in all states, unless one is chosen.
        self.usual = "all" if self.q else "open"
        status = said.get("status", "")
        self.status = status if status in ("open", "all", *Status.values) else self.usual
        self.sort = said.get("sort", "") if said.get("sort", "") in SORTS else "-filed"
        self.by = said.get("by", "") if said.get("by", "") in DAYS else "filed"
        self.first, self.last = _day(said.get("from", "")), _day(said.get("to", ""))
        self.ids = {n: whole(said.get(n, "")) for n in ("category", "town", "community", "grid", "compound", "giver")}
        self.words = {
            "kind": self._one("kind", KINDS.codes()),
            "urgency": self._one("urgency", Urgency.values),
            "channel": self._one("channel", Channel.values),
            "batch": said.get("batch", "").strip()[:40],
        }
        self.flags = {name for name, _label in YES if said.get(name)}
        self.others = said.get("hands") == "others"

    def _one(self, name: str, allowed: list[str]) -> str:
        value = self.said.get(name, "")
        return value if value in allowed else ""

    @property
    def order(self) -> tuple[str, bool]:
        """Column to sort by, and whether falling."""
        return SORTS[self.sort]

    def apply(self) -> NeedQuerySet:
        """The needs that the actor may see and the address asks for."""
        needs = queries.in_others_hands(self.actor) if self.others else Need.objects.visible_to(self.actor)
        if self.status == "open":
            needs = needs.open()
        elif self.status != "all":
            needs = needs.filter(status=self.status)
        for name, value in self.ids.items():
            if value is None:
                continue
            needs = needs.filter(_giver(value)) if name == "giver" else needs.filter(**{f"{name}_id": value})
        for name, word in self.words.items():
            if word:
                needs = needs.filter(**{"batch__number" if name == "batch" else name: word})
        return self._search(self._days(self._flags(needs)))

    def _flags(self, needs: NeedQuerySet) -> NeedQuerySet:
        if "overdue" in self.flags:
            needs = needs.open().filter(due_at__lt=now())
        if "reopened" in self.flags:
            needs = needs.filter(reopened_count__gt=0)
        if "excluded" in self.flags:
            needs = needs.filter(excluded_at__isnull=False)
        if "valid" in self.flags:
            needs = needs.filter(verified_at__isnull=False).exclude(status__in=NOT_OWED)
        return needs

    def _days(self, needs: NeedQuerySet) -> NeedQuerySet:
        """Needs whose day of `by` lies in the period; as figures count them, a merged one does not count."""
        if not self.first and not self.last:
            return needs
        start, end = day_range(self.first or date(2000, 1, 1), self.last or date(2100, 1, 1))
        column = DAYS[self.by][0]
        needs = needs.filter(**{f"{column}__gte": start, f"{column}__lt": end})
        if self.by == "solution_due":
            needs = needs.exclude(status__in=NOT_OWED)
        if self.by == "response_due":
            needs = needs.exclude(TAKEN_BACK_IN_TIME.q)
        if self.by == "answered":
            needs = needs.exclude(status=Status.CLOSED_UNANSWERED)
        if "excluded" in self.flags:
            return needs.exclude(status=Status.MERGED)
        return needs.counted() if self.said.get("by") else needs

    def _search(self, needs: NeedQuerySet) -> NeedQuerySet:
        if not self.q:
            return needs
        if number := number_in(self.q):
            return needs.filter(number=number)
        return queries.search_for(self.actor, needs.filter(filed_at__gte=now() - SEARCH_BACK), self.q)

    def without(self, *names: str, **instead: str) -> str:
        """The address's query without `names` and without a page's key, with `instead`."""
        said = self.said.copy()
        for name in (*names, "after", "before"):
            said.pop(name, None)
        for name, value in instead.items():
            said[name] = value
        return "?" + said.urlencode()

    def chips(self, choices: Choices) -> list[tuple[str, str]]:
        """Each filter that is on, in words, and the address without it."""
        on: list[tuple[str, str]] = []

        def chip(words: object, *names: str) -> None:
            on.append((str(words), self.without(*names)))

        if self.q:
            words = number_in(self.q) or _("“%(words)s”, last 12 months") % {"words": self.q}
            chip(words, "q")
        if self.others:
            chip(_("In others' hands"), "hands")
        if self.status != self.usual:
            named = {"all": _("All states"), "open": _("Open")}
            chip(named.get(self.status) or Status(self.status).label, "status")
        if kind := KINDS.get(self.words["kind"]):
            chip(kind.staff_label, "kind")
        for name, choices_of in (("urgency", Urgency), ("channel", Channel)):
            if self.words[name]:
                chip(choices_of(self.words[name]).label, name)
        if self.words["batch"]:
            chip(_("Batch %(number)s") % {"number": self.words["batch"]}, "batch")
        for name, rows in (
            ("category", choices.categories),
            ("community", choices.communities),
            ("grid", choices.grids),
            ("compound", choices.compounds),
            ("giver", choices.givers),
        ):
            if self.ids[name] is not None:
                row: Any = next((r for r in rows if r.pk == self.ids[name]), None)
                chip(row.label if row else _("Another place"), name)
        if self.ids["town"] is not None:
            chip(_("One town"), "town")
        for name, label in YES:
            if name in self.flags:
                chip(label, name)
        if self.first or self.last:
            words = _("%(what)s %(first)s – %(last)s") % {
                "what": DAYS[self.by][1],
                "first": self.first or "…",
                "last": self.last or "…",
            }
            chip(words, "from", "to", "by")
        return on


def _giver(giver_id: int) -> Q:
    held = Commitment.objects.filter(need_id=OuterRef("pk"), giver_id=giver_id, status__in=HOLDING)
    return Q(Exists(held))
