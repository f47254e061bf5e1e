"""Filing a need: by the asker, by staff for someone, on the spot."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role, Scope
from lianxin.accounts.names import phone_fault
from lianxin.core import numbers
from lianxin.core.clock import local_day
from lianxin.core.crypto import code_digest, new_code
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.desk import queue
from lianxin.history import chain
from lianxin.needs import clocks, searching, tallying
from lianxin.needs.kinds import KINDS, Change
from lianxin.needs.models import Category, Need, NeedPart, Photo, WishBatch
from lianxin.needs.operations import escalating, notify
from lianxin.needs.operations.steps import contact_digest, digest, escalation_due, waiting
from lianxin.needs.photos import Upload, photo_path, store_photos
from lianxin.needs.states import Channel, Status, SubjectKind, Urgency
from lianxin.notifications import notices
from lianxin.organisations.models import Organisation
from lianxin.places.models import City, Community, Compound, Grid

MAX_TEXT = 2_000
MAX_PHOTOS = 4


@dataclass
class Asked:
    """What a form, a call or a row says when a need is filed."""

    kind: str
    category: Category
    community: Community
    text: str = ""
    grid: Grid | None = None
    compound: Compound | None = None
    channel: str = Channel.WEB
    publish_ok: bool = False
    name: str = ""
    phone: str = ""
    place_detail: str = ""
    giver_may_call: bool = False
    urgency: str = ""
    subject_kind: str = ""
    subject: Organisation | None = None
    outside_number: str = ""
    outside_due_at: datetime | None = None
    parts: list[tuple[Category, int]] = field(default_factory=list)

    def said(self) -> dict[str, Any]:
        """The words and choices, for telling a repetition from a changed form."""
        said = {name: getattr(value, "pk", value) for name, value in vars(self).items()}
        return said | {"parts": [(category.pk, count) for category, count in self.parts]}


@dataclass(frozen=True)
class Filed:
    """What the asker gets: the number, the code (shown once, kept only as a digest) and whether it was a repeat."""

    number: str
    code: str
    need_id: int
    repeated: bool


@operation
def file_need(
    asked: Asked,
    *,
    actor: Actor,
    at: datetime,
    key: str,
    photos: list[Upload] | None = None,
    batch: WishBatch | None = None,
) -> Filed:
    """File a need for the public, or by staff for someone.

    `key`: the form's UUID; the same key and words again return the same number and code.
    Raises Invalid for words, places or kinds that do not fit and for a case of the hotline that is here already,
    AlreadySent for a used key with other words, NotAllowed when staff file outside their scope.
    """
    _check(asked, actor)

    stored: list[str] = []

    def run() -> dict[str, Any]:
        _check_outside(asked.outside_number.strip())
        need, code = _create(asked, actor=actor, at=at, batch=batch)
        stored.extend(add_photos(need, photos or [], at=at, of_delivery=False))
        return {"number": need.number, "code": code, "id": need.pk}

    try:
        answer, repeated = once(operation="file_need", key=key, body=asked.said(), at=at, run=run)
    except BaseException:
        for name in stored:
            photo_path(name).unlink(missing_ok=True)
        raise
    return Filed(answer["number"], answer["code"], answer["id"], repeated)


def _check(asked: Asked, actor: Actor) -> None:
    kind = KINDS.get(asked.kind)
    if kind is None or asked.category.kind not in (kind.code, "other") or not asked.category.active:
        raise Invalid(_("Choose what it is about."), field="category")
    if kind.needs_text and not asked.text.strip():
        raise Invalid(_("Say in a few words what you need."), field="text")
    if len(asked.text) > MAX_TEXT:
        raise Invalid(_("Please keep it under %(n)s characters.") % {"n": MAX_TEXT}, field="text")
    if kind.needs_phone and not asked.phone.strip():
        raise Invalid(_("Leave a telephone number, so that we can call you."), field="phone")
    # A hotline's case comes in with whatever number it has.
    if asked.channel != Channel.HOTLINE and (fault := phone_fault(asked.phone)):
        raise Invalid(fault, field="phone")
    check_place(asked.community.pk, asked.grid, asked.compound)
    if kind.needs_subject:
        if asked.subject_kind not in SubjectKind.values:
            raise Invalid(_("Say what the complaint is about."), field="subject_kind")
        if asked.subject_kind in (SubjectKind.COMPANY, SubjectKind.UNIT) and asked.subject is None:
            raise Invalid(_("Say which company or unit."), field="subject")
    if asked.urgency and asked.urgency not in Urgency.values:
        raise Invalid(_("Choose how urgent it is."), field="urgency")
    if actor.is_staff and not _in_scope(asked, actor):
        raise NotAllowed(_("You can file for your own community only."))


def _check_outside(outside_number: str) -> None:
    known = Need.objects.of_hotline([outside_number]).first() if outside_number else None
    if known is not None:
        words = _("This case of the hotline is here already, as %(number)s.")
        raise Invalid(words % {"number": known.number}, field="outside_number")


def check_place(community_id: int, grid: Grid | None, compound: Compound | None) -> None:
    """Raise Invalid for a grid or compound that is not in the community, or a grid that has ended."""
    if grid and grid.community_id != community_id:
        raise Invalid(_("This grid is not in this community."), field="grid")
    if grid and grid.ended_at:
        raise Invalid(_("This grid has ended; choose the one that took it in."), field="grid")
    if compound and compound.community_id != community_id:
        raise Invalid(_("This compound is not in this community."), field="compound")


def _in_scope(asked: Asked, actor: Actor) -> bool:
    """Staff file in the places of their posts, and of their duty; a liaison for the communities of its alliances."""
    if actor.has(Role.CITY) or actor.holds(asked.community.town_id, Role.TOWN):
        return True
    if actor.holds(asked.community.pk, Role.OFFICE) or _on_duty_for(asked.community, actor):
        return True
    if asked.grid and actor.holds(asked.grid.pk, Role.GRID_WORKER):
        return True
    units = actor.scope_ids(Role.LIAISON)
    return bool(units) and asked.community.memberships.filter(organisation_id__in=units).exists()


def _on_duty_for(community: Community, actor: Actor) -> bool:
    """Whoever is called at night files for the caller."""
    return not actor.duty_ids.isdisjoint((community.pk, community.town_id, community.town.city_id))


def place_of(asked: Asked, city: City) -> tuple[int, str, Scope | None]:
    """Who has it in hand first, from whom it is hidden, and whom it is about.

    A complaint opens one level above its subject: about an office or grid worker at the town, about a company
    at the community office, about a unit at the town, about the system at the city.
    """
    community = asked.community
    if asked.subject_kind == SubjectKind.OFFICE:
        return community.town_id, community.scope.path, community.scope
    if asked.subject_kind == SubjectKind.GRID_WORKER:
        # Few know the number of their grid: the town finds out whom it is about.
        return community.town_id, community.scope.path, asked.grid.scope if asked.grid else None
    if asked.subject_kind == SubjectKind.COMPANY and asked.subject is not None:
        return community.pk, asked.subject.scope.path, asked.subject.scope
    if asked.subject_kind == SubjectKind.UNIT and asked.subject is not None:
        return community.town_id, asked.subject.scope.path, asked.subject.scope
    if asked.subject_kind == SubjectKind.SYSTEM:
        return city.pk, "", city.scope
    return community.pk, "", None


def _create(asked: Asked, *, actor: Actor, at: datetime, batch: WishBatch | None) -> tuple[Need, str]:
    community = asked.community
    city = community.town.city
    year = local_day(at).year % 100
    # Reads the city's values, and with them where the running numbers stand.
    city_clocks = clocks.clocks(at)
    number = f"{city.prefix}-{year:02d}-{numbers.take(f'needs-{year:02d}'):05d}"
    code = new_code()
    urgency = asked.urgency or asked.category.urgency
    handler_id, hidden_path, subject = place_of(asked, city)
    need = Need(
        number=number,
        kind=asked.kind,
        category=asked.category,
        channel=asked.channel,
        outside_number=asked.outside_number.strip(),
        outside_due_at=asked.outside_due_at,
        text=asked.text.strip(),
        publish_ok=asked.publish_ok and KINDS[asked.kind].publishable,
        town_id=community.town_id,
        community=community,
        grid=asked.grid,
        compound=asked.compound,
        handler_id=handler_id,
        hidden_path=hidden_path,
        subject_kind=asked.subject_kind,
        subject=subject,
        asker_name=asked.name.strip(),
        asker_phone=asked.phone.strip(),
        place_detail=asked.place_detail.strip(),
        giver_may_call=asked.giver_may_call,
        code_digest=code_digest(code),
        urgency=urgency,
        filed_at=at,
        filed_by=actor.user,
        response_due_at=city_clocks.response_due(at, urgency, asked.category),
        solution_due_at=city_clocks.solution_due(at, urgency, asked.category, asked.outside_due_at),
        batch=batch,
    )
    need.due_at = need.response_due_at
    need.handler = _handler(need, community)
    entry = chain.prepare(
        need,
        "need.filed",
        actor=actor,
        at=at,
        kind=need.kind,
        channel=need.channel,
        urgency=urgency,
        text=digest(need, need.text),
        phone=contact_digest(need, need.asker_phone),
        name=contact_digest(need, need.asker_name),
    )
    entries, told = escalating.at_filing(need, city_clocks, actor=actor, at=at)
    goes_up = escalation_due(need)
    need.escalates_at = goes_up[0] if goes_up else None
    need.save(force_insert=True)
    NeedPart.objects.bulk_create(
        [
            NeedPart(need=need, category=category, count=count)
            for category, count in asked.parts or [(asked.category, 1)]
        ]
    )
    chain.write([entry, *entries])
    tallying.write_new([(need, ())])
    queue.put("need", need.pk, waiting(need, at))
    searching.put([need], wall=False)
    if urgency == Urgency.EMERGENCY:
        told.append(notify.to_handler(need, "need.emergency", urgent=True))
    elif clocks.by_the_wall(urgency, need.category) and not entries:
        told.append(notify.to_handler(need, "need.around_the_clock", urgent=True))
    notices.send(told, at=at)
    KINDS[asked.kind].after(need, Change("file", "", Status.FILED))
    return need, code


def _handler(need: Need, community: Community) -> Scope:
    """The handler's scope from what is already loaded: the community, its town or its city."""
    town = community.town
    for place in (community, town, town.city):
        if place.pk == need.handler_id:
            return place.scope
    raise Invalid(_("Choose a community."), field="community")


def add_photos(need: Need, files: list[Upload], *, at: datetime, of_delivery: bool) -> list[str]:
    """Keep photos of a need or of its delivery; their file names.

    Raises Invalid for more than four or one that can't be read.
    """
    if len(files) > MAX_PHOTOS:
        raise Invalid(_("At the most %(n)s photos, please.") % {"n": MAX_PHOTOS}, field="photos")
    names = store_photos(files)
    Photo.objects.bulk_create([Photo(need=need, file=name, of_delivery=of_delivery, at=at) for name in names])
    return names
