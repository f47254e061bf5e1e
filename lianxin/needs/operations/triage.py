"""The office's part: verify, correct, decline, merge, publish, assign, pass up and down."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role, Scope, ScopeKind, User
from lianxin.accounts.names import phone_fault
from lianxin.core.errors import Invalid
from lianxin.core.operation import operation
from lianxin.needs import clocks, public_text, searching
from lianxin.needs.kinds import KINDS, kind_of
from lianxin.needs.models import Category, Commitment, Message, Need, NeedPart
from lianxin.needs.operations import escalating, excluding, notify
from lianxin.needs.operations.filing import check_place
from lianxin.needs.operations.giving import end_claims
from lianxin.needs.operations.merging import let_go, lock_with_joined
from lianxin.needs.operations.steps import (
    change_status,
    check_version,
    contact_digest,
    lock,
    responded,
    say,
    settle,
    take_on,
)
from lianxin.needs.rules import HANDLER_ROLE, giver_post, require
from lianxin.needs.states import DeclineReason, SubjectKind, Urgency
from lianxin.needs.states import Status as S
from lianxin.notifications import notices
from lianxin.organisations.models import Organisation
from lianxin.places.models import Compound, Grid


def mark_verified(need: Need, *, at: datetime) -> None:
    """Move a new need to verified; the asker has heard from somebody. The caller settles."""
    if need.status == S.FILED:
        change_status(need, S.VERIFIED, at=at)
        need.verified_at = at
        responded(need, at=at)


def _set_urgency(need: Need, urgency: str, at: datetime) -> None:
    if urgency not in Urgency.values:
        raise Invalid(_("Choose how urgent it is."), field="urgency")
    if urgency != need.urgency:
        need.urgency = urgency
        clocks.set_clocks(need, at)


def _set_category(need: Need, category: Category, at: datetime) -> None:
    """A new category may bring a new kind (a call back turns out to be a repair)."""
    if category.pk == need.category_id:
        return
    if category.kind not in KINDS:
        raise Invalid(_("Choose what it is about."), field="category")
    if KINDS[category.kind].needs_subject != KINDS[need.kind].needs_subject:
        raise Invalid(_("A complaint is filed as a complaint from the start."), field="category")
    NeedPart.objects.filter(need=need, category_id=need.category_id).update(category=category)
    need.category = category
    need.kind = category.kind
    clocks.set_clocks(need, at)


@operation
def verify_need(
    need: Need,
    *,
    actor: Actor,
    at: datetime,
    urgency: str = "",
    category: Category | None = None,
    note: str = "",
    version: int | None = None,
) -> Need:
    """The need is real and understood: by the office, or by the grid worker on the spot.

    `note` goes inside. Raises Stale when `version` is not the current one.
    """
    need = lock(need)
    require(actor, need, "verify")
    check_version(need, version, {"urgency": urgency})
    before, could_wait = need.status, not clocks.by_the_wall(need.urgency, need.category)
    if category is not None:
        _set_category(need, category, at)
    if urgency:
        _set_urgency(need, urgency, at)
    mark_verified(need, at=at)
    if note.strip():
        say(need, note, Message.Audience.INSIDE, actor=actor, at=at)
    settle(need, "verified", before, actor=actor, at=at, urgency=need.urgency)
    notices.send(escalating.to_whoever_is_there(need, at) if could_wait else [], at=at)
    return need


@operation
def correct_need(
    need: Need,
    *,
    actor: Actor,
    at: datetime,
    version: int,
    urgency: str | None = None,
    category: Category | None = None,
    public_text_: str | None = None,
    publish_ok: bool | None = None,
    place_detail: str | None = None,
    asker_name: str | None = None,
    asker_phone: str | None = None,
    grid: Grid | None = None,
    compound: Compound | None = None,
) -> Need:
    """Change what the office knows better now; None leaves a value as it is.

    Raises Stale when somebody else changed the need since `version`, Invalid for what does not fit.
    """
    need = lock(need)
    require(actor, need, "correct")
    if fault := phone_fault(asker_phone or ""):
        raise Invalid(fault, field="asker_phone")
    changes: dict[str, Any] = {
        "urgency": urgency,
        "public_text": public_text_,
        "publish_ok": publish_ok,
        "place_detail": place_detail,
        "asker_name": asker_name,
        "asker_phone": asker_phone,
        "grid": grid,
        "compound": compound,
    }
    check_version(need, version, {k: v for k, v in changes.items() if v is not None})
    before, could_wait = need.status, not clocks.by_the_wall(need.urgency, need.category)
    changed = [k for k, v in changes.items() if v is not None and v != getattr(need, k)]
    if category is not None and category.pk != need.category_id:
        _set_category(need, category, at)
        changed.append("category")
    if urgency is not None:
        _set_urgency(need, urgency, at)
    if publish_ok is not None and publish_ok != need.publish_ok:
        if not publish_ok and need.status == S.PUBLISHED:
            raise Invalid(_("Take it off the wall first."), field="publish_ok")
        if publish_ok and _asker_said_no(need):
            raise Invalid(_("The asker said no; only the asker can agree now."), field="publish_ok")
        need.publish_ok = publish_ok and kind_of(need).publishable
    for name in ("place_detail", "asker_name", "asker_phone"):
        if changes[name] is not None:
            setattr(need, name, changes[name].strip())
    if public_text_ is not None and (public_text_.strip() or need.status == S.PUBLISHED):
        need.public_text = public_text.check(public_text_, also=(need.asker_name, need.asker_phone))
    check_place(need.community_id, grid if "grid" in changed else None, compound)
    for name in {"grid", "compound"}.intersection(changed):
        setattr(need, name, changes[name])
    params = {
        k: contact_digest(need, getattr(need, k)) for k in changed if k in ("asker_name", "asker_phone", "place_detail")
    }
    if "public_text" in changed:
        searching.put_on_wall([need])
    if "grid" in changed:
        searching.put([need], wall=False)
    settle(need, "corrected", before, actor=actor, at=at, fields=sorted(changed), digests=params)
    notices.send(escalating.to_whoever_is_there(need, at) if could_wait else [], at=at)
    return need


def _asker_said_no(need: Need) -> bool:
    own = [e for e in need.story if e.code == "need.corrected_own" and "publish_ok" in e.params.get("fields", ())]
    return bool(own) and not own[-1].params.get("publish_ok", False)


@operation
def decline_need(need: Need, *, actor: Actor, at: datetime, reason: str, words: str, right_owner: str = "") -> Need:
    """Decline with a reason the asker reads; `right_owner` names who is responsible instead.

    A level above that declines has it in hand from then on, so that another one decides when the asker contests it.
    What was merged into it stands for itself again: whoever asked for that gets an answer of their own. Who has
    taken a part on is told that it is called off. Raises Invalid without a reason and words, or without a right
    owner where it is someone else's task; WrongState when a part is done and not answered for.
    """
    need, joined = lock_with_joined(need)
    require(actor, need, "decline")
    if reason not in DeclineReason.values:
        raise Invalid(_("Choose a reason."), field="reason")
    if not words.strip():
        raise Invalid(_("Tell the asker why."), field="words")
    if reason == DeclineReason.NOT_OURS and not right_owner.strip():
        raise Invalid(_("Say whose task it is."), field="right_owner")
    before = need.status
    told = end_claims(need, "need.called_off", at=at)
    let_go(need, joined, at=at)
    change_status(need, S.DECLINED, at=at)
    need.decline_reason = reason
    need.end_reason = words.strip()[:300]
    need.right_owner = right_owner.strip()[:120]
    responded(need, at=at)
    level, need.handler = need.handler, _declines_at(need, actor)
    moved = {} if need.handler == level else {"level": level.kind}
    settle(need, "declined", before, actor=actor, at=at, reason=reason, **moved)
    told += excluding.follow(need, at) if moved else []
    notices.send(told, at=at)
    return need


def _declines_at(need: Need, actor: Actor) -> Scope:
    """The highest level at which `actor` may decide about the need."""
    if not actor.has(Role.TOWN, Role.CITY):
        return need.handler
    above = Scope.objects.filter(path__in=need.handler.chain()[:-1]).order_by("path")
    return next((level for level in above if actor.holds(level.pk, HANDLER_ROLE[level.kind])), need.handler)


@operation
def publish_need(
    need: Need,
    *,
    actor: Actor,
    at: datetime,
    public_text_: str,
    urgency: str = "",
    version: int | None = None,
) -> Need:
    """Put the need on the wish wall and in the pool; verifies it in the same tap when it is new.

    Raises Invalid when the asker did not agree, the kind is never published, or the text says too much.
    """
    need = lock(need)
    require(actor, need, "publish")
    check_version(need, version, {"public_text": public_text_})
    if not kind_of(need).publishable or need.hidden_path or need.walled:
        raise Invalid(_("This kind is never published."), field="public_text")
    if not need.publish_ok:
        raise Invalid(_("The asker did not agree to publication."), field="public_text")
    before = need.status
    if urgency:
        _set_urgency(need, urgency, at)
    need.public_text = public_text.check(public_text_, also=(need.asker_name, need.asker_phone))
    mark_verified(need, at=at)
    change_status(need, S.PUBLISHED, at=at)
    need.published_at = at
    searching.put_on_wall([need])
    settle(need, "published", before, actor=actor, at=at)
    return need


@operation
def unpublish_need(need: Need, *, actor: Actor, at: datetime) -> Need:
    """Take the need off the wall; it waits at the office again."""
    need = lock(need)
    require(actor, need, "unpublish")
    before = need.status
    need.published_at = None
    change_status(need, S.VERIFIED, at=at)
    settle(need, "unpublished", before, actor=actor, at=at)
    return need


@operation
def assign_need(
    need: Need,
    *,
    actor: Actor,
    at: datetime,
    giver: Organisation,
    staff: User | None = None,
    asked: str = "",
    urgency: str = "",
) -> Commitment:
    """Give the need to own staff, a unit, a company or a department; verifies it in the same tap when new.

    `asked`: what is to be done, for the giver and the asker to read; the giver's plan stands beside it.
    Raises Invalid for an organisation that is closed, lies in another community, is the complaint's subject, or
    handed the wish in for its own staff.
    """
    need = lock(need)
    require(actor, need, "assign", giver=giver)
    if not giver.active:
        raise Invalid(_("This organisation is no longer active."), field="giver")
    if need.walled and not need.parties.filter(scope_id=giver.pk).exists():
        raise Invalid(_("This need is walled off; name the organisation as a party first."), field="giver")
    if need.batch and need.batch.organisation_id == giver.pk:
        raise Invalid(_("Wishes of a unit's own staff are for another unit to take on."), field="giver")
    before = need.status
    if urgency:
        _set_urgency(need, urgency, at)
    mark_verified(need, at=at)
    commitment = take_on(need, giver=giver, at=at, staff=staff, assigned=True, request=asked.strip()[:300])
    settle(need, "assigned", before, actor=actor, at=at, giver=giver.code)
    urgent = clocks.by_the_wall(need.urgency, need.category)
    told = [notify.to_giver(need, commitment, "need.assigned", urgent=urgent)]
    notices.send([*told, *escalating.to_duty(need, giver_post(giver)[0], at)], at=at)
    return commitment


@operation
def pass_up(need: Need, *, actor: Actor, at: datetime, note: str) -> Need:
    """Hand the need to the next level (community → town → city), with its history.

    Raises Invalid at the top and without a note for the next level.
    """
    need = lock(need)
    require(actor, need, "pass_up")
    if need.handler.kind == ScopeKind.CITY:
        raise Invalid(_("The city is the highest level."))
    if not note.strip():
        raise Invalid(_("Say why it goes up."), field="note")
    parent = Scope.objects.get(children=need.handler_id)
    return _hand_over(need, parent, "passed_up", note, actor=actor, at=at)


@operation
def pass_down(need: Need, *, actor: Actor, at: datetime, note: str) -> Need:
    """Hand the need back to the community's office. Raises Invalid when it is there or may not be handled there."""
    need = lock(need)
    require(actor, need, "pass_down")
    if need.handler_id == need.community_id:
        raise Invalid(_("The community office has it already."))
    if need.subject_kind == SubjectKind.SYSTEM:
        raise Invalid(_("A complaint about the system stays with the city."))
    if need.hidden_path and need.community.scope.path.startswith(need.hidden_path):
        raise Invalid(_("This complaint is about that office; it stays here."))
    scope = need.community.scope
    return _hand_over(need, scope, "passed_down", note, actor=actor, at=at)


def _hand_over(need: Need, to: Scope, verb: str, note: str, *, actor: Actor, at: datetime) -> Need:
    before = need.status
    need.handler = to
    if note.strip():
        say(need, note, Message.Audience.INSIDE, actor=actor, at=at)
    settle(need, verb, before, actor=actor, at=at, to=to.kind)
    urgent = clocks.by_the_wall(need.urgency, need.category)
    told = [notify.to_handler(need, "need.passed_up", urgent=urgent), *escalating.to_duty(need, to.pk, at)]
    notices.send([*told, *excluding.follow(need, at)], at=at)
    return need
