"""Cases of the hotline: taken in from its workbook, replied to; nothing is typed twice."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.crypto import keyed_digest
from lianxin.core.errors import NotAllowed, Refusal, WrongState
from lianxin.core.operation import operation
from lianxin.needs.models import Category, Need
from lianxin.needs.operations.filing import Asked, file_need
from lianxin.needs.operations.steps import lock, settle
from lianxin.needs.rules import OFFICES, require
from lianxin.needs.states import Channel, SubjectKind
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.places.models import Community
from lianxin.sheets.registry import Row, RowError

# What a complaint may be about, of what the workbook can name; an office is one only for its own community.
SUBJECTS: dict[str, str] = {
    OrganisationKind.COMPANY: SubjectKind.COMPANY,
    OrganisationKind.UNIT: SubjectKind.UNIT,
    OrganisationKind.COMMUNITY_OFFICE: "",
}
DESKS = (Role.OFFICE, Role.TOWN, Role.CITY)


@dataclass
class Taken:
    """What came of a workbook: the numbers of the needs filed, how many cases were known, what is wrong."""

    filed: list[str] = field(default_factory=list)
    known: int = 0
    errors: list[RowError] = field(default_factory=list)


@dataclass
class _City:
    """Names as a workbook writes them → what they stand for."""

    categories: dict[str, Category]
    communities: dict[str, Community]
    subjects: dict[str, Organisation]
    else_: Category | None
    own: Community | None


def _city(actor: Actor) -> _City:
    places = list(Community.objects.select_related("scope", "town__scope", "town__city__scope"))
    mine = [place for place in places if actor.holds(place.pk, Role.OFFICE)]
    subjects = Organisation.objects.filter(kind__in=SUBJECTS).select_related("scope")
    categories = list(Category.objects.filter(active=True).exclude(kind="call_back"))
    return _City(
        {c.name: c for c in categories},
        {name: place for place in places for name in (place.name, place.code)},
        {o.name: o for o in subjects},
        next((c for c in categories if c.kind == "other"), None),
        mine[0] if len(mine) == 1 else None,
    )


def _asked(row: Row, city: _City, errors: list[RowError]) -> Asked | None:
    category = city.categories.get(row["category"]) if row["category"] else city.else_
    community = city.communities.get(row["community"]) if row["community"] else city.own
    if community is None:
        errors.append(RowError(row.number, "community", _("Say which community it belongs to.")))
    if category is None:
        errors.append(RowError(row.number, "category", _("There is no such category.")))
    if community is None or category is None:
        return None
    asked = Asked(
        kind="repair" if category.kind == "other" else category.kind,
        category=category,
        community=community,
        text=row["text"],
        channel=Channel.HOTLINE,
        name=row["name"] or "",
        phone=row["phone"] or "",
        place_detail=row["place_detail"] or "",
        outside_number=row["number"],
        outside_due_at=row["due_at"],
    )
    if asked.kind == "complaint":
        asked.subject_kind, asked.subject = _subject(row["company"] or "", community, city)
        if not asked.subject_kind:
            words = _("Say whom the complaint is about: a company, a unit, the community's office, or %(grid_worker)s.")
            grid_worker = SubjectKind.GRID_WORKER.label
            errors.append(RowError(row.number, "company", words % {"grid_worker": grid_worker}))
            return None
    return asked


def _subject(name: str, community: Community, city: _City) -> tuple[str, Organisation | None]:
    """What a complaint is about, by the name that the workbook gives; '' for one that is not known."""
    if name in _names(SubjectKind.GRID_WORKER):
        return SubjectKind.GRID_WORKER, None
    found = city.subjects.get(name)
    if name in _names(SubjectKind.OFFICE) or (found and found.community_id == community.pk and found.kind in OFFICES):
        return SubjectKind.OFFICE, None
    kind = SUBJECTS.get(found.kind, "") if found else ""
    return (kind, found) if kind else ("", None)


def _names(kind: SubjectKind) -> set[str]:
    """What `kind` is called in the city's languages."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.add(str(kind.label))
    return found


@operation
def take_hotline_cases(rows: list[Row], *, actor: Actor, at: datetime) -> Taken:
    """File a need for each case of a hotline workbook (needs.hotline.read_cases); any error saves nothing.

    A case whose number is known is left as it is. Raises NotAllowed for anybody but office, town and city.
    """
    if not actor.has(*DESKS):
        raise NotAllowed(_("Only the office, the town or the city can do this."))
    wanted = {row["number"] for row in rows}
    known = set(Need.objects.of_hotline(wanted).values_list("outside_number", flat=True))
    city, taken = _city(actor), Taken()
    with transaction.atomic():
        for row in rows:
            if row["number"] in known:
                taken.known += 1
                continue
            asked = _asked(row, city, taken.errors)
            if asked is None:
                continue
            try:
                filed = file_need(asked, actor=actor, at=at, key=keyed_digest("hotline", row["number"]))
            except Refusal as refusal:
                taken.errors.append(RowError(row.number, refusal.field or "", str(refusal)))
            else:
                taken.filed.append(filed.number)
        if taken.errors:
            transaction.set_rollback(True)
            taken.filed = []
    return taken


@operation
def reply_to_hotline(needs: Iterable[Need], *, actor: Actor, at: datetime) -> int:
    """The replies to these hotline cases went out; returns how many were not marked before.

    Raises NotAllowed, and WrongState for a need that is not done or did not come from the hotline.
    """
    marked = 0
    for each in sorted(needs, key=lambda need: need.pk):
        need = lock(each)
        require(actor, need, "reply_hotline")
        if not need.outside_number:
            raise WrongState(_("%(number)s did not come from the hotline.") % {"number": need.number})
        if need.outside_replied_at is None:
            need.outside_replied_at = at
            settle(need, "hotline_replied", need.status, actor=actor, at=at)
            marked += 1
    return marked
