"""Who belongs to an alliance, who reported for service, who helps."""

import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor, require_clock
from lianxin.accounts.models import Role
from lianxin.alliance.holding import HELPERS_KEPT, kept_until, named_on
from lianxin.alliance.models import Helper, Membership, Registration
from lianxin.alliance.rules import answers_for, speaks_for
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.once import forget_words, once
from lianxin.core.operation import operation
from lianxin.core.values import days
from lianxin.desk import queue
from lianxin.history import chain
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.organisations.operations import lock
from lianxin.organisations.rules import may_tie
from lianxin.personal.models import Erasure
from lianxin.personal.operations import prove
from lianxin.places.models import Community

ACCEPT_WITHIN = timedelta(days=5)
MAX_MEMBERS = 10_000


def _require_tie(actor: Actor, community: Community) -> None:
    if not may_tie(actor, community):
        raise NotAllowed(_("Only the community's office, its town or the city can do this."))


def waiting(row: Registration, at: datetime) -> list[queue.Waiting]:
    """What waits about a registration from `at` on: its community's office accepts it, once."""
    if row.accepted_on is not None:
        return []
    return [queue.Waiting(row.community_id, Role.OFFICE, "accept_registration", at + ACCEPT_WITHIN)]


@operation
def join_alliance(unit: Organisation, *, actor: Actor, at: datetime, community: Community) -> Organisation:
    """A unit joins a community's alliance. Raises NotAllowed, and Invalid for anything that is no unit or station."""
    unit = lock(unit)
    _require_tie(actor, community)
    if unit.kind not in (OrganisationKind.UNIT, OrganisationKind.STATION):
        raise Invalid(_("Only units and stations join an alliance."), field="community")
    _row, new = Membership.objects.get_or_create(organisation=unit, community=community)
    if new:
        chain.record(unit, "organisation.joined", actor=actor, at=at, community=community.code)
        unit.save(update_fields=["history_seq", "history_head"])
    return unit


@operation
def leave_alliance(unit: Organisation, *, actor: Actor, at: datetime, community: Community) -> Organisation:
    """A unit leaves a community's alliance; what it has taken on there stays with it. Raises NotAllowed."""
    unit = lock(unit)
    _require_tie(actor, community)
    if Membership.objects.filter(organisation=unit, community=community).delete()[0]:
        chain.record(unit, "organisation.left", actor=actor, at=at, community=community.code)
        unit.save(update_fields=["history_seq", "history_head"])
    return unit


@operation
def hand_in_registration(
    unit: Organisation, *, actor: Actor, at: datetime, community: Community, kind: str, members: int
) -> Registration:
    """The unit's liaison reports to a community of its alliance; may be handed in anew until it is accepted.

    Raises NotAllowed, WrongState once it was accepted, Invalid for a community outside the unit's alliances.
    """
    unit = lock(unit)
    if not speaks_for(actor, unit):
        raise NotAllowed(_("Only the unit's liaison can do this."))
    if kind not in Registration.Kind.values:
        raise Invalid(_("Choose what reports."), field="kind")
    if not 0 <= members <= MAX_MEMBERS:
        raise Invalid(_("How many members report?"), field="members")
    if not Membership.objects.filter(organisation=unit, community=community).exists():
        raise Invalid(_("Choose a community of your alliances."), field="community")
    row = Registration.objects.select_for_update().filter(organisation=unit).first()
    if row is not None and row.accepted_on is not None:
        raise WrongState(_("Your registration was accepted already."))
    row = row or Registration(organisation=unit)
    row.community, row.kind, row.members = community, kind, members
    row.handed_in_on = local_day(at)
    entry = chain.prepare(
        row, "registration.handed_in", actor=actor, at=at, community=community.code, kind=kind, members=members
    )
    row.save()
    entry.save(force_insert=True)
    queue.replace("registration", row.pk, waiting(row, at))
    url = f"/workspace/units/{unit.code}/"
    said = {"unit": unit.name}
    notices.send([Say("registration.handed_in", url, scope_id=community.pk, role=Role.OFFICE, params=said)], at=at)
    return row


@operation
def accept_registration(registration: Registration, *, actor: Actor, at: datetime) -> Registration:
    """The community accepts a unit's registration; from now on it counts.

    Raises NotAllowed for anybody but the community's office, its town and the city; WrongState when it is done.
    """
    rows = Registration.objects.select_for_update(of=("self",)).select_related("community", "organisation")
    row = rows.get(pk=registration.pk)
    _require_tie(actor, row.community)
    if row.accepted_on is not None:
        raise WrongState(_("This registration was accepted already."))
    row.accepted_on = max(local_day(at), row.handed_in_on)
    chain.record(row, "registration.accepted", actor=actor, at=at)
    row.save(update_fields=["accepted_on", "history_seq", "history_head"])
    queue.replace("registration", row.pk, waiting(row, at))
    said = {"community": row.community.name}
    url = f"/workspace/units/{row.organisation.code}/"
    notices.send(
        [Say("registration.accepted", url, scope_id=row.organisation_id, role=Role.LIAISON, params=said)], at=at
    )
    return row


@operation
def register_helper(
    unit: Organisation,
    *,
    actor: Actor,
    at: datetime,
    key: str,
    name: str,
    consent: bool,
    name_en: str = "",
    yearly_duty: bool = False,
    can_do: str = "",
) -> Helper:
    """A person of the unit who asked to help; only by their own consent.

    Raises NotAllowed for anybody but the unit's liaison, Invalid without a name or without consent.
    """
    if not speaks_for(actor, unit):
        raise NotAllowed(_("Only the unit's liaison can do this."))
    if not name.strip():
        raise Invalid(_("Say the name."), field="name")
    if not consent:
        raise Invalid(_("A helper is named by their own wish only."), field="consent")

    def run() -> dict[str, str]:
        helper = Helper(
            code=f"h-{secrets.token_hex(6)}",
            organisation=unit,
            name=name.strip()[:80],
            name_en=name_en.strip()[:120],
            yearly_duty=yearly_duty,
            can_do=can_do.strip()[:200],
            registered_at=at,
        )
        entry = chain.prepare(helper, "helper.registered", actor=actor, at=at, unit=unit.code)
        helper.save(force_insert=True)
        entry.save(force_insert=True)
        return {"number": helper.code}

    body = {"unit": unit.pk, "name": name, "yearly_duty": yearly_duty, "can_do": can_do}
    answer, _again = once(operation="register_helper", key=key, body=body, at=at, run=run)
    return Helper.objects.get(code=answer["number"])


def _lock_helper(helper: Helper, actor: Actor) -> Helper:
    rows = Helper.objects.select_for_update(of=("self",)).select_related("organisation")
    helper = rows.get(pk=helper.pk)
    if not answers_for(actor, helper):
        raise NotAllowed(_("Only the unit's liaison and the offices of its alliances can do this."))
    return helper


@operation
def end_helper(helper: Helper, *, actor: Actor, at: datetime) -> Helper:
    """A person helps no longer: named on nothing new, and erased in time.

    Raises NotAllowed for others than `answers_for` names, WrongState when it has ended.
    """
    helper = _lock_helper(helper, actor)
    if helper.ended_at or helper.erased_at:
        raise WrongState(_("That is done already."))
    helper.ended_at = at
    chain.record(helper, "helper.ended", actor=actor, at=at)
    helper.save()
    return helper


@operation
def erase_helper(helper: Helper, *, actor: Actor, at: datetime) -> bool:
    """Erase everything personal about a helper at once, because the person asks; what was done stays, without a name.

    False when nothing was left. Raises NotAllowed for others than `answers_for` names.
    """
    helper = _lock_helper(helper, actor)
    if helper.erased_at:
        return False
    _blank(helper, actor, at)
    prove(Erasure.What.ASKED, count=1, actor=actor, at=at, object_key=helper.chain_key)
    return True


@operation
def erase_old_helper(helper: Helper, *, actor: Actor, at: datetime) -> bool:
    """Erase a helper who was kept long enough; False when it is not due. Raises NotAllowed for all but the clock."""
    require_clock(actor)
    helper = Helper.objects.select_for_update().get(pk=helper.pk)
    until = kept_until(helper, named_on([helper.pk])[helper.pk], days(HELPERS_KEPT))
    if helper.erased_at or until is None or until > at:
        return False
    _blank(helper, actor, at)
    return True


def _blank(helper: Helper, actor: Actor, at: datetime) -> None:
    """What is left is a code and the history of it; on what they were named nobody is named."""
    helper.name = helper.name_en = helper.can_do = ""
    helper.yearly_duty = False
    helper.erased_at = at
    helper.commitments.clear()
    chain.record(helper, "helper.erased", actor=actor, at=at)
    helper.save()
    forget_words(helper.code)
