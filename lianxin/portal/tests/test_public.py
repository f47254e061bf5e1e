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
from lianxin.figures.public import Table, table_codes
from lianxin.figures.registry import FIGURES, Area, Count, Period, Ratio
from lianxin.figures.suppression import Shown
from lianxin.needs.models import Need
from lianxin.needs.operations import claim_need, deliver_need, publish_need, record_answer
from lianxin.places.lookup import PLACE_COOKIE
from lianxin.portal.open_figures import COLUMNS
from lianxin.rulebook.operations import set_value
from tests.cast import START, Cast

MARCH = date(2026, 3, 1)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture(autouse=True)
def _in_april(monkeypatch: pytest.MonkeyPatch) -> None:
    later = START.replace(month=4, day=20)
    for name in ("lianxin.portal.public", "lianxin.portal.open_figures", "lianxin.needs.measures"):
        monkeypatch.setattr(f"{name}.now", lambda: later)
    assert clock.now() != later


def fulfil(cast: Cast, times: int, by: str = "", **changes: Any) -> None:
    """Wishes of north that the water unit fulfils, each confirmed by its asker, or `by` another for them."""
    for _ in range(times):
        need = cast.ask(**changes)
        publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
        claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
        deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
        answers = cast.actor(by) if by else cast.asker(need)
        record_answer(claim, actor=answers, at=cast.clock(), solved=True, satisfaction="satisfied")


def tables_of(client: Client) -> dict[str, Table]:
    return {table.figure.code: table for table in client.get("/figures/").context["tables"]}


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
        client.get("/accessibility/")
    client.post("/place/", {"community": "north"})
    with django_assert_max_num_queries(1):
        client.get("/accessibility/")


def test_the_first_page_costs_the_same_for_few_needs_and_many(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    fulfil(cast, 6)
    # The first of ten minutes keeps last month's figures; whoever comes then counts nothing.
    with django_assert_max_num_queries(17):
        first = client.get("/").context["figures"]
    with django_assert_max_num_queries(10):
        assert client.get("/").context["figures"] == first


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
    found = tables_of(client)
    filed = found["needs_filed"]
    assert filed.at(MARCH, None).count == 9
    assert filed.at(MARCH, cast.south.pk).count is None
    assert filed.at(MARCH, cast.north.pk).count is None
    assert found["wishes_confirmed"].at(MARCH, None).count == 7
    assert found["units_helping"].at(MARCH, None).count is None


def at(monkeypatch: pytest.MonkeyPatch, **changes: int) -> None:
    """The pages are read on another day."""
    for name in ("lianxin.portal.public", "lianxin.portal.open_figures", "lianxin.needs.measures"):
        monkeypatch.setattr(f"{name}.now", lambda: START.replace(**changes))


def test_sums_over_months_are_told_when_the_year_is_over(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fulfil(cast, 7)
    far(cast, 2)
    said = "The year's sum comes when the year is over."
    for month in (4, 12):
        at(monkeypatch, month=month, day=20)
        page = client.get("/figures/", headers={"accept-language": "en"})
        assert said in page.content.decode() and "Together" not in page.content.decode()
        assert all(month for table in page.context["tables"] for month, _place in table.cells)
        rows = client.get("/figures/json/").json()["rows"]
        assert rows and all(row["from"][:7] == row["to"][:7] for row in rows)
        assert client.get("/figures/csv/").content.decode().count("2026-01-01") == 0
    march = {code: table.cells[MARCH, None] for code, table in tables_of(client).items()}
    at(monkeypatch, year=2027, month=1, day=2)
    page = client.get("/figures/", headers={"accept-language": "en"})
    assert said not in page.content.decode() and "Together" in page.content.decode()
    found = tables_of(client)
    year = {place: found["needs_filed"].at(None, place).shown for place in (None, cast.north.pk, cast.south.pk)}
    assert set(year.values()) == {Shown.NONE}, "else the months in which nothing was filed would follow"
    assert {code: table.cells[MARCH, None] for code, table in found.items()} == march, "months stay as they were"
    sums = [row for row in client.get("/figures/json/").json()["rows"] if row["from"][:7] != row["to"][:7]]
    assert {(row["from"], row["to"]) for row in sums} == {("2026-01-01", "2026-12-31")}


def test_open_figures_are_of_months_that_are_over(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fulfil(cast, 7)
    assert [m.month for m in tables_of(client)["needs_filed"].months] == [3], "none before the city's first need"
    at(monkeypatch, day=20)
    filed = tables_of(client)["needs_filed"]
    assert [m.month for m in filed.months] == [1, 2] and filed.at(filed.months[1], None).count is None
    assert "March 2026" not in client.get("/figures/").content.decode()
    assert client.get("/figures/csv/?period=2026-03")["Content-Disposition"].endswith('2026.csv"')


def test_in_january_the_year_before_is_told(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, month=1, day=20)
    page = client.get("/figures/")
    assert page.context["asked"].year == 2025 and len(tables_of(client)["needs_filed"].months) == 12
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("query", "count"), [("", 7), ("period=2026", 7), ("period=2026-03", 7), ("period=2026-02", None), ("period=x", 7)]
)
def test_communities_stand_side_by_side_in_the_month_asked_for_or_the_last(
    cast: Cast, client: Client, query: str, count: int | None
) -> None:
    fulfil(cast, 7)
    sides = client.get(f"/figures/?{query}").context["sides"]
    city = {figure.code: cell for side in sides for figure, cell in side["lines"][0][1]}
    assert (city["needs_filed"].count if city else None) == count


def test_each_chart_has_a_table_that_says_the_same(cast: Cast, client: Client) -> None:
    fulfil(cast, 7)
    far(cast, 6)
    page = client.get("/figures/?place=north", headers={"accept-language": "en"}).content.decode()
    charts = page.split('class="lx-card lx-chart-card"')[1:]
    assert len(charts) == len(table_codes())
    for chart in charts:
        assert chart.count("<svg") == 1 and chart.split("</section>")[0].count("<tr") == 2
    filed = next(chart for chart in charts if "Needs filed" in chart)
    assert filed.count("<rect") == 1 and ">7<" in filed and ">Mar<" in filed


def test_a_rate_stands_with_what_was_divided_by_what(cast: Cast, client: Client) -> None:
    fulfil(cast, 6)
    for _ in range(6):
        cast.ask()
    client.post("/place/", {"community": "north"})
    rate = tables_of(client)["response_rate"].at(MARCH, None)
    assert (rate.count, rate.of, rate.value) == (6, 12, 0.5)
    assert "6 / 12" in client.get("/figures/").content.decode()


def test_open_figures_cost_the_same_for_few_needs_and_many(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    fulfil(cast, 3)
    far(cast, 3)
    with django_assert_max_num_queries(16):
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


def test_the_json_says_what_the_csv_says_for_what_is_asked(cast: Cast, client: Client) -> None:
    fulfil(cast, 7)
    far(cast, 6)
    query = "?period=2026&place=south&figure=needs_filed"
    lines = list(csv.DictReader(io.StringIO(client.get(f"/figures/csv/{query}").content.decode("utf-8-sig"))))
    said = client.get(f"/figures/json/{query}").json()
    as_text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in said["rows"]]
    assert lines == as_text and len(lines) == 1
    assert said["rows"][0] | {"label": ""} == {
        "figure": "needs_filed",
        "label": "",
        "place": "south",
        "place_name": cast.south.label,
        "from": "2026-03-01",
        "to": "2026-03-31",
        "value": 6,
        "numerator": None,
        "denominator": None,
        "unanswered": None,
        "shown": "all",
        **dict.fromkeys(("self_denominator", "proxy_denominator")),
    }
    assert said["terms"] and said["counted"] == {"needs_filed": str(FIGURES["needs_filed"].formula)}


def test_who_answered_stands_beside_a_rate_of_answers(cast: Cast, client: Client) -> None:
    fulfil(cast, 6)
    fulfil(cast, 5, by="grid_worker")
    rows = client.get("/figures/json/?period=2026-03").json()["rows"]
    city = {row["figure"]: row for row in rows if not row["place"]}
    solved = city["resolution_rate"]
    assert (solved["denominator"], solved["shown"]) == (11, "high")
    assert (solved["self_denominator"], solved["proxy_denominator"]) == (6, 5)
    for code in ("response_rate", "needs_filed", "complaint_rate"):
        assert city[code]["self_denominator"] is city[code]["proxy_denominator"] is None
    page = client.get("/figures/?period=2026-03", headers={"accept-language": "en"}).content.decode()
    assert page.count("own answers: 6<") == page.count("recorded: 5<") == 4, "two rates, as a chart and side by side"
    assert "own answers: 6<" not in client.get("/", headers={"accept-language": "en"}).content.decode()


def test_who_answered_is_hidden_where_one_side_is_few(cast: Cast, client: Client) -> None:
    fulfil(cast, 7)
    fulfil(cast, 4, by="grid_worker")
    said = client.get("/figures/json/").json()["rows"]
    assert [row for row in said if row["denominator"] == 11 and row["figure"] == "resolution_rate"]
    assert all(row["self_denominator"] is row["proxy_denominator"] is None for row in said)
    page = client.get("/figures/", headers={"accept-language": "en"}).content.decode()
    assert "own answers:" not in page and "recorded:" not in page


def test_the_page_of_the_open_data_names_every_column_figure_and_the_terms(cast: Cast, client: Client) -> None:
    page = client.get("/figures/data/").content.decode()
    for words in (*COLUMNS, *table_codes(), "CC BY 4.0", "north"):
        assert words in page


@pytest.mark.parametrize("address", ["/privacy/", "/accessibility/"])
def test_the_plain_pages_are_there(cast: Cast, client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


def test_pages_tell_the_times_that_the_city_has_set(cast: Cast, client: Client) -> None:
    said = {
        "/": "within 2 hours, everything else within 1 working day.",
        "/ask/repair/": "erased 30 days after the end",
        "/privacy/": "exact place: 30 days after your request has ended.",
    }
    for address, words in said.items():
        assert words in client.get(address).content.decode(), address
    for code, number in (("needs.clock_response", 90), ("needs.response", 3), ("needs.contact_kept", 45)):
        set_value(code, number, actor=cast.actor("city_officer"), at=START, version=0, from_at=START)
    for address, words in {
        "/": "within 90 minutes, everything else within 3 working days.",
        "/ask/repair/": "erased 45 days after the end",
        "/privacy/": "exact place: 45 days after your request has ended.",
    }.items():
        assert words in client.get(address).content.decode(), address


@pytest.mark.parametrize(
    "address", ["/", "/ask/", "/ask/wish/", "/ask/complaint/", "/track/", "/wishes/", "/board/", "/figures/"]
)
def test_large_text_offers_the_telephone_on_every_page(cast: Cast, client: Client, address: str) -> None:
    client.post("/display/", {"view": "elder"})
    client.post("/place/", {"community": "north"})
    page = client.get(address).content.decode()
    assert 'data-view="elder"' in page
    assert page.count('href="tel:0973-000-0001"') >= 2
