"""Figures that are computed together are the figures that each computes alone."""

import pytest

from lianxin.core.clock import local_day
from lianxin.figures.registry import FIGURES, Area, Period, values
from lianxin.needs.operations import assign_need, deliver_need, record_answer, verify_need
from tests.cast import Cast


@pytest.mark.parametrize("place", ["city", "town", "north", "south", "grid_1", "compound"])
def test_together_is_the_same_as_alone(cast: Cast, place: str) -> None:
    for solved in (True, False, True):
        need = cast.ask(kind="repair", category=cast.lamp, compound=cast.compound)
        claim = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
        deliver_need(claim, actor=cast.actor("fitter"), at=cast.clock(), note="修好了")
        record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=solved, satisfaction="fairly")
    complaint = cast.ask(kind="complaint", category=cast.fees, subject_kind="company", subject=cast.company)
    verify_need(complaint, actor=cast.actor("clerk"), at=cast.clock())
    today = local_day(cast.clock.at)
    period = Period(today.replace(month=1, day=1), today)
    scope = getattr(cast, place).scope
    area = Area(scope.kind, None if scope.kind == "city" else scope.pk)
    found = values(area, period)
    assert list(found) == FIGURES.codes()
    assert found == {figure.code: figure.compute(area, period) for figure in FIGURES}
