"""The figures of a place and a period, over HTTP."""

import io
import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from lianxin.accounts.models import ScopeKind
from lianxin.core.clock import local_day
from lianxin.figures.registry import FIGURES, Period
from lianxin.figures.rules import places_of
from lianxin.portal.staff_figures import period_of
from tests.cast import Cast, as_user
from tests.papers import sizes, words

TODAY = date(2026, 5, 20)


def filed(page: str) -> str:
    """What the row of the needs filed says."""
    return re.findall(r"Needs filed</a>.*?<b>(.*?)</b>", page, re.S)[0]


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ({}, date(2026, 1, 1), TODAY),
        ({"span": "month"}, date(2026, 5, 1), TODAY),
        ({"span": "quarter"}, date(2026, 4, 1), TODAY),
        ({"span": "last_month"}, date(2026, 4, 1), date(2026, 4, 30)),
        ({"span": "last_quarter"}, date(2026, 1, 1), date(2026, 3, 31)),
        ({"span": "last_year"}, date(2025, 1, 1), date(2025, 12, 31)),
        ({"first": date(2026, 2, 3), "last": date(2026, 2, 4)}, date(2026, 2, 3), date(2026, 2, 4)),
    ],
)
def test_a_period_is_whole_days(said: dict[str, object], first: date, last: date) -> None:
    assert period_of(said, TODAY) == Period(first, last)


def test_each_reads_the_places_of_their_posts(cast: Cast) -> None:
    kinds = {name: [s.kind for s in places_of(cast.actor(name))] for name in ("city_officer", "town_officer", "clerk")}
    assert kinds["city_officer"][0] == ScopeKind.CITY and len(kinds["city_officer"]) == 4
    assert kinds["town_officer"] == ["town", "community", "community"]
    assert [s.pk for s in places_of(cast.actor("clerk"))] == [cast.north.pk]
    assert [s.pk for s in places_of(cast.actor("grid_worker"))] == [cast.north.pk]


def test_every_figure_stands_there_and_opens_its_records(cast: Cast, client: Client) -> None:
    cast.ask()
    cast.ask(community=cast.south, grid=cast.grid_3)
    day = local_day(cast.clock.at).isoformat()
    page = (
        as_user(client, cast, "city_officer").get("/workspace/figures/", {"first": day, "last": day}).content.decode()
    )
    for figure in FIGURES:
        assert str(figure.label) in page
    assert filed(page) == "2" and "/workspace/needs/?status=all&amp;by=filed" in page
    assert "by community" in page
    office = as_user(client, cast, "clerk").get("/workspace/figures/", {"first": day, "last": day}).content.decode()
    assert filed(office) == "1" and f"community={cast.north.pk}" in office


def test_a_place_outside_ones_posts_is_not_counted(cast: Cast, client: Client) -> None:
    page = as_user(client, cast, "clerk").get("/workspace/figures/", {"place": cast.south.pk}).content.decode()
    assert "How well does North answer?" in page


def test_figures_go_out_as_a_workbook(cast: Cast, client: Client) -> None:
    book = as_user(client, cast, "town_officer").get("/workspace/figures/", {"format": "xlsx"}).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert len(rows) == len(FIGURES.codes()) + 2


def test_a_period_that_ends_before_it_begins_is_refused_in_words(cast: Cast, client: Client) -> None:
    response = as_user(client, cast, "clerk").get("/workspace/figures/", {"first": "2026-02-02", "last": "2026-01-01"})
    assert "lies before the first" in response.content.decode()


@pytest.mark.parametrize("name", ["liaison", "fitter", "housing_officer"])
def test_givers_do_not_read_them(cast: Cast, client: Client, name: str) -> None:
    assert as_user(client, cast, name).get("/workspace/figures/").status_code == 403


@pytest.mark.parametrize("name", ["clerk", "city_officer"])
def test_the_number_of_queries_is_small_and_does_not_grow_with_the_needs(cast: Cast, client: Client, name: str) -> None:
    as_user(client, cast, name)
    with CaptureQueriesContext(connection) as few:
        client.get("/workspace/figures/")
    for _i in range(5):
        cast.ask()
    with CaptureQueriesContext(connection) as many:
        client.get("/workspace/figures/")
    assert len(few) == len(many) <= 13, [q["sql"][:120] for q in many]


@pytest.mark.pdf
def test_the_figures_as_pdf_name_place_days_and_the_filter(cast: Cast, client: Client) -> None:
    paper = as_user(client, cast, "town_officer").get("/workspace/figures/", {"span": "last_year", "format": "pdf"})
    told = words(paper.content)
    assert set(sizes(paper.content)) == {(210, 297)}
    assert "Period: Last year" in told and "Needs filed" in told and "printed" in told
    assert "Excel" not in told
