"""The first page, the open figures and the plain pages, over HTTP."""

import csv
import gzip
import io
from datetime import date
from typing import Any

import pytest
from django.test import Client

from lianxin.board.models import Post
from lianxin.core import clock
from lianxin.figures.registry import FIGURES, Area, Count, Period, Ratio
from lianxin.needs.models import Need
from lianxin.needs.operations import claim_need, deliver_need, publish_need, record_answer
from lianxin.places.lookup import PLACE_COOKIE
from tests.cast import START, Cast

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture(autouse=True)
def _in_march(monkeypatch: pytest.MonkeyPatch) -> None:
    later = START.replace(day=20)
    for name in ("lianxin.portal.public", "lianxin.needs.figures"):
        monkeypatch.setattr(f"{name}.now", lambda: later)
    assert clock.now() != later


def fulfil(cast: Cast, times: int, **changes: Any) -> None:
    """Wishes of north that the water unit fulfils, each confirmed by its asker."""
    for _ in range(times):
        need = cast.ask(**changes)
        publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
        claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
        deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
        record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=True, satisfaction="satisfied")


def far(cast: Cast, times: int) -> None:
    for _ in range(times):
        cast.ask(community=cast.south, grid=cast.grid_3)


def test_the_first_page_shows_every_part(cast: Cast, client: Client) -> None:
    fulfil(cast, 1)
    Post.objects.create(code="a", title="锅炉检修通知", category="notice", body="x", published_on=date(2026, 3, 1))
    page = client.get("/").content.decode()
    for kind in ("wish", "repair", "complaint", "other", "call_back"):
        assert f'href="/ask/{kind}/"' in page
    for part in ('action="/track/"', "想要几本课外书", "锅炉检修通知", 'href="/figures/"', 'href="/wishes/"'):
        assert part in page


def test_the_first_page_of_an_empty_city_works(db: None, client: Client) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/figures/").status_code == 200


def test_the_chosen_community_is_remembered_and_named_with_its_telephone(cast: Cast, client: Client) -> None:
    answer = client.post("/place/", {"community": "north", "next": "/wishes/"})
    assert answer["Location"] == "/wishes/"
    page = client.get("/").content.decode()
    assert cast.north.name_en in page and 'href="tel:0973-000-0001"' in page
    assert client.post("/place/", {"community": "", "next": "https://elsewhere.example/"})["Location"] == "/"
    assert client.cookies[PLACE_COOKIE].value == ""


def test_a_made_up_place_in_the_cookie_does_no_harm(cast: Cast, client: Client) -> None:
    client.cookies[PLACE_COOKIE] = "nowhere"
    assert client.get("/").status_code == 200
    assert client.get("/ask/wish/").status_code == 200


def test_the_frame_costs_a_visitor_one_query(cast: Cast, client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(1):
        client.get("/privacy/")
    client.post("/place/", {"community": "north"})
    with django_assert_max_num_queries(1):
        client.get("/privacy/")


def test_the_first_page_costs_the_same_for_few_needs_and_many(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    fulfil(cast, 6)
    with django_assert_max_num_queries(12):
        client.get("/")


def test_the_first_page_is_light(cast: Cast, client: Client, settings: Any) -> None:
    fulfil(cast, 3)
    sizes = [len(client.get("/").content)]
    for name in (
        "vendor/bootstrap.min.css",
        "lianxin.css",
        "vendor/htmx.min.js",
        "lianxin.js",
        "icons.svg",
        "mark.svg",
    ):
        sizes.append(len(gzip.compress((settings.STATICFILES_DIRS[0] / name).read_bytes())))
    assert sum(sizes) <= 70_000, sizes


def test_a_figure_by_community_says_what_the_figure_says_of_each(cast: Cast) -> None:
    fulfil(cast, 3)
    far(cast, 2)
    cast.ask(kind="complaint", category=cast.fees, subject_kind="system")
    Need.objects.filter(kind="complaint").update(verified_at=cast.clock(), status="verified")
    for figure in FIGURES:
        if figure.by_community is None:
            continue
        found = figure.by_community(YEAR)
        for place in (cast.north, cast.south):
            said = figure.compute(Area("community", place.pk), YEAR)
            empty = Count(0) if isinstance(said, Count) else Ratio(0, 0, per=said.per)
            assert found.get(place.pk, empty) == said, figure.code


def test_open_figures_hide_small_cells_and_what_would_give_them_away(cast: Cast, client: Client) -> None:
    fulfil(cast, 7)
    far(cast, 2)
    rows = {row.figure.code: row for row in client.get("/figures/").context["rows"]}
    filed = rows["needs_filed"]
    assert filed.city.count == 9
    assert filed.places[cast.south.pk].count is None
    assert filed.places[cast.north.pk].count is None
    assert rows["wishes_confirmed"].city.count == 7
    assert rows["units_helping"].city.count is None


def test_open_figures_are_for_the_year_so_far_or_a_month(cast: Cast, client: Client) -> None:
    fulfil(cast, 7)
    for query, count in {"": 7, "period=year": 7, "period=2026-03": 7, "period=2026-02": None, "period=x": 7}.items():
        rows = {row.figure.code: row for row in client.get(f"/figures/?{query}").context["rows"]}
        assert rows["needs_filed"].city.count == count, query


def test_a_rate_stands_with_what_was_divided_by_what(cast: Cast, client: Client) -> None:
    fulfil(cast, 6)
    for need in [cast.ask() for _ in range(6)]:
        Need.objects.filter(pk=need.pk).update(responded_at=None)
    client.post("/place/", {"community": "north"})
    rows = {row.figure.code: row for row in client.get("/figures/").context["rows"]}
    rate = rows["response_rate"].city
    assert (rate.count, rate.of, rate.value) == (6, 12, 0.5)
    assert "6 / 12" in client.get("/figures/").content.decode()


def test_open_figures_cost_the_same_for_few_needs_and_many(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    fulfil(cast, 3)
    far(cast, 3)
    with django_assert_max_num_queries(25):
        client.get("/figures/")


def test_the_csv_says_the_same_and_leaves_hidden_cells_empty(cast: Cast, client: Client) -> None:
    fulfil(cast, 7)
    far(cast, 2)
    answer = client.get("/figures/csv/?period=2026-03")
    assert "2026-03.csv" in answer["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    filed = {line["place"]: line for line in lines if line["figure"] == "needs_filed"}
    assert filed[""]["value"] == "9"
    assert filed["south"]["value"] == "" and filed["south"]["shown"] == "few"
    assert filed["north"]["value"] == "" and filed["north"]["shown"] == "none"


@pytest.mark.parametrize("address", ["/privacy/", "/accessibility/"])
def test_the_plain_pages_are_there(cast: Cast, client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "address", ["/", "/ask/", "/ask/wish/", "/ask/complaint/", "/track/", "/wishes/", "/board/", "/figures/"]
)
def test_large_text_offers_the_telephone_on_every_page(cast: Cast, client: Client, address: str) -> None:
    client.post("/display/", {"view": "elder"})
    client.post("/place/", {"community": "north"})
    page = client.get(address).content.decode()
    assert 'data-view="elder"' in page
    assert page.count('href="tel:0973-000-0001"') >= 2
