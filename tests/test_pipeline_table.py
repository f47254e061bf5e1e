"""Every state × verb × role, from a table: who may do what, from where."""

from collections.abc import Callable

import pytest

from lianxin.accounts.actors import Actor
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import (
    assign_need,
    claim_need,
    close_unanswered,
    decline_need,
    deliver_need,
    merge_need,
    publish_need,
    record_answer,
    record_attempt,
    start_work,
    verify_need,
    withdraw_need,
)
from lianxin.needs.queries import need_for
from lianxin.needs.rules import VERBS, refusal
from lianxin.needs.states import Status
from tests.cast import Cast

SYSTEM = Actor(is_system=True)
TEXT = "想要几本课外书"


def filed(cast: Cast) -> Need:
    return cast.ask()


def verified(cast: Cast) -> Need:
    need = filed(cast)
    verify_need(need, actor=cast.actor("clerk"), at=cast.clock())
    return need


def published(cast: Cast) -> Need:
    need = filed(cast)
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_=TEXT)
    return need


def claimed(cast: Cast) -> Need:
    need = published(cast)
    claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    return need


def held(need: Need) -> Commitment:
    return need.commitments.latest("pk")


def under_way(cast: Cast) -> Need:
    need = claimed(cast)
    start_work(held(need), actor=cast.actor("liaison"), at=cast.clock())
    return need


def delivered(cast: Cast) -> Need:
    need = claimed(cast)
    deliver_need(held(need), actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
    return need


def confirmed(cast: Cast) -> Need:
    need = delivered(cast)
    record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=True)
    return need


def closed_unanswered(cast: Cast) -> Need:
    need = delivered(cast)
    for _ in range(2):
        record_attempt(held(need), actor=cast.actor("clerk"), at=cast.clock(days=1))
    assert close_unanswered(held(need), actor=SYSTEM, at=cast.clock(days=20))
    return need


def declined(cast: Cast) -> Need:
    need = filed(cast)
    decline_need(need, actor=cast.actor("clerk"), at=cast.clock(), reason="unclear", words="看不明白")
    return need


def merged(cast: Cast) -> Need:
    need, into = filed(cast), filed(cast)
    merge_need(need, actor=cast.actor("clerk"), at=cast.clock(), into=into)
    return need


def withdrawn(cast: Cast) -> Need:
    need = filed(cast)
    withdraw_need(need, actor=cast.asker(need), at=cast.clock())
    return need


REACH: dict[str, Callable[[Cast], Need]] = {
    Status.FILED: filed,
    Status.VERIFIED: verified,
    Status.PUBLISHED: published,
    Status.CLAIMED: claimed,
    Status.UNDER_WAY: under_way,
    Status.DELIVERED: delivered,
    Status.CONFIRMED: confirmed,
    Status.CLOSED_UNANSWERED: closed_unanswered,
    Status.DECLINED: declined,
    Status.MERGED: merged,
    Status.WITHDRAWN: withdrawn,
}

# Role of the cast → the verbs it may do to a wish of the north community in grid 1 that the water unit took on, in
# the states in which the verb starts at all. Everything that is not here is refused.
OFFICE = (
    "verify correct decline merge unmerge publish unpublish assign pass_up on_spot withdraw call_off confirm attempt "
    "answer_merged attempt_merged answer_asker comment reply_hotline ask_exclusion decide_exclusion take_back_exclusion"
)
ALLOWED: dict[str, str] = {
    "asker": "withdraw contest add_word confirm answer_again thank answer_merged correct_own",
    "public": "",
    "grid_worker": "verify on_spot confirm attempt answer_merged attempt_merged answer_asker comment",
    "grid_worker_2": "",
    "clerk": OFFICE,
    "south_clerk": "",
    "town_officer": f"{OFFICE} pass_down overturn uphold second_call",
    "city_officer": f"{OFFICE} pass_down overturn uphold second_call",
    "admin": "",
    "liaison": "claim start deliver give_back name_helpers agree_thanks answer_asker comment",
    "school_liaison": "claim",
    "outsider": "",
    "fitter": "",
    "housing_officer": "",
}

EVERY = "filed verified published claimed under_way delivered confirmed closed_unanswered declined merged withdrawn"

# The states in which each verb starts, written out a second time and by hand: the code's table is what is tested.
STARTS: dict[str, str] = {
    "verify": "filed",
    "on_spot": "filed verified",
    "correct": "filed verified published claimed under_way delivered",
    "decline": "filed verified published",
    "merge": "filed verified published",
    "unmerge": "merged",
    "publish": "filed verified",
    "unpublish": "published",
    "assign": "filed verified published",
    "pass_up": "filed verified published",
    "pass_down": "filed verified published",
    "claim": "published",
    "start": "claimed",
    "deliver": "claimed under_way",
    "give_back": "claimed under_way",
    "call_off": "claimed under_way",
    "name_helpers": "claimed under_way",
    "confirm": "delivered closed_unanswered",
    # Only over what somebody else recorded (needs/tests/test_answering_again.py).
    "answer_again": "",
    "answer_merged": "merged",
    "attempt": "delivered",
    "attempt_merged": "merged",
    "withdraw": "filed verified published claimed under_way",
    "contest": "declined",
    # Only what the office recorded (needs/tests/test_still_wanted.py).
    "still_wanted": "",
    "overturn": "declined",
    "uphold": "declined",
    "add_word": "filed verified published claimed under_way delivered closed_unanswered",
    "answer_asker": "filed verified published claimed under_way delivered",
    "comment": EVERY,
    "thank": "confirmed",
    "agree_thanks": "confirmed",
    "correct_own": EVERY,
    "ask_exclusion": (
        "filed verified published claimed under_way delivered confirmed closed_unanswered declined withdrawn"
    ),
    "decide_exclusion": EVERY,
    "take_back_exclusion": EVERY,
    "second_call": EVERY,
    # By whoever did the last step (DID_LAST).
    "take_back": EVERY,
    "reply_hotline": "delivered confirmed closed_unanswered declined merged withdrawn",
}
# Who did the step by which REACH leads to a state, where it can be taken back.
DID_LAST = {Status.DELIVERED: "liaison", Status.DECLINED: "clerk"}
# A giver talks about a need only while it holds it.
HOLDS = "claimed under_way delivered"


def actor_of(cast: Cast, role: str, need: Need) -> Actor:
    if role == "asker":
        return cast.asker(need)
    return Actor() if role == "public" else cast.actor(role)


def expected(role: str, verb: str, status: str) -> bool:
    if verb == "take_back":
        return DID_LAST.get(Status(status)) == role
    if verb not in ALLOWED[role].split() or status not in STARTS[verb].split():
        return False
    if role == "liaison" and verb in ("answer_asker", "comment"):
        return status in HOLDS.split()
    return True


def test_the_table_names_every_verb_and_every_state() -> None:
    assert set(STARTS) == set(VERBS)
    assert set(REACH) == set(Status.values)


@pytest.mark.parametrize("status", REACH)
def test_who_may_do_what_in_each_state(cast: Cast, status: str) -> None:
    need = REACH[status](cast)
    need.refresh_from_db()
    assert need.status == status
    commitment = need.commitments.order_by("pk").last()
    wrong = []
    for role in ALLOWED:
        actor = actor_of(cast, role, need)
        for verb in VERBS:
            found = refusal(actor, Need.objects.get(pk=need.pk), verb, commitment)
            if (found is None) != expected(role, verb, status):
                wrong.append(f"{role} {verb} {status}: {found!r}")
    assert wrong == []


SEES: dict[str, str] = {
    "clerk": "all",
    "grid_worker": "all",
    "town_officer": "all",
    "city_officer": "all",
    "grid_worker_2": "",
    "south_clerk": "",
    "admin": "",
    "outsider": "",
    "fitter": "",
    "housing_officer": "",
    "liaison": "published claimed under_way delivered confirmed closed_unanswered",
    "school_liaison": "published",
}


@pytest.mark.parametrize("status", REACH)
def test_who_sees_a_need_in_each_state(cast: Cast, status: str) -> None:
    need = REACH[status](cast)
    for role, states in SEES.items():
        may = states == "all" or status in states.split()
        assert (need_for(cast.actor(role), need.number) is not None) is may, (role, status)


@pytest.mark.parametrize(
    ("subject_kind", "subject", "blind", "seeing"),
    [
        ("office", None, ["clerk", "clerk_2", "grid_worker"], ["town_officer", "city_officer"]),
        ("grid_worker", None, ["clerk", "grid_worker"], ["town_officer"]),
        ("company", "company", ["fitter"], ["clerk", "town_officer"]),
        ("unit", "water_unit", ["liaison"], ["town_officer"]),
        ("system", None, [], ["city_officer"]),
    ],
)
def test_a_complaint_is_not_seen_by_its_subject(
    cast: Cast, subject_kind: str, subject: str | None, blind: list[str], seeing: list[str]
) -> None:
    need = cast.ask(
        kind="complaint",
        category=cast.fees,
        subject_kind=subject_kind,
        subject=getattr(cast, subject) if subject else None,
    )
    for role in blind:
        assert need_for(cast.actor(role), need.number) is None
        assert all(refusal(cast.actor(role), Need.objects.get(pk=need.pk), verb) is not None for verb in VERBS), role
    for role in seeing:
        assert need_for(cast.actor(role), need.number) is not None


def test_a_complaint_is_not_given_to_the_one_it_is_about(cast: Cast) -> None:
    need = cast.ask(kind="complaint", category=cast.fees, subject_kind="company", subject=cast.company)
    with pytest.raises(Exception, match="about"):
        assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
