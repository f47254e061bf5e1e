"""What every operation of the pipeline does: lock, change state, write history, put on desks, save."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Appointment, Role, Scope, ScopeKind
from lianxin.core.clock import local_day
from lianxin.core.crypto import salted_digest
from lianxin.core.errors import Stale, WrongState
from lianxin.core.values import days, value
from lianxin.desk import queue
from lianxin.desk.queue import Waiting
from lianxin.history import chain
from lianxin.needs import clocks, tallying
from lianxin.needs.kinds import Change, kind_of
from lianxin.needs.models import Commitment, Message, Need, NeedPart, new_salt
from lianxin.needs.queries import joined
from lianxin.needs.rules import HANDLER_ROLE, OFFICES, decides, giver_post, named_on
from lianxin.needs.states import COMMITMENT_TRANSITIONS, DONE, ENDED, HOLDING, TRANSITIONS, Escalation
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Status as S
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.staffing.queries import held_on

# How far a part has come, by its commitment's status; a need stands where its slowest part stands.
_PROGRESS = [S.CLAIMED, S.UNDER_WAY, S.DELIVERED, S.CLOSED_UNANSWERED, S.CONFIRMED]


def lock(need: Need) -> Need:
    """The need as it is now, its row locked until the transaction ends (SQLite: the transaction holds the lock)."""
    fresh: Need = (
        Need.objects.select_for_update(of=("self",)).select_related("category", "community", "handler").get(pk=need.pk)
    )
    prefetch_related_objects([fresh], _commitments())
    fresh.facts_before = tallying.facts_of(fresh)
    return fresh


def _commitments() -> Any:
    return Prefetch(
        "commitments",
        queryset=Commitment.objects.filter(status__in=HOLDING)
        .select_related("giver__scope")
        .order_by("-claimed_at", "-id"),
    )


def lock_commitment(commitment: Commitment) -> tuple[Need, Commitment]:
    """The need locked first, then its commitment as it is now. Raises WrongState when it no longer holds."""
    need = lock(Need(pk=commitment.need_id))
    for held in need.commitments.all():
        if held.pk == commitment.pk:
            held.need = need
            return need, held
    raise WrongState(_("This commitment has already moved on."))


def as_it_stands(need: Need) -> dict[str, Any]:
    """What a program is told of a need that was changed meanwhile: nothing personal."""
    names = ("version", "status", "urgency", "public_text", "publish_ok")
    return {name: getattr(need, name) for name in names} | {"category": need.category.code}


def check_version(need: Need, version: int | None, mine: dict[str, Any]) -> None:
    """Refuse an edit that was begun on an older version. Raises Stale holding both texts."""
    if version is not None and version != need.version:
        stale = Stale(
            _("Somebody changed %(number)s while you were writing.") % {"number": need.number},
            theirs={name: getattr(need, name) for name in mine if hasattr(need, name)},
            mine=mine,
        )
        stale.told = {"theirs": as_it_stands(need), "yours": {"version": version}}
        raise stale


def change_status(need: Need, status: str, *, at: datetime) -> None:
    """The only writer of `Need.status`. Raises WrongState when no way leads there."""
    if status == need.status:
        return
    if status not in TRANSITIONS[need.status]:
        raise WrongState(
            _("%(number)s can't go from “%(before)s” to “%(after)s”.")
            % {"number": need.number, "before": S(need.status).label, "after": S(status).label}
        )
    need.status = status
    need.ended_at = at if status in ENDED else None


def change_commitment(commitment: Commitment, status: str) -> None:
    """The only writer of `Commitment.status`. Raises WrongState when no way leads there."""
    if status not in COMMITMENT_TRANSITIONS[commitment.status]:
        raise WrongState(_("This commitment has already moved on."))
    commitment.status = status


def derived_status(need: Need, parts: Iterable[NeedPart], held: Iterable[Commitment]) -> str:
    """Where `need` stands: where its slowest part stands; a part without a giver waits in the pool or office."""
    by_part = {c.part_id: c.status for c in held}
    if any(part.pk not in by_part for part in parts):
        return S.PUBLISHED if need.published_at else S.VERIFIED
    return min((S(status) for status in by_part.values()), key=_PROGRESS.index)


def derive(need: Need, *, at: datetime) -> None:
    """Set the need's status from its parts' commitments. One query for the parts."""
    held = need.held()
    change_status(need, derived_status(need, need.parts.all(), held), at=at)


def stood_before(need: Need) -> str:
    """Where a need stood before it ended without a giver: merged, declined, withdrawn."""
    return S.PUBLISHED if need.published_at else S.VERIFIED if need.verified_at else S.FILED


def take_on(need: Need, *, giver: Organisation, at: datetime, **fields: Any) -> Commitment:
    """A new commitment on the first part that no giver holds; moves the need's state.

    Raises WrongState, naming who holds it, when every part is taken.
    """
    held = {c.part_id: c for c in need.commitments.all()}
    part = next((p for p in need.parts.all() if p.pk not in held), None)
    if part is None:
        holder = next(iter(held.values())).giver.label
        raise WrongState(_("%(giver)s has taken it on already.") % {"giver": holder})
    commitment = Commitment.objects.create(need=need, part=part, giver=giver, status=C.CLAIMED, claimed_at=at, **fields)
    reload_commitments(need)
    derive(need, at=at)
    return commitment


def reload_commitments(need: Need) -> None:
    """Read the need's commitments again after one was added or ended. One query."""
    cache = getattr(need, "_prefetched_objects_cache", {})
    cache.pop("commitments", None)
    prefetch_related_objects([need], _commitments())


def next_due(need: Need) -> datetime:
    """What lists, pages and desks go by: the response while nobody answered or verified it, then the solution,
    then asking the asker."""
    if need.ended_at:
        return need.ended_at
    if need.status == S.DELIVERED and need.delivered_at:
        return need.delivered_at + days(clocks.ASK_WITHIN)
    if wait := clocks.waits_until(need):
        return wait
    return need.response_due_at if need.responded_at is None or need.status == S.FILED else need.solution_due_at


def note_answer(need: Need, solved: bool, satisfaction: str, via: str, at: datetime) -> None:
    """What the asker said last stands on the need itself, for lists and figures."""
    need.solved = solved
    need.satisfaction = satisfaction
    need.answered_via = via
    need.answered_at = at


def reopen(need: Need, commitment: Commitment, *, at: datetime) -> None:
    """Not solved: it goes back to the same giver, with time enough to do it again; the hotline gets a new reply."""
    change_commitment(commitment, C.UNDER_WAY)
    commitment.ended_at = None
    if commitment.lapses_at:
        commitment.lapses_at = max(commitment.lapses_at, at + days(clocks.CLAIM_LAPSES))
    need.reopened_count += 1
    need.outside_replied_at = None


def escalation_due(need: Need) -> tuple[datetime, str] | None:
    """When the need goes up by itself and why, if nothing happens until then; None when it does not."""
    if need.imported or need.handler.kind == ScopeKind.CITY or need.waiting_since:
        return None
    if need.status in ENDED:
        return None
    if need.status == S.DELIVERED:
        # By then two attempts in vain would have closed it.
        asked_by = (need.delivered_at or need.filed_at) + days(clocks.UNANSWERED) + days(clocks.ASK_WITHIN)
        due = (asked_by, Escalation.NOT_ASKED)
    elif need.responded_at is None and Escalation.RESPONSE not in need.escalated_for:
        due = (need.response_due_at, Escalation.RESPONSE)
    else:
        due = (need.solution_due_at, Escalation.SOLUTION)
    return None if due[1] in need.escalated_for else due


def responded(need: Need, *, at: datetime) -> None:
    """The asker heard from somebody: stops the response clock, once."""
    if need.responded_at is None:
        need.responded_at = at


def town_or_city(need: Need) -> tuple[int, str]:
    """The post above the community office for `need`: the town, or the city where that has it in hand."""
    if need.handler.kind == ScopeKind.CITY:
        return need.handler_id, Role.CITY
    return need.town_id, Role.TOWN


def _asks_for_an_office(need: Need, commitment: Commitment, at: datetime) -> tuple[int, str]:
    """The post that asks whether an office's work is good, and may record the answer (rules.may_proxy).

    A grid worker without part in it; else the town, or the city where the town's own office did it. Nothing is above
    the city's office: another one there asks, or the town where nobody else is.
    """
    if need.grid_id and not need.hidden_path and not need.walled:
        worker = (need.grid_id, Role.GRID_WORKER)
        if is_there(worker, at, but=named_on(commitment)):
            return worker
    if commitment.giver.kind == OrganisationKind.CITY_OFFICE:
        city = city_post(need)
        return city if is_there(city, at, but=named_on(commitment)) else (need.town_id, Role.TOWN)
    if commitment.giver.kind == OrganisationKind.TOWN_OFFICE:
        return city_post(need)
    return town_or_city(need)


def is_there(post: tuple[int, str], at: datetime, *, but: Collection[int]) -> bool:
    """Somebody has this post (scope id, role) today who is none of the users `but`. One query."""
    scope_id, role = post
    holders = Appointment.objects.filter(scope_id=scope_id, role=role, user__is_active=True)
    return held_on(holders, local_day(at)).exclude(user_id__in=but).exists()


def city_post(need: Need) -> tuple[int, str]:
    """The post of the need's city. One query."""
    return Scope.objects.values_list("parent_id", flat=True).get(pk=need.town_id), Role.CITY


def _asks_joined(need: Need, at: datetime) -> list[Waiting]:
    """Who asks the asker of a merged need, once the joint one is done: until there is an answer or enough attempts.

    Five queries.
    """
    into = need.joint
    if need.answered_at or need.contact_erased_at or into is None or not into.is_done:
        return []
    done = into.commitments.filter(status__in=DONE).select_related("giver__scope")
    last = done.order_by("-delivered_at", "-id").first()
    if last is None or last.delivered_at is None:
        return []
    if need.attempts.filter(at__gte=last.delivered_at).count() >= value(clocks.ATTEMPTS, at):
        return []
    handler = (need.handler_id, HANDLER_ROLE[need.handler.kind])
    post = _asks_for_an_office(need, last, at) if last.giver.kind in OFFICES else handler
    return [Waiting(*post, "ask_joined", last.delivered_at + days(clocks.ASK_WITHIN))]


def waiting(need: Need, at: datetime) -> list[Waiting]:
    """Who must do what next about `need`, by its state; at the most one line a post."""
    handler = (need.handler_id, HANDLER_ROLE[need.handler.kind])
    if need.status == S.FILED:
        lines = [Waiting(*handler, "verify", need.response_due_at)]
        if need.grid_id and not need.hidden_path and not need.walled:
            lines.append(Waiting(need.grid_id, Role.GRID_WORKER, "verify", need.response_due_at))
        return lines
    if need.status == S.DECLINED:
        undecided = None if need.upheld_at else need.contested_at
        return [Waiting(*decides(need), "decide", undecided)] if undecided else []
    if need.status == S.MERGED:
        return _asks_joined(need, at)
    if need.status in ENDED:
        return []
    lines = []
    for commitment in need.commitments.all():
        post = giver_post(commitment.giver)
        if commitment.status in (C.CLAIMED, C.UNDER_WAY):
            verb = "start" if commitment.status == C.CLAIMED else "deliver"
            if need.reopened_count and commitment.status == C.UNDER_WAY:
                verb = "redo"
            lines.append(Waiting(*post, verb, commitment.lapses_at or need.solution_due_at))
        elif commitment.status == C.DELIVERED:
            due = (commitment.delivered_at or need.filed_at) + days(clocks.ASK_WITHIN)
            asks = _asks_for_an_office(need, commitment, at) if commitment.giver.kind in OFFICES else handler
            lines.append(Waiting(*asks, "ask_asker", due))
    if need.status == S.VERIFIED:
        lines.append(Waiting(*handler, "arrange", need.solution_due_at))
    if need.status == S.PUBLISHED:
        lines.append(Waiting(*handler, "find_giver", need.solution_due_at))
    return list({(line.scope_id, line.role, line.verb): line for line in lines}.values())


def settle(need: Need, verb: str, before: str, *, actor: Actor, at: datetime, **params: Any) -> None:
    """The end of every operation on an existing need: history, save, tallies, desk, and the kind's `after`.

    `params` go into history: codes, numbers, ids and digests only.
    """
    if need.status != before:
        clocks.resume(need, at)
    need.due_at = next_due(need)
    goes_up = escalation_due(need)
    need.escalates_at = goes_up[0] if goes_up else None
    need.version += 1
    chain.record(need, f"need.{verb}", actor=actor, at=at, **params)
    vars(need).pop("story", None)
    _note_what_is_held_again(need)
    need.save()
    tallying.write_changed(need)
    queue.replace("need", need.pk, waiting(need, at))
    if need.status != before and {need.status, before} & {S.DELIVERED, S.CONFIRMED, S.MERGED}:
        for each in joined(need):
            queue.replace("need", each.pk, waiting(each, at))
    kind_of(need).after(need, Change(verb, before, need.status))


def say(need: Need, text: str, audience: str, *, actor: Actor, at: datetime) -> Message:
    """Keep words about `need` for `audience` (Message.Audience)."""
    return Message.objects.create(
        need=need, author=actor.user, role=actor.label(), audience=audience, text=text.strip()[:2000], at=at
    )


def _note_what_is_held_again(need: Need) -> None:
    """What was erased while the need goes on for others, and is there anew, is erased again in its time.

    Four queries for a need whose words were erased, none for others.
    """
    if need.contact_erased_at and (need.asker_name or need.asker_phone or need.place_detail):
        need.contact_erased_at = None
    if need.words_erased_at and holds_words(need):
        need.words_erased_at = None


def holds_words(need: Need) -> bool:
    """Anything that somebody wrote or photographed is kept of it."""
    written = Q(note__gt="") | Q(request__gt="") | Q(plan__gt="") | Q(end_reason__gt="")
    return (
        bool(need.text or need.public_text or need.end_reason)
        or need.messages.exists()
        or need.photos.exists()
        or need.commitments.filter(written).exists()
        or need.exclusions.filter(words__gt="").exists()
    )


def digest(need: Need, value: str) -> str:
    """What history keeps of words about `need`; '' for an empty one. The caller saves: an erased salt is made anew."""
    need.salt = need.salt or new_salt()
    return salted_digest(bytes(need.salt), value) if value else ""


def contact_digest(need: Need, value: str) -> str:
    """What history keeps of a part of the contact; its salt is erased with the contact. The caller saves."""
    need.contact_salt = need.contact_salt or new_salt()
    return salted_digest(bytes(need.contact_salt), value) if value else ""


def need_url(need: Need) -> str:
    """Where staff read the need."""
    return f"/workspace/needs/{need.number}/"
