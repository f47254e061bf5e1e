"""Who may do what, from which state: one table, read by operations, pages, API and tests alike."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import GIVER_ROLES, Role, ScopeKind
from lianxin.core.errors import NotAllowed, Refusal, WrongState
from lianxin.history.models import Entry
from lianxin.needs.answers import Answer
from lianxin.needs.kinds import kind_of
from lianxin.needs.models import Commitment, Need
from lianxin.needs.states import ACTIVE, HOLDING, OPEN
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Status as S
from lianxin.organisations.models import Organisation, OrganisationKind

HANDLER_ROLE = {
    ScopeKind.COMMUNITY.value: Role.OFFICE,
    ScopeKind.TOWN.value: Role.TOWN,
    ScopeKind.CITY.value: Role.CITY,
}
GIVER_ROLE = {
    OrganisationKind.UNIT.value: Role.LIAISON,
    OrganisationKind.COMPANY.value: Role.COMPANY,
    OrganisationKind.DEPARTMENT.value: Role.DEPARTMENT,
    OrganisationKind.COMMUNITY_OFFICE.value: Role.OFFICE,
    OrganisationKind.TOWN_OFFICE.value: Role.TOWN,
    OrganisationKind.CITY_OFFICE.value: Role.CITY,
}
OFFICES = (OrganisationKind.COMMUNITY_OFFICE, OrganisationKind.TOWN_OFFICE, OrganisationKind.CITY_OFFICE)


def giver_post(giver: Organisation) -> tuple[int, str]:
    """The post (scope id, role) that acts for `giver`: an office's is the place it runs."""
    role = GIVER_ROLE.get(giver.kind, Role.LIAISON)
    if giver.kind in OFFICES and giver.scope.parent_id is not None:
        return giver.scope.parent_id, role
    return giver.pk, role


def sees(actor: Actor, need: Need) -> bool:
    """Is `need` hidden from the actor as the subject of a complaint, or as no party to a walled need?"""
    if need.hidden_path and need.hidden_path in actor.chain:
        return False
    return not need.walled or need.parties.filter(scope_id__in=actor.scope_ids()).exists()


def handles(actor: Actor, need: Need) -> bool:
    """The level that has the need in hand, or one above it: office, town, city."""
    if not sees(actor, need):
        return False
    if actor.has(Role.CITY):
        return True
    kind = need.handler.kind
    if kind == ScopeKind.CITY:
        return False
    if actor.holds(need.town_id, Role.TOWN):
        return True
    return kind == ScopeKind.COMMUNITY and actor.holds(need.handler_id, Role.OFFICE)


def on_grid(actor: Actor, need: Need) -> bool:
    """The grid worker of the need's grid."""
    return sees(actor, need) and actor.holds(need.grid_id, Role.GRID_WORKER)


def on_call(actor: Actor, need: Need) -> bool:
    """On duty now for the place above that has the open need in hand; no complaint that is hidden, nothing walled."""
    duty = actor.duty_ids
    if not duty or need.handler_id not in duty:
        return False
    return need.ended_at is None and not need.hidden_path and not need.walled


def acts_for(actor: Actor, commitment: Commitment) -> bool:
    """May act for the commitment's giver: its liaison, company or department staff, or the office's staff."""
    scope_id, role = giver_post(commitment.giver)
    if actor.holds(scope_id, role):
        return True
    return commitment.staff_id is not None and commitment.staff_id == actor.user_id


def is_named_on(actor: Actor, commitment: Commitment) -> bool:
    """The actor's user took it on, delivered it, or was sent."""
    return actor.user_id in named_on(commitment)


def named_on(commitment: Commitment) -> set[int]:
    """The users who took it on, delivered it, or were sent."""
    part = (commitment.claimed_by_id, commitment.delivered_by_id, commitment.staff_id)
    return {user_id for user_id in part if user_id is not None}


def may_proxy(actor: Actor, need: Need, commitment: Commitment) -> bool:
    """May record the asker's answer for them (DOMAIN §4).

    Never who is named on the commitment, never for one's own organisation. When an office delivered: the grid
    worker not on it, or the level above; nothing is above the city's, so another one there, or the town.
    """
    if actor.user_id is None or is_named_on(actor, commitment):
        return False
    if actor.holds(commitment.giver_id, *GIVER_ROLES):
        return False
    if on_grid(actor, need):
        return True
    if commitment.giver.kind == OrganisationKind.CITY_OFFICE:
        return _town(actor, need, commitment)
    if not handles(actor, need):
        return False
    # One's own office delivered: a second post at a higher level does not help either.
    return not _had_part(actor, commitment)


def handed_in(actor: Actor, need: Need) -> bool:
    """A wish of the staff of the actor's own unit: the unit sees numbers and states, never words (DOMAIN §3)."""
    return need.batch is not None and actor.holds(need.batch.organisation_id, Role.LIAISON)


def may_claim_for(actor: Actor, need: Need, giver_id: int) -> bool:
    """The liaison of a unit whose alliance covers the need's community, and who did not hand it in."""
    if not actor.holds(giver_id, Role.LIAISON) or not sees(actor, need) or handed_in(actor, need):
        return False
    return need.community.memberships.filter(organisation_id=giver_id).exists()


def is_asker(actor: Actor, need: Need) -> bool:
    """Has shown the need's tracking code, and no post of staff beside it."""
    return actor.asks_for == need.pk and not actor.posts


# Steps that whoever did them by mistake can take back, until something else happens to the need; and what does not
# count as something else.
TAKEN_BACK = frozenset(
    f"need.{step}" for step in ("declined", "withdrawn", "delivered", "handled", "attempt", "confirmed", "not_solved")
)
BESIDE = ("need.commented", "need.answered")

Check = Callable[[Actor, Need, Commitment | None], bool]


@dataclass(frozen=True)
class Verb:
    """From which states a verb starts, who may do it, and how that is said to the one who may not."""

    states: tuple[str, ...]
    who: str | Promise
    allowed: Check
    commitment: tuple[str, ...] = ()


def _handles(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return handles(actor, need)


def _handles_or_grid(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return handles(actor, need) or on_grid(actor, need)


def _handles_or_on_call(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return handles(actor, need) or on_call(actor, need)


def _verifies(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return handles(actor, need) or on_grid(actor, need) or on_call(actor, need)


def _town(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return sees(actor, need) and (actor.has(Role.CITY) or actor.holds(need.town_id, Role.TOWN))


def _level_above(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return handles(actor, need) and _town(actor, need, commitment)


def decides(need: Need) -> tuple[int, str]:
    """The post (scope id, role) that decides on a contested decline: above the office that declined, or the city."""
    if need.handler.kind == ScopeKind.COMMUNITY:
        return need.town_id, Role.TOWN
    city_id = need.handler.parent_id if need.handler.kind == ScopeKind.TOWN else need.handler_id
    return int(city_id or need.handler_id), Role.CITY


def _decides(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return handles(actor, need) and (actor.has(Role.CITY) or actor.holds(*decides(need)))


def _asker(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return is_asker(actor, need)


def _never_withdrew(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return is_asker(actor, need) and need.end_reason != ""


def _asker_or_office(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return is_asker(actor, need) or handles(actor, need)


def _giver(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return commitment is not None and acts_for(actor, commitment) and sees(actor, need)


def _office_not_giver(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return commitment is not None and handles(actor, need)


def _second_person(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return handles(actor, need) and actor.user_id is not None and need.exclusion_asked_by_id != actor.user_id


def _second_caller(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    """Of the call that is to be made: who neither recorded the answer nor had a part in what was done."""
    if not _town(actor, need, commitment):
        return False
    call = need.pending_call
    if call is None:
        return True
    return call.answer.by_id != actor.user_id and not any(_had_part(actor, part) for part in asked_about(call.answer))


def asked_about(answer: Answer) -> list[Commitment]:
    """What an answer is about: a part, or of a merged need everything that was done for the joint one."""
    if answer.commitment is not None:
        return [answer.commitment]
    into = answer.need.joint
    return list(into.commitments.filter(status__in=HOLDING).select_related("giver__scope")) if into else []


def _had_part(actor: Actor, commitment: Commitment) -> bool:
    """Is named on it, or works in the office that did it; of the city's, above which is nobody, only who is named."""
    ours = commitment.giver.kind in OFFICES and commitment.giver.kind != OrganisationKind.CITY_OFFICE
    return is_named_on(actor, commitment) or (ours and actor.holds(*giver_post(commitment.giver)))


def _liaison(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return sees(actor, need) and any(may_claim_for(actor, need, u) for u in actor.scope_ids(Role.LIAISON))


def _answerer(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    if is_asker(actor, need):
        return True
    if commitment is None or not sees(actor, need):
        return False
    return may_proxy(actor, need, commitment) or kind_of(need).may_confirm(need, commitment, actor)


def speaks_for_oneself(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    """The asker, for whom somebody else recorded that this part is solved."""
    if commitment is None or commitment.status != C.CONFIRMED or not is_asker(actor, need):
        return False
    last = need.answers.filter(commitment=commitment).order_by("at", "pk").last()
    return last is not None and last.by_id is not None


def answered_by_another(actor: Actor, need: Need) -> bool:
    """The asker of a merged need, for whom somebody else recorded the answer. One query."""
    last = need.answers.order_by("at", "pk").last() if is_asker(actor, need) else None
    return last is not None and last.by_id is not None


def _recorder(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    # Two calls in vain close it: whoever did the work says no more of them than of the answer.
    return commitment is not None and sees(actor, need) and may_proxy(actor, need, commitment)


def last_step(need: Need) -> Entry | None:
    """The newest entry of the need's history, remarks and letters left aside."""
    return next((entry for entry in reversed(need.story) if entry.code not in BESIDE), None)


def _did_it_last(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    if actor.user_id is None or not sees(actor, need):
        return False
    step = last_step(need)
    if step is None or step.imported:  # a workbook's steps are not the importer's
        return False
    return step.code in TAKEN_BACK and step.actor_id == actor.user_id


def _merged_answerer(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    return is_asker(actor, need) or _asks_joined(actor, need, commitment)


def _asks_joined(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    """Of a merged need: nobody with a part in the joint one. Three queries and more for a merged need."""
    if actor.user_id is None or not (handles(actor, need) or on_grid(actor, need)):
        return False
    into = need.joint
    if into is None:
        return True
    held = into.commitments.filter(status__in=HOLDING).select_related("giver__scope")
    return all(may_proxy(actor, need, each) for each in held)


def _talks(actor: Actor, need: Need, commitment: Commitment | None) -> bool:
    if handles(actor, need) or on_grid(actor, need) or on_call(actor, need):
        return True
    return any(acts_for(actor, c) and sees(actor, need) for c in active_commitments(need))


def active_commitments(need: Need) -> list[Commitment]:
    """The commitments under way; uses what `need` has prefetched."""
    return [c for c in need.commitments.all() if c.status in ACTIVE]


# A need with several parts may have one delivered while another still waits for a giver: the commitment's own
# state decides then.
IN_HANDS = (S.VERIFIED, S.PUBLISHED, S.CLAIMED, S.UNDER_WAY)

# A merged need counts with another one already.
COUNTED_ENDS = (S.CONFIRMED, S.CLOSED_UNANSWERED, S.DECLINED, S.WITHDRAWN)

_OFFICE = _("the office that has it in hand, or the town")
_GIVER = _("whoever took it on")
_ASKER = _("the one who asked")
_SECOND = _("the town or the city, and nobody who recorded it or had a part in it")
_NO_PART = _("the office or the grid worker, who had no part in it")

# Whoever is on call does what can't wait: verify, answer, assign, pass up; the rest is the office's in the morning.
VERBS: dict[str, Verb] = {
    "verify": Verb((S.FILED,), _("the community office or the grid worker of the grid"), _verifies),
    "on_spot": Verb((S.FILED, S.VERIFIED), _("the community office or the grid worker of the grid"), _handles_or_grid),
    "correct": Verb(OPEN, _OFFICE, _handles),
    "decline": Verb((S.FILED, S.VERIFIED, S.PUBLISHED), _OFFICE, _handles),
    "merge": Verb((S.FILED, S.VERIFIED, S.PUBLISHED), _OFFICE, _handles),
    "unmerge": Verb((S.MERGED,), _OFFICE, _handles),
    "publish": Verb((S.FILED, S.VERIFIED), _OFFICE, _handles),
    "unpublish": Verb((S.PUBLISHED,), _OFFICE, _handles),
    "assign": Verb((S.FILED, S.VERIFIED, S.PUBLISHED), _OFFICE, _handles_or_on_call),
    "pass_up": Verb((S.FILED, S.VERIFIED, S.PUBLISHED), _OFFICE, _handles_or_on_call),
    "pass_down": Verb((S.FILED, S.VERIFIED, S.PUBLISHED), _("the town or the city"), _level_above),
    "claim": Verb((S.PUBLISHED,), _("the liaison of a unit in the community's alliance"), _liaison),
    "start": Verb(IN_HANDS, _GIVER, _giver, (C.CLAIMED,)),
    "deliver": Verb(IN_HANDS, _GIVER, _giver, (C.CLAIMED, C.UNDER_WAY)),
    "give_back": Verb(IN_HANDS, _GIVER, _giver, (C.CLAIMED, C.UNDER_WAY)),
    "call_off": Verb(IN_HANDS, _OFFICE, _office_not_giver, (C.CLAIMED, C.UNDER_WAY)),
    "name_helpers": Verb(IN_HANDS, _GIVER, _giver, (C.CLAIMED, C.UNDER_WAY)),
    "confirm": Verb(
        (*IN_HANDS, S.DELIVERED, S.CLOSED_UNANSWERED),
        _("the one who asked, or a person who had no part in it"),
        _answerer,
        (C.DELIVERED, C.CLOSED_UNANSWERED),
    ),
    "answer_again": Verb(
        (*IN_HANDS, S.DELIVERED, S.CONFIRMED),
        _("the one who asked, when somebody else recorded the answer"),
        speaks_for_oneself,
        (C.CONFIRMED,),
    ),
    "answer_merged": Verb((S.MERGED,), _("the one who asked, or a person who had no part in it"), _merged_answerer),
    "attempt": Verb((*IN_HANDS, S.DELIVERED), _NO_PART, _recorder, (C.DELIVERED,)),
    "attempt_merged": Verb((S.MERGED,), _NO_PART, _asks_joined),
    "withdraw": Verb(
        (S.FILED, S.VERIFIED, S.PUBLISHED, S.CLAIMED, S.UNDER_WAY),
        _("the one who asked, or the office for them"),
        _asker_or_office,
    ),
    "still_wanted": Verb((S.WITHDRAWN,), _("the one who asked, when the office recorded it"), _never_withdrew),
    "contest": Verb((S.DECLINED,), _ASKER, _asker),
    "overturn": Verb((S.DECLINED,), _("the level above the office that declined it"), _decides),
    "uphold": Verb((S.DECLINED,), _("the level above the office that declined it"), _decides),
    "add_word": Verb((*OPEN, S.CLOSED_UNANSWERED), _ASKER, _asker),
    "correct_own": Verb(tuple(S), _ASKER, _asker),
    "answer_asker": Verb(OPEN, _("the office, the grid worker or whoever took it on"), _talks),
    "comment": Verb(tuple(S), _("the office, the grid worker or whoever took it on"), _talks),
    "second_call": Verb(
        tuple(S), _("the town or the city, and nobody who recorded it or had a part in it"), _second_caller
    ),
    "take_back": Verb((*OPEN, *COUNTED_ENDS), _("whoever did the last step"), _did_it_last),
    "reply_hotline": Verb(
        (S.DELIVERED, S.CONFIRMED, S.CLOSED_UNANSWERED, S.DECLINED, S.MERGED, S.WITHDRAWN), _OFFICE, _handles
    ),
    "thank": Verb((S.CONFIRMED,), _ASKER, _asker),
    "agree_thanks": Verb((S.CONFIRMED,), _GIVER, _giver, (C.CONFIRMED,)),
    "ask_exclusion": Verb((*OPEN, *COUNTED_ENDS), _OFFICE, _handles),
    "decide_exclusion": Verb(tuple(S), _("a second person of the office, or the town"), _second_person),
    "take_back_exclusion": Verb(tuple(S), _OFFICE, _handles),
}


def refusal(
    actor: Actor,
    need: Need,
    verb: str,
    commitment: Commitment | None = None,
    giver: Organisation | None = None,
) -> Refusal | None:
    """Why `actor` can't do `verb` to `need` now, or None when it can: permission, then state, then the kind."""
    rule = VERBS[verb]
    if not rule.allowed(actor, need, commitment):
        return NotAllowed(__("Only %(who)s can do this.") % {"who": rule.who})
    if need.status not in rule.states:
        status = S(need.status).label
        return WrongState(
            __("%(number)s now stands at “%(status)s”; this can't be done from there.")
            % {"number": need.number, "status": status}
        )
    if rule.commitment and (commitment is None or commitment.status not in rule.commitment):
        return WrongState(__("This commitment has already moved on."))
    return kind_of(need).may(need, verb, actor, giver)


def require(
    actor: Actor,
    need: Need,
    verb: str,
    commitment: Commitment | None = None,
    giver: Organisation | None = None,
) -> None:
    """Raise the refusal that `refusal` finds."""
    if found := refusal(actor, need, verb, commitment, giver):
        raise found
