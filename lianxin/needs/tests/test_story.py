"""One need from asking to confirmed, and the ways back."""

import pytest

from lianxin.core.errors import NotAllowed, WrongState
from lianxin.history import chain
from lianxin.needs.operations import (
    assign_need,
    claim_need,
    deliver_need,
    give_back,
    publish_need,
    record_answer,
    start_work,
    verify_need,
)
from lianxin.needs.states import Status
from tests.cast import Cast, fresh


def test_a_wish_goes_from_asking_to_confirmed(cast: Cast) -> None:
    need = cast.ask()
    verify_need(need, actor=cast.actor("grid_worker"), at=cast.clock())
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    start_work(claim, actor=cast.actor("liaison"), at=cast.clock())
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
    assert fresh(need).status == Status.DELIVERED
    record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=True, satisfaction="satisfied")
    need = fresh(need)
    assert need.status == Status.CONFIRMED
    assert need.answered_via == "self"
    assert [e.code for e in chain.of(need)] == [
        "need.filed",
        "need.verified",
        "need.published",
        "need.claimed",
        "need.started",
        "need.delivered",
        "need.confirmed",
    ]
    assert list(chain.broken([(need.chain_key, need.history_seq, need.history_head)])) == []


def test_not_solved_goes_back_to_the_giver_and_given_back_returns_to_the_pool(cast: Cast) -> None:
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
    record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=False)
    assert fresh(need).status == Status.UNDER_WAY
    give_back(claim, actor=cast.actor("liaison"), at=cast.clock(), reason="no_means")
    assert fresh(need).status == Status.PUBLISHED
    again = claim_need(need, actor=cast.actor("school_liaison"), at=cast.clock(), giver=cast.school_unit)
    deliver_need(again, actor=cast.actor("school_liaison"), at=cast.clock(), note="又送了")
    record_answer(again, actor=cast.actor("clerk"), at=cast.clock(), solved=True)
    assert fresh(need).status == Status.CONFIRMED
    assert fresh(need).answered_via == "proxy"


def test_a_giver_cannot_confirm_its_own_work(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp)
    claim = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.office)
    deliver_need(claim, actor=cast.actor("clerk_2"), at=cast.clock(), note="换好了")
    for name in ("clerk", "clerk_2"):
        with pytest.raises(NotAllowed):
            record_answer(claim, actor=cast.actor(name), at=cast.clock(), solved=True)
    record_answer(claim, actor=cast.actor("grid_worker"), at=cast.clock(), solved=True)
    assert fresh(need).status == Status.CONFIRMED


def test_the_second_to_claim_reads_who_was_first(cast: Cast) -> None:
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    with pytest.raises(WrongState, match=cast.water_unit.label):
        claim_need(need, actor=cast.actor("school_liaison"), at=cast.clock(), giver=cast.school_unit)
