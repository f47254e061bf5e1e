"""The giver's part: claim, start, deliver, give back; and what ends a claim from outside."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor, require_clock
from lianxin.alliance.models import Helper
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, NotAllowed, Refusal, WrongState
from lianxin.core.operation import operation
from lianxin.core.values import days
from lianxin.needs import clocks
from lianxin.needs.models import Commitment, Need, WishBatch
from lianxin.needs.operations import escalating, notify
from lianxin.needs.operations.filing import add_photos
from lianxin.needs.operations.steps import (
    change_commitment,
    derive,
    lock,
    lock_commitment,
    reload_commitments,
    settle,
    take_on,
)
from lianxin.needs.photos import Upload
from lianxin.needs.rules import HANDLER_ROLE, handed_in, may_claim_for, require
from lianxin.needs.states import ACTIVE, UNDELIVERED, GiveBackReason
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Status as S
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.organisations.models import Organisation

PLANNED_WITHIN = 60


def _claim(
    need: Need,
    giver: Organisation,
    *,
    actor: Actor,
    at: datetime,
    plan: str,
    planned_on: date | None,
    helpers: Iterable[Helper],
) -> Commitment:
    if handed_in(actor, need):
        raise NotAllowed(_("Wishes of a unit's own staff are for another unit to take on."))
    if not may_claim_for(actor, need, giver.pk):
        raise NotAllowed(_("Only the liaison of a unit in the community's alliance can do this."))
    if need.status in (S.CLAIMED, S.UNDER_WAY, S.DELIVERED) and need.commitments.all():
        holder = need.commitments.all()[0].giver.label
        raise WrongState(_("%(giver)s has taken it on already.") % {"giver": holder}, code="already_claimed")
    require(actor, need, "claim", giver=giver)
    before = need.status
    kept = days(clocks.CLAIM_LAPSES)
    lapses_at = at + kept
    if planned_on:
        lapses_at = max(lapses_at, at + (planned_on - local_day(at)) + kept / 5)
    commitment = take_on(
        need,
        giver=giver,
        at=at,
        claimed_by=actor.user,
        plan=plan.strip()[:300],
        planned_on=planned_on,
        lapses_at=lapses_at,
    )
    _set_helpers(commitment, helpers)
    settle(need, "claimed", before, actor=actor, at=at, giver=giver.code)
    return commitment


def _set_helpers(commitment: Commitment, helpers: Iterable[Helper]) -> None:
    chosen = list(helpers)
    if any(h.organisation_id not in (None, commitment.giver_id) for h in chosen):
        raise Invalid(_("Name helpers of your own unit."), field="helpers")
    if chosen:
        commitment.helpers.set(chosen)


def _check_plan(planned_on: date | None, at: datetime) -> None:
    if planned_on and not (0 <= (planned_on - local_day(at)).days <= PLANNED_WITHIN):
        raise Invalid(_("Choose a day within the next %(n)s days.") % {"n": PLANNED_WITHIN}, field="planned_on")


@operation
def claim_need(
    need: Need,
    *,
    actor: Actor,
    at: datetime,
    giver: Organisation,
    plan: str = "",
    planned_on: date | None = None,
    helpers: Iterable[Helper] = (),
) -> Commitment:
    """A unit takes a published need on, with a plan and a date; lapses back to the pool after a limit.

    Raises WrongState naming who was first when two claim at the same moment.
    """
    _check_plan(planned_on, at)
    need = lock(need)
    commitment = _claim(need, giver, actor=actor, at=at, plan=plan, planned_on=planned_on, helpers=helpers)
    notices.send([notify.to_handler(need, "need.claimed", giver=giver.code)], at=at)
    return commitment


@operation
def claim_batch(
    batch: WishBatch,
    *,
    actor: Actor,
    at: datetime,
    giver: Organisation,
    plan: str = "",
    planned_on: date | None = None,
) -> list[Commitment]:
    """Take on every wish of a batch that still waits for a giver; each then closes on its own.

    Raises WrongState when none is left.
    """
    _check_plan(planned_on, at)
    claimed: list[Commitment] = []
    for waiting in batch.needs.filter(status=S.PUBLISHED).order_by("pk"):
        need = lock(waiting)
        need.batch = batch
        if need.status == S.PUBLISHED:
            claimed.append(_claim(need, giver, actor=actor, at=at, plan=plan, planned_on=planned_on, helpers=()))
    if not claimed:
        raise WrongState(_("No wish of this batch waits for a giver."))
    first = claimed[0].need
    notices.send(
        [
            Say(
                "batch.claimed",
                f"/workspace/batches/{batch.number}/",
                scope_id=first.handler_id,
                role=HANDLER_ROLE[first.handler.kind],
                params={"number": batch.number, "count": len(claimed)},
            )
        ],
        at=at,
    )
    return claimed


@operation
def name_helpers(commitment: Commitment, *, actor: Actor, at: datetime, helpers: Iterable[Helper]) -> Commitment:
    """Name the helpers who will do it; replaces those named before."""
    need, commitment = lock_commitment(commitment)
    require(actor, need, "name_helpers", commitment)
    commitment.helpers.clear()
    _set_helpers(commitment, helpers)
    settle(need, "helpers_named", need.status, actor=actor, at=at, count=commitment.helpers.count())
    return commitment


@operation
def start_work(commitment: Commitment, *, actor: Actor, at: datetime, plan: str = "") -> Commitment:
    """The giver has begun."""
    need, commitment = lock_commitment(commitment)
    require(actor, need, "start", commitment)
    before = need.status
    change_commitment(commitment, C.UNDER_WAY)
    commitment.started_at = at
    if plan.strip():
        commitment.plan = plan.strip()[:300]
    commitment.save()
    derive(need, at=at)
    settle(need, "started", before, actor=actor, at=at, giver=commitment.giver.code)
    return commitment


@operation
def deliver_need(
    commitment: Commitment,
    *,
    actor: Actor,
    at: datetime,
    note: str,
    photos: list[Upload] | None = None,
) -> Commitment:
    """The giver says it is done. Counts nowhere until the asker confirms. Raises Invalid without a note."""
    need, commitment = lock_commitment(commitment)
    require(actor, need, "deliver", commitment)
    check_note(note)
    before = need.status
    mark_delivered(need, commitment, actor=actor, at=at, note=note)
    add_photos(need, photos or [], at=at, of_delivery=True)
    settle(need, "delivered", before, actor=actor, at=at, giver=commitment.giver.code)
    notices.send([notify.to_handler(need, "need.delivered")], at=at)
    return commitment


def check_note(note: str) -> None:
    """Raise Invalid when nothing is said about what was done."""
    if not note.strip():
        raise Invalid(_("Say in a few words what was done."), field="note")


def mark_delivered(need: Need, commitment: Commitment, *, actor: Actor, at: datetime, note: str) -> None:
    """Move a held commitment and its need to delivered; the caller settles."""
    change_commitment(commitment, C.DELIVERED)
    commitment.started_at = commitment.started_at or at
    commitment.delivered_at = at
    commitment.delivered_by = actor.user
    commitment.note = note.strip()[:500]
    commitment.save()
    need.delivered_at = at
    derive(need, at=at)


def end_commitment(need: Need, commitment: Commitment, status: str, words: str, *, at: datetime) -> None:
    """End a claim; its part goes back to the pool, or to the office when it was never published."""
    change_commitment(commitment, status)
    commitment.ended_at = at
    commitment.end_reason = words.strip()[:300]
    commitment.save()
    reload_commitments(need)
    derive(need, at=at)


def end_claims(need: Need, code: str, *, at: datetime) -> list[Say]:
    """Call off what givers have taken on of a need that ends; what they are told, by the notice `code`.

    Raises WrongState when a part is done and waits for the asker's answer. The caller moves the need and settles.
    """
    told = []
    for commitment in need.commitments.all():
        if commitment.status == C.DELIVERED:
            raise WrongState(_("A part of it is done; please say whether it is solved."))
        if commitment.status in ACTIVE:
            change_commitment(commitment, C.CALLED_OFF)
            commitment.ended_at = at
            commitment.save()
            told.append(notify.to_giver(need, commitment, code))
    return told


@operation
def give_back(commitment: Commitment, *, actor: Actor, at: datetime, reason: str, words: str = "") -> Commitment:
    """The giver can't do it after all: back to the pool, or to the office when it was assigned."""
    need, commitment = lock_commitment(commitment)
    require(actor, need, "give_back", commitment)
    if reason not in GiveBackReason.values:
        raise Invalid(_("Choose a reason."), field="reason")
    before = need.status
    need.refused_count += 1
    end_commitment(need, commitment, C.GIVEN_BACK, words, at=at)
    told = escalating.after_refusal(need, actor=actor, at=at)
    settle(need, "given_back", before, actor=actor, at=at, giver=commitment.giver.code, reason=reason)
    notices.send([*told, notify.to_handler(need, "need.given_back")], at=at)
    return commitment


@operation
def call_off(commitment: Commitment, *, actor: Actor, at: datetime, words: str) -> Commitment:
    """The office takes the need back from its giver, to give it to someone else."""
    need, commitment = lock_commitment(commitment)
    require(actor, need, "call_off", commitment)
    if not words.strip():
        raise Invalid(_("Say why."), field="words")
    before = need.status
    end_commitment(need, commitment, C.CALLED_OFF, words, at=at)
    settle(need, "called_off", before, actor=actor, at=at, giver=commitment.giver.code)
    notices.send([notify.to_giver(need, commitment, "need.called_off")], at=at)
    return commitment


@operation
def lapse_claim(commitment: Commitment, *, actor: Actor, at: datetime) -> bool:
    """Return a claim that delivered nothing in time to the pool.

    False when it has moved on meanwhile, or the asker is waited for.
    """
    require_clock(actor)
    try:
        need, commitment = lock_commitment(commitment)
    except Refusal:
        return False
    if commitment.status not in UNDELIVERED or not commitment.lapses_at or commitment.lapses_at > at:
        return False
    if not need.is_open or need.waiting_since:
        return False
    before = need.status
    end_commitment(need, commitment, C.LAPSED, "", at=at)
    settle(need, "lapsed", before, actor=actor, at=at, giver=commitment.giver.code)
    notices.send([notify.to_giver(need, commitment, "need.lapsed"), notify.to_handler(need, "need.lapsed")], at=at)
    return True
