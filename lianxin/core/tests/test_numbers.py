"""Running numbers follow each other, whether a number is guessed rightly, wrongly or not at all."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from lianxin.core import numbers, values
from lianxin.core.models import Counter
from tests.cast import build
from tests.test_races import together


@pytest.mark.django_db
def test_a_right_guess_takes_one_query_and_a_wrong_one_gives_the_right_number() -> None:
    assert numbers.take("rows") == 1
    with values.read_once():
        values.value("figures.minimum_sample")
        with CaptureQueriesContext(connection) as queries:
            assert numbers.take("rows") == 2 and numbers.take("rows", 3) == 3
        assert len(queries) == 2
        Counter.objects.filter(name="rows").update(value=40)
        assert numbers.take("rows") == 41 and numbers.take("rows") == 42
    assert numbers.take("rows") == 43


@pytest.mark.django_db
def test_a_number_that_was_taken_back_is_not_guessed_from() -> None:
    numbers.take("rows")
    with values.read_once():
        values.value("figures.minimum_sample")
        with transaction.atomic():
            numbers.take("rows")
            transaction.set_rollback(True)
        assert numbers.take("rows") == 2


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_that_guess_the_same_get_two_numbers() -> None:
    build()
    numbers.take("rows")
    found: list[int] = []

    def take() -> None:
        with values.read_once():
            values.value("figures.minimum_sample")
            with transaction.atomic():
                found.append(numbers.take("rows"))

    for _round in range(20):
        together(take, take)
    assert sorted(found) == list(range(2, 42))
