"""The list of needs: who sees what, filters, pages, queries, export."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from lianxin.needs.filters import DAYS
from lianxin.needs.operations import (
    answer_asker,
    assign_need,
    claim_need,
    deliver_need,
    publish_need,
    verify_need,
)
from lianxin.needs.views import need_list
from tests.cast import Cast

LIST = "/workspace/needs/"
EVERYONE = [
    "grid_worker",
    "clerk",
    "town_officer",
    "city_officer",
    "liaison",
    "fitter",
    "housing_officer",
]


def numbers(response: Any) -> list[str]:
    return [row["need"].number for row in response.context["rows"]]


def some_needs(cast: Cast, count: int = 4) -> list[Any]:
    """Needs in both communities; some published, one assigned to the company, one to the department."""
    needs = []
    for i in range(count):
        need = cast.ask(text=f"想要第{i}本书")
        publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
        needs.append(need)
    for giver in (cast.company, cast.housing):
        need = cast.ask(kind="repair", category=cast.lamp, compound=cast.compound, text="灯坏了")
        assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=giver)
        needs.append(need)
    needs.append(cast.ask(community=cast.south, grid=cast.grid_3))
    return needs


@pytest.mark.parametrize("name", EVERYONE)
def test_a_list_costs_at_most_eight_queries_however_many_rows(
    cast: Cast, pages: Any, name: str, django_assert_max_num_queries: Any
) -> None:
    browser = pages.of(name)
    counts = []
    for count in (1, 12):
        some_needs(cast, count)
        with django_assert_max_num_queries(8) as queries:
            response = browser.get(LIST, {"status": "all", "sort": "due"})
        assert response.status_code == 200
        assert numbers(response)
        counts.append(len(queries.captured_queries))
    assert counts[0] == counts[1]


def test_everyone_sees_their_own_places_and_givers_what_they_hold(cast: Cast, pages: Any) -> None:
    needs = some_needs(cast)
    north, company, housing, south = needs[:4], needs[4], needs[5], needs[6]

    def seen(name: str) -> set[str]:
        return set(numbers(pages.of(name).get(LIST)))

    assert seen("clerk") == {n.number for n in needs} - {south.number}
    assert seen("grid_worker") == seen("clerk")
    assert seen("grid_worker_2") == set()
    assert seen("south_clerk") == {south.number}
    assert seen("town_officer") == {n.number for n in needs}
    assert seen("fitter") == {company.number}
    assert seen("housing_officer") == {housing.number}
    assert seen("liaison") == {n.number for n in north}
    assert seen("outsider") == set()


def test_the_administrator_and_the_public_get_no_list(cast: Cast, pages: Any, client: Any) -> None:
    assert pages.of("admin").get(LIST).status_code == 403
    assert client.get(LIST).status_code == 302


def test_the_pool_shows_a_liaison_the_public_text_and_no_place_until_it_is_theirs(cast: Cast, pages: Any) -> None:
    need = cast.ask(text="王女士家要书")
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    browser = pages.of("liaison")
    for url in (LIST, f"{LIST}{need.number}/"):
        page = browser.get(url).content.decode()
        assert "想要几本课外书" in page
        assert "王女士" not in page
        assert "Grid 1" not in page
    assert numbers(browser.get(LIST, {"q": "王女士"})) == []
    assert numbers(browser.get(LIST, {"q": "课外书"})) == [need.number]
    claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    for url in (LIST, "/workspace/", "/workspace/commitments/"):
        page = browser.get(url).content.decode()
        assert "想要几本课外书" in page
        assert "王女士" not in page
    page = browser.get(f"{LIST}{need.number}/")
    assert page.context["title"] == "想要几本课外书"
    assert "王女士" in page.content.decode()
    assert pages.of("clerk").get(f"{LIST}{need.number}/").context["title"] == "王女士家要书"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "repair"}, {4, 5}),
        ({"status": "published"}, {0, 1, 2, 3}),
        ({"status": "confirmed"}, set()),
        ({"community": "south"}, {6}),
        ({"grid": "grid_3"}, {6}),
        ({"compound": "compound"}, {4, 5}),
        ({"category": "lamp"}, {4, 5}),
        ({"giver": "company"}, {4}),
        ({"urgency": "normal"}, {0, 1, 2, 3, 4, 5, 6}),
        ({"urgency": "emergency"}, set()),
        ({"channel": "web"}, {0, 1, 2, 3, 4, 5, 6}),
        ({"reopened": "1"}, set()),
        ({"overdue": "1"}, {0, 1, 2, 3, 4, 5, 6}),
        ({"q": "灯坏"}, {4, 5}),
        ({"from": "2026-03-02", "to": "2026-03-02"}, {0, 1, 2, 3, 4, 5, 6}),
        ({"from": "2026-03-03", "by": "filed"}, set()),
        ({"hands": "others"}, {4, 5}),
    ],
)
def test_filters_lie_in_the_address(cast: Cast, pages: Any, monkeypatch: Any, query: Any, expected: Any) -> None:
    needs = some_needs(cast)
    monkeypatch.setattr("lianxin.needs.filters.now", lambda: cast.clock(days=20))
    said = {k: cast.things[v].pk if v in cast.things else v for k, v in query.items()}
    response = pages.of("city_officer").get(LIST, said)
    assert set(numbers(response)) == {needs[i].number for i in expected}
    assert response.context["chips"]


@pytest.mark.parametrize("by", list(DAYS))
def test_each_day_that_figures_link_by_can_be_filtered(cast: Cast, pages: Any, by: str) -> None:
    some_needs(cast)
    response = pages.of("clerk").get(
        LIST, {"status": "all", "by": by, "from": "2026-01-01", "to": "2026-12-31", "community": cast.north.pk}
    )
    assert response.status_code == 200
    assert bool(numbers(response)) == (by not in ("ended", "answered"))


@pytest.mark.parametrize(
    "address",
    [
        "/workspace/needs/?from=0001-01-01",
        "/workspace/needs/?to=9999-12-31",
        "/workspace/exclusions/?first=0001-01-01",
        "/workspace/exclusions/?last=9999-12-31",
        "/workspace/roster/?from_on=0001-01-01",
        "/workspace/figures/?first=0001-01-01&last=9999-12-31",
        "/workspace/needs/?community=" + "9" * 5_000,
    ],
)
def test_days_of_other_ages_and_endless_numbers_are_no_error(cast: Cast, pages: Any, address: str) -> None:
    assert pages.of("clerk").get(address).status_code == 200


def test_an_endless_number_in_a_form_is_no_error(cast: Cast, pages: Any) -> None:
    assert pages.of("clerk").post("/workspace/notices/", {"up_to": "9" * 5_000}).status_code == 302


def test_nonsense_in_the_address_is_left_out(cast: Cast, pages: Any) -> None:
    some_needs(cast)
    nonsense = {
        "status": "x",
        "kind": "x",
        "category": "x",
        "grid": "9" * 40,
        "from": "2026-99-99",
        "by": "x",
        "sort": "x",
        "after": "!!",
        "urgency": "'",
    }
    response = pages.of("clerk").get(LIST, nonsense)
    assert response.status_code == 200
    assert len(numbers(response)) == 6


def test_pages_go_on_by_key_in_both_directions(cast: Cast, pages: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(need_list, "PAGE", 2)
    needs = [cast.ask() for _ in range(5)]
    browser = pages.of("clerk")
    for sort, order in (("-filed", needs[::-1]), ("filed", needs), ("due", needs), ("-due", needs[::-1])):
        expected = [n.number for n in order]
        first = browser.get(LIST, {"sort": sort})
        second = browser.get(LIST, {"sort": sort, "after": first.context["page"].next})
        third = browser.get(LIST, {"sort": sort, "after": second.context["page"].next})
        assert numbers(first) + numbers(second) + numbers(third) == expected
        back = browser.get(LIST, {"sort": sort, "before": third.context["page"].previous})
        assert numbers(back) == numbers(second)


def test_the_export_holds_what_i_see_and_no_formula(cast: Cast, pages: Any) -> None:
    risky = cast.ask(text="=HYPERLINK(1)", phone="13800000000", name="样例")
    some_needs(cast)
    response = pages.of("clerk").get(LIST, {"export": "1", "kind": "wish"})
    assert response["Content-Type"].startswith("application/vnd.openxmlformats")
    rows = list(load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    assert len(rows) == 1 + 5
    cells = {row[0]: row[1] for row in rows}
    assert cells[risky.number] == "'=HYPERLINK(1)"
    assert "13800000000" not in str(rows)


def test_the_print_view_says_when_it_was_made(cast: Cast, pages: Any) -> None:
    some_needs(cast)
    page = pages.of("clerk").get(LIST, {"print": "1"}).content.decode()
    assert re.search(r"\d of \d, as of \d", page)
    assert "data-print" in page


def due(cast: Cast, pages: Any, need: Any) -> Any:
    """When `need` is due, as the desk, its page, the list and the filter say; they say the same."""
    browser = pages.of("clerk")
    [line] = [line for line in browser.get("/workspace/").context["lines"] if line.number == need.number]
    clock = browser.get(f"{LIST}{need.number}/").context["clock"]
    assert (line.due_at, clock["late"]) == (clock["due"], True)
    [row] = [row["need"] for row in browser.get(LIST, {"overdue": "1"}).context["rows"]]
    assert row.due_at == line.due_at
    return line.due_at


def test_desk_list_page_and_filter_go_by_one_clock(cast: Cast, pages: Any) -> None:
    clerk = cast.actor("clerk")
    need = cast.ask(kind="repair", category=cast.lamp)
    assert due(cast, pages, need) == need.response_due_at
    # The asker heard from somebody; that it is real has still to be verified.
    answer_asker(need, actor=clerk, at=cast.clock(), text="我们来看看")
    assert due(cast, pages, need) == need.response_due_at
    verify_need(need, actor=clerk, at=cast.clock())
    assert due(cast, pages, need) == need.solution_due_at
    claim = assign_need(need, actor=clerk, at=cast.clock(), giver=cast.company)
    done = cast.clock()
    deliver_need(claim, actor=cast.actor("fitter"), at=done, note="好了")
    assert due(cast, pages, need) == done + timedelta(days=2)
