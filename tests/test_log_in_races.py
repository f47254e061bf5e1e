"""At the same moment: every try counts, and a one-time code opens once. With the control that shows the race."""

from datetime import timedelta

import pyotp
import pytest

from lianxin.accounts.actors import PUBLIC
from lianxin.accounts.factors import STEP, new_secret, step_of
from lianxin.accounts.models import Authenticator, User
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.core.models import Tries
from lianxin.core.throttle import Throttle
from lianxin.staffing.factors import use_code
from tests.cast import build
from tests.test_races import together

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
THREADS, TURNS = 6, 20
WIDE = Throttle("race", limit=10_000, window=timedelta(hours=1))


def test_control_reading_and_writing_back_loses_tries() -> None:
    counter, at = WIDE.of("control"), now()
    counter.take(at)

    def count() -> None:
        for _ in range(TURNS):
            row = Tries.objects.get(pk=counter.key)
            Tries.objects.filter(pk=counter.key).update(number=row.number + 1)

    together(*[count] * THREADS)
    assert Tries.objects.get(pk=counter.key).number < 1 + THREADS * TURNS


def test_tries_at_the_same_moment_all_count_the_first_included() -> None:
    counter, at = WIDE.of("x"), now()
    together(*[lambda: [counter.take(at) for _ in range(TURNS)]] * THREADS)
    assert Tries.objects.get(pk=counter.key).number == THREADS * TURNS


def test_no_more_turns_are_taken_than_there_are() -> None:
    narrow, at = Throttle("race", limit=7, window=timedelta(hours=1)).of("y"), now()
    taken: list[bool] = []
    together(*[lambda: taken.extend(narrow.take(at) for _ in range(3))] * THREADS)
    assert len(taken) == 3 * THREADS and sum(taken) == 7


def test_a_code_that_is_sent_twice_together_opens_once() -> None:
    user = build().users["clerk"]
    secret, at = new_secret(), now()
    Authenticator.objects.create(user=user, secret=secret, created_at=at)
    for round_ in range(10):
        later = at + timedelta(seconds=STEP * 3 * round_)
        code = pyotp.TOTP(secret).at(later)
        won: list[str] = []

        def enter(code: str = code, later: object = later, won: list[str] = won) -> None:
            try:
                use_code(User.objects.get(pk=user.pk), actor=PUBLIC, at=later, code=code)  # type: ignore[arg-type]
                won.append("in")
            except Refusal:
                won.append("out")

        together(enter, enter)
        assert sorted(won) == ["in", "out"]
    assert step_of(secret, "no digits", at) is None


def test_full_width_digits_are_digits() -> None:
    secret, at = new_secret(), now()
    code = pyotp.TOTP(secret).at(at)
    full_width = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert step_of(secret, full_width, at) == step_of(secret, code, at) is not None
    assert step_of(secret, "١٢٣٤٥٦", at) is None
