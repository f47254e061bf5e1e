"""Tallies say what the records say; a planted wrong one is found, named and mended; two workers lose nothing."""

from datetime import date, timedelta

import pytest
from django.db.models import F, Sum
from django.test import Client

from lianxin.accounts.actors import SYSTEM, Actor
from lianxin.core.clock import day_start, local_day, now
from lianxin.figures import tallies
from lianxin.figures.models import Comparison, Delta, Mismatch, Tally
from lianxin.figures.registry import FIGURES, Area, Count, Period, Ratio, values
from lianxin.figures.tallies import Key
from lianxin.jobs import worker
from lianxin.needs import counting, measures
from lianxin.needs.models import Need
from lianxin.needs.operations import close_unanswered, deliver_need, publish_need, record_answer, record_attempt
from lianxin.notifications.models import Notice
from tests.cast import Cast, build
from tests.test_pipeline_table import closed_unanswered, confirmed, declined, delivered, held, merged, withdrawn
from tests.test_races import together

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def plant(cast: Cast) -> Tally:
    """A tally that says three more than there are."""
    cast.ask()
    tallies.fold()
    wrong = Tally.objects.get(part="filed", scope_id=cast.north.pk, day=local_day(cast.clock.at))
    Tally.objects.filter(pk=wrong.pk).update(value=F("value") + 3)
    return wrong


def filed(area: Area | None = None) -> Count | Ratio:
    return FIGURES["needs_filed"].compute(area or Area(), YEAR)


def test_a_figure_is_the_same_before_and_after_differences_are_folded(cast: Cast) -> None:
    confirmed(cast)
    declined(cast)
    withdrawn(cast)
    before = values(Area(), YEAR)
    folded = Delta.objects.count()
    assert tallies.fold() == folded and not Delta.objects.exists()
    assert values(Area(), YEAR) == before
    assert before["needs_filed"] == Count(3) and before["decline_share"] == Ratio(1, 3)


@pytest.mark.parametrize("kind", ["city", "town", "community"])
def test_a_tallied_figure_is_what_is_counted_from_the_records(cast: Cast, kind: str) -> None:
    for make in (confirmed, declined, withdrawn, confirmed):
        make(cast)
    area = Area(kind, {"city": None, "town": cast.town.pk, "community": cast.north.pk}[kind])
    codes = {fact for measure in measures.MEASURES.values() for fact in measure.facts}
    tallied = measures.facts_in(codes, area, YEAR)
    assert {code: tallied[code] for code in codes} == {code: measures.live(codes, area, YEAR)[code] for code in codes}


def test_silence_after_not_solved_counts_as_silence_alone(cast: Cast) -> None:
    need = delivered(cast)
    record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=False)
    deliver_need(held(need), actor=cast.actor("liaison"), at=cast.clock(), note="又送了一次")
    assert FIGURES["resolution_rate"].compute(Area(), YEAR) == Ratio(0, 1)
    for _ in range(2):
        record_attempt(held(need), actor=cast.actor("clerk"), at=cast.clock(days=1))
    assert close_unanswered(held(need), actor=SYSTEM, at=cast.clock(days=20))
    assert FIGURES["resolution_rate"].compute(Area(), YEAR) == Ratio(0, 0, 1)
    assert not tallies.compare().wrong


@pytest.mark.parametrize("code", ["needs_filed", "response_rate", "resolution_rate", "on_time_rate", "decline_share"])
def test_the_list_behind_a_figure_has_as_many_rows(cast: Cast, client: Client, code: str) -> None:
    for make in (confirmed, declined, withdrawn, closed_unanswered, merged, confirmed):
        make(cast)
    figure, period = FIGURES[code], Period(local_day(cast.clock.at) - timedelta(days=60), local_day(cast.clock.at))
    count = figure.compute(Area(), period)
    rows = count.value if isinstance(count, Count) else count.denominator
    if code == "on_time_rate":
        rows += count.unanswered
    if code == "decline_share":
        rows = count.numerator
    assert rows and figure.records
    client.force_login(cast.users["city_officer"])
    page = client.get(figure.records(Area(), period))
    assert len(page.context["rows"]) == rows


def test_a_refused_operation_leaves_no_difference(cast: Cast) -> None:
    cast.ask()
    before = Delta.objects.count()
    with pytest.raises(Exception, match="office"):
        publish_need(Need.objects.get(), actor=cast.actor("liaison"), at=cast.clock(), public_text_="想要几本课外书")
    assert Delta.objects.count() == before


def test_what_falls_due_counts_from_the_day_after(cast: Cast) -> None:
    need = cast.ask()
    due = local_day(need.response_due_at)
    assert FIGURES["response_rate"].compute(Area(), Period(due, due)) == Ratio(0, 1)
    today = local_day(now())
    soon = cast.file(Actor(), urgency="emergency")
    Need.objects.filter(pk=soon.need_id).update(response_due_at=day_start(today))
    tallies.add(tallies.differences((key, *pair) for key, pair in tallies.compare().wrong.items()))
    assert FIGURES["response_rate"].compute(Area(), Period(today, today)) == Ratio(0, 0)
    assert measures.live(["response_due"], Area(), Period(today, today))["response_due"] == 0
    week, yesterday = Period(today - timedelta(days=6), today), today - timedelta(days=1)
    for code, last in (("response_rate", yesterday), ("on_time_rate", yesterday), ("resolution_rate", today)):
        link = FIGURES[code].records
        assert link and f"&to={last}" in link(Area(), week)


def test_the_night_finds_a_planted_wrong_tally_and_names_it(cast: Cast, client: Client) -> None:
    wrong = plant(cast)
    assert counting.compare(now()) == 1
    found = Mismatch.objects.get()
    assert (found.part, found.scope_id, found.day, found.stored, found.counted) == (
        "filed",
        cast.north.pk,
        wrong.day,
        4,
        1,
    )
    assert Notice.objects.get(code="figures.wrong").role == "admin"
    client.force_login(cast.users["admin"])
    page = client.get("/workspace/tallies/", headers={"accept-language": "en"}).content.decode()
    assert "North" in page and f"{wrong.day:%Y-%m-%d}" in page and "Rebuild from the records" in page


def test_an_administrator_has_it_mended_once_while_work_goes_on(cast: Cast, client: Client) -> None:
    plant(cast)
    counting.compare(now())
    last = Comparison.objects.get()
    cast.ask()
    tallies.fold()
    client.force_login(cast.users["admin"])
    assert client.post(f"/workspace/tallies/{last.pk}/rebuild/").status_code == 302
    assert client.post(f"/workspace/tallies/{last.pk}/rebuild/", follow=True).context["last"].rebuilt_at
    assert filed() == Count(2)
    assert tallies.compare().wrong == {}


def test_nobody_else_has_figures_mended(cast: Cast, client: Client) -> None:
    plant(cast)
    counting.compare(now())
    client.force_login(cast.users["city_officer"])
    assert client.post(f"/workspace/tallies/{Comparison.objects.get().pk}/rebuild/").status_code == 403
    assert filed() == Count(4)


def test_the_comparison_runs_once_a_night(cast: Cast) -> None:
    night = now().replace(hour=18)  # two in the morning in the city
    assert counting.is_due(night)
    counting.compare(night)
    assert not counting.is_due(night + timedelta(hours=1))
    assert not counting.is_due(night + timedelta(hours=8))
    assert counting.is_due(night + timedelta(hours=24))
    assert counting.is_due(night + timedelta(hours=35))


def test_the_worker_folds_and_compares(cast: Cast) -> None:
    cast.ask()
    worked, failed = worker.run_due(now())
    assert failed == 0 and worked > 2
    assert not Delta.objects.exists() and Comparison.objects.get().wrong == 0


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_workers_that_fold_at_once_lose_nothing() -> None:
    cast = build()
    key = Key("filed", cast.north.pk, date(2026, 3, 2))

    def fold() -> None:
        tallies.fold()

    for _round in range(20):
        for _i in range(10):
            tallies.add({key: 1})
        together(fold, fold, lambda: tallies.add({key: 1}))
    tallies.fold()
    assert Tally.objects.filter(part="filed").aggregate(n=Sum("value"))["n"] == 220
