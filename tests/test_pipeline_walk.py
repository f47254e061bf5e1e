"""A walk at random through the pipeline: whatever people do, in whatever order, the record stays possible."""

import os
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lianxin.accounts.actors import Actor
from lianxin.core.errors import Refusal
from lianxin.desk.models import DeskItem
from lianxin.figures import tallies
from lianxin.figures.models import Delta
from lianxin.history import chain
from lianxin.needs import operations as ops
from lianxin.needs.answers import Answer
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations.steps import derived_status
from lianxin.needs.queries import need_for, with_commitments
from lianxin.needs.rules import VERBS, acts_for, is_named_on, refusal
from lianxin.needs.states import ACTIVE, ENDED, HOLDING, Status
from lianxin.places.lookup import standing
from lianxin.places.models import Grid
from lianxin.places.regridding import merge_grid, split_grid
from tests.cast import Cast, build

SYSTEM = Actor(is_system=True)
STAFF = [
    "clerk",
    "clerk_2",
    "south_clerk",
    "grid_worker",
    "grid_worker_2",
    "town_officer",
    "city_officer",
    "liaison",
    "school_liaison",
    "outsider",
    "fitter",
    "housing_officer",
    "admin",
]
ANYBODY = ["asker", *STAFF]
UNITS = {"liaison": "water_unit", "school_liaison": "school_unit", "outsider": "outside_unit"}
TALK = ("comment", "answer_asker", "add_word", "correct", "correct_own")
EXCLUDING = ("ask_exclusion", "decide_exclusion", "take_back_exclusion")
FORWARD = ("publish", "assign", "claim", "start", "deliver", "confirm", "thank")
PICK = st.integers(0, 2)
GIVERS = ["office", "water_unit", "school_unit", "company", "housing", "town_office", "city_office"]
COMPLAINT = {"kind": "complaint", "subject_kind": "company"}


class Walk(RuleBasedStateMachine):
    """Operations in any order by anybody; refusals are fine, broken promises are not."""

    @initialize()
    def begin(self) -> None:
        self.cast: Cast = build()
        self.needs: list[Need] = [self.cast.ask()]
        self.actors = {name: self.cast.actor(name) for name in STAFF}

    def actor(self, name: str, need: Need) -> Actor:
        return self.actors[name] if name in self.actors else self.cast.asker(need)

    def do(self, verb: str, by: str, need: Need, commitment: Commitment | None, choice: int) -> None:
        """One verb by one actor; a refusal changes nothing and is not an error."""
        actor = self.actor(by, need)
        who: dict[str, Any] = {"actor": actor, "at": self.cast.clock()}
        giver = getattr(self.cast, GIVERS[choice % len(GIVERS)])
        unit = getattr(self.cast, UNITS.get(by, "outside_unit"))
        other = Need.objects.get(pk=self.needs[choice % len(self.needs)].pk)
        solved = bool(choice % 3)
        runs: dict[str, Callable[[], object]] = {
            "verify": lambda: ops.verify_need(need, **who),
            "correct": lambda: ops.correct_need(need, version=need.version, urgency="urgent", **who),
            "publish": lambda: ops.publish_need(need, public_text_="想要几本课外书", **who),
            "unpublish": lambda: ops.unpublish_need(need, **who),
            "assign": lambda: ops.assign_need(need, giver=giver, **who),
            "decline": lambda: ops.decline_need(need, reason="unclear", words="看不明白", **who),
            "pass_up": lambda: ops.pass_up(need, note="请镇里看", **who),
            "pass_down": lambda: ops.pass_down(need, note="请社区办", **who),
            "overturn": lambda: ops.overturn_decline(need, **who),
            "uphold": lambda: ops.uphold_decline(need, words="确实不归我们", **who),
            "merge": lambda: ops.merge_need(need, into=other, **who),
            "unmerge": lambda: ops.unmerge_need(need, **who),
            "claim": lambda: ops.claim_need(need, giver=unit, **who),
            "withdraw": lambda: ops.withdraw_need(need, words="不要了", **who),
            "still_wanted": lambda: ops.still_wanted(need, **who),
            "contest": lambda: ops.contest_decline(need, **who),
            "add_word": lambda: ops.add_word(need, text="还有一件事", **who),
            "answer_asker": lambda: ops.answer_asker(need, text="已经在办", **who),
            "correct_own": lambda: ops.correct_own(
                need, name="", phone="", place_detail="三楼", giver_may_call=False, publish_ok=bool(choice % 3), **who
            ),
            "take_back": lambda: ops.take_back(need, **who),
            "on_spot": lambda: ops.handle_need(need, note="办好了", **who),
            "comment": lambda: ops.comment_need(need, text="先打电话", **who),
            "thank": lambda: ops.thank_giver(need, text="谢谢", agrees=True, **who),
            "second_call": lambda: ops.record_second_call(
                need, result=["agrees", "differs", "not_reached"][choice % 3], solved=bool(choice % 2), **who
            ),
            "ask_exclusion": lambda: ops.ask_exclusion(need, reason="beyond", words="全城停电", **who),
            "decide_exclusion": lambda: ops.decide_exclusion(need, approved=bool(choice % 4), **who),
            "take_back_exclusion": lambda: ops.take_back_exclusion(need, **who),
            "answer_merged": lambda: ops.answer_merged(need, solved=solved, **who),
            "attempt_merged": lambda: ops.record_attempt_merged(need, **who),
        }
        if commitment is not None:
            held = commitment
            acted = acts_for(actor, held) or is_named_on(actor, held)

            def confirm() -> None:
                ops.record_answer(held, solved=solved, satisfaction="satisfied", **who)
                assert not acted, f"{by} confirmed its own work"

            runs |= {
                "start": lambda: ops.start_work(held, **who),
                "deliver": lambda: ops.deliver_need(held, note="办好了", **who),
                "give_back": lambda: ops.give_back(held, reason="no_time", **who),
                "call_off": lambda: ops.call_off(held, words="换一家", **who),
                "name_helpers": lambda: ops.name_helpers(held, helpers=[], **who),
                "attempt": lambda: ops.record_attempt(held, **who),
                "agree_thanks": lambda: ops.agree_to_thanks(held, agrees=bool(choice % 2), **who),
                "confirm": confirm,
                "answer_again": confirm,
            }
        if verb in runs:
            with suppress(Refusal):
                runs[verb]()

    def pick(self, which: int, held: int) -> tuple[Need, Commitment | None]:
        need = Need.objects.get(pk=self.needs[which % len(self.needs)].pk)
        found = list(need.commitments.select_related("giver__scope").order_by("-pk"))
        return need, found[held % len(found)] if found else None

    @rule(kind=st.sampled_from(["wish", "repair", "complaint"]), by=st.sampled_from(["", "clerk", "grid_worker"]))
    @precondition(lambda self: len(self.needs) < 3)
    def file(self, kind: str, by: str) -> None:
        changes: dict[str, object] = {"kind": kind}
        if kind == "complaint":
            changes = COMPLAINT | {"subject": self.cast.company, "category": self.cast.fees}
        elif kind == "repair":
            changes["category"] = self.cast.lamp
        self.needs.append(self.cast.ask(self.actors.get(by), **changes))

    @rule(
        which=st.integers(0, 2),
        held=st.integers(0, 2),
        by=st.sampled_from(ANYBODY),
        verb=st.sampled_from(list(VERBS)),
        choice=st.integers(0, 99),
    )
    def anybody_tries_anything(self, which: int, held: int, by: str, verb: str, choice: int) -> None:
        need, commitment = self.pick(which, held)
        self.do(verb, by, need, commitment, choice)

    @rule(which=st.integers(0, 2), turn=st.integers(0, 10_000), choice=st.integers(0, 99))
    def somebody_goes_on(self, which: int, turn: int, choice: int) -> None:
        """One of the verbs that somebody may do now, so that walks get far."""
        need, commitment = self.pick(which, 0)
        # Two steps of three go forward, the third aside: back, up, away, or to an end; by verb first, for many may
        # comment or merge and few may decline.
        verbs = [verb for verb in VERBS if verb not in (*TALK, *EXCLUDING)]
        Random(turn).shuffle(verbs)
        verbs.sort(key=lambda verb: (verb in FORWARD) != bool(turn % 3))
        able = ((v, by) for v in verbs for by in ANYBODY if not refusal(self.actor(by, need), need, v, commitment))
        if found := next(able, None):
            self.do(*found, need, commitment, choice)

    @rule(which=st.integers(0, 2), by=st.sampled_from(["clerk", "town_officer"]), choice=st.integers(0, 99))
    def it_is_declined_and_the_asker_objects(self, which: int, by: str, choice: int) -> None:
        need, _commitment = self.pick(which, 0)
        self.do("decline", by, need, None, choice)
        need.refresh_from_db()
        self.do("contest", "asker", need, None, choice)

    @rule(which=st.integers(0, 2), choice=st.integers(0, 99))
    def it_is_given_done_and_answered(self, which: int, choice: int) -> None:
        """As far on this way as the need goes, or not all of it."""
        for verb in ("assign", "start", "deliver", "confirm")[: choice % 4 + 1]:
            need, commitment = self.pick(which, 0)
            if by := next((by for by in ANYBODY if not refusal(self.actor(by, need), need, verb, commitment)), None):
                self.do(verb, by, need, commitment, choice)

    @rule(which=st.integers(0, 2), turn=st.integers(0, 99))
    def it_is_left_out_or_counts_again(self, which: int, turn: int) -> None:
        """Asked by one, decided by another or by the same in vain, or taken back."""
        need, _commitment = self.pick(which, 0)
        if need.excluded_at or (need.exclusion_asked_by_id and turn % 5 == 0):
            self.do("take_back_exclusion", "clerk", need, None, turn)
        elif need.exclusion_asked_by_id:
            self.do("decide_exclusion", ["clerk", "clerk_2", "town_officer"][turn % 3], need, None, turn)
        else:
            self.do("ask_exclusion", "clerk", need, None, turn)
        need.refresh_from_db()
        if need.excluded_at:
            EXCLUDED.add(need.status)

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        at = self.cast.clock(days=days)
        for commitment in Commitment.objects.filter(status__in=ACTIVE):
            for job in (ops.lapse_claim, ops.close_unanswered):
                with suppress(Refusal):
                    job(commitment, actor=SYSTEM, at=at)

    @rule(which=st.integers(0, 2), by=st.sampled_from(["asker", "clerk", "town_officer"]))
    @precondition(lambda self: self.cast.clock.at.minute % 5 == 0)
    def an_asker_has_it_erased(self, which: int, by: str) -> None:
        need, _commitment = self.pick(which, 0)
        with suppress(Refusal):
            ops.erase_on_request(need, actor=self.actor(by, need), at=self.cast.clock())

    @rule(which=st.integers(0, 9), split=st.booleans())
    @precondition(lambda self: self.cast.clock.at.minute % 3 == 0)
    def grids_are_drawn_anew(self, which: int, split: bool) -> None:
        """A grid is split where it has two addresses, or ends in another one; askers go on with what stands."""
        grids = list(Grid.objects.standing().filter(community=self.cast.north).order_by("pk"))
        grid, into = grids[which % len(grids)], grids[(which + 1) % len(grids)]
        who: dict[str, Any] = {"actor": self.actors["city_officer"], "at": self.cast.clock()}
        with suppress(Refusal):
            if split:
                code = f"grid-{Grid.objects.count() + 1}"
                home = grid.households.order_by("label").last()
                labels = [home.label] if home else []
                named: dict[str, Any] = {"code": code, "values": {"name": code}, "labels": labels}
                split_grid(grid, key=self.cast.key(), **named, **who)
            else:
                merge_grid(grid, into=into, **who)
            DRAWN.add(split)
        self.cast.things["grid_1"] = standing(Grid.objects.get(pk=self.cast.grid_1.pk))
        self.actors = {name: self.cast.actor(name) for name in STAFF}

    @rule()
    def the_night_comes(self) -> None:
        """Differences are folded, and all tallies are compared with the records; a wrong one would stay wrong."""
        tallies.fold()
        assert not Delta.objects.exists()
        self.compare()

    def compare(self) -> None:
        found = tallies.compare()
        assert found.wrong == {} and found.counts > 0

    def is_to_be_asked(self, need: Need) -> bool:
        """Of a merged need: the joint one is done, and nobody has answered, was called in vain twice, or went away."""
        joint = need.joint
        if joint is None or not joint.is_done:
            return False
        held = [c for c in joint.commitments.all() if c.status in HOLDING]
        tried = need.attempts.filter(at__gte=held[0].delivered_at).count()
        return need.answered_at is None and need.contact_erased_at is None and tried < 2

    @invariant()
    def the_record_is_possible(self) -> None:
        if not hasattr(self, "needs"):
            return
        REACHED.update(n.status for n in Need.objects.filter(pk__in=[n.pk for n in self.needs]))
        for need in with_commitments(Need.objects.filter(pk__in=[n.pk for n in self.needs])):
            held = [c for c in need.commitments.all() if c.status in HOLDING]
            assert len(held) <= 1
            if need.status in (Status.CLAIMED, Status.UNDER_WAY, Status.DELIVERED, Status.CONFIRMED):
                assert need.status == derived_status(need, need.parts.all(), held)
            if need.status in (Status.PUBLISHED, Status.VERIFIED, Status.FILED):
                assert held == []
            assert (need.status in ENDED) == (need.ended_at is not None)
            if need.status == Status.CONFIRMED:
                last = Answer.objects.filter(need=need).latest("pk")
                assert last.solved and need.solved
            waits = DeskItem.objects.filter(object_type="need", object_id=need.pk).exists()
            if need.status == Status.MERGED:
                assert waits == self.is_to_be_asked(need)
            elif need.status not in ENDED:
                assert waits, need.status
            elif not (need.contested_at and not need.upheld_at):
                assert not waits, need.status
            if need.hidden_path:
                assert need_for(self.cast.actor("fitter"), need.number) is None
            assert need.filed_at <= (need.verified_at or need.filed_at)

    @invariant()
    def history_verifies(self) -> None:
        if hasattr(self, "needs"):
            heads = Need.objects.values_list("number", "history_seq", "history_head")
            assert list(chain.broken([(f"need:{n}", seq, head) for n, seq, head in heads])) == []


REACHED: set[str] = set()
EXCLUDED: set[str] = set()
DRAWN: set[bool] = set()
STEPS = 40


SHORT = 36  # 1,440 steps


class InTransaction(Walk):
    """A walk that leaves nothing behind in the database."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self) -> None:
        try:
            self.compare()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


def walk(examples: int) -> None:
    """`examples` walks of STEPS steps each; the same ones every time in CI, and when they are few."""
    run_state_machine_as_test(
        InTransaction,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize="CI" in os.environ or examples == SHORT,
        ),
    )
    # A walk that never leaves the office would prove nothing.
    assert {Status.CLAIMED, Status.UNDER_WAY, Status.DELIVERED, Status.CONFIRMED, Status.DECLINED} <= REACHED
    assert EXCLUDED, "no walk excluded anything"
    assert {True, False} == DRAWN, "no walk split and merged a grid"


@pytest.mark.django_db
def test_no_walk_leads_to_an_impossible_state() -> None:
    walk(SHORT)


@pytest.mark.soak
@pytest.mark.django_db
def test_no_long_walk_leads_to_an_impossible_state() -> None:
    walk(300)  # 12,000 steps
