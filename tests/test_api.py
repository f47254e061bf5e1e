"""The API's reference calls: places, organisations, categories, figures, and its description of itself."""

import re
from typing import Any

from django.test import Client

from lianxin.figures.registry import FIGURES
from lianxin.needs.api.reading import CALLED
from lianxin.needs.operations import assign_need, deliver_need, record_answer
from lianxin.needs.rules import VERBS
from lianxin.needs.tests.api_caller import Caller, _nobody_is_throttled, ok, refused  # noqa: F401
from lianxin.places.models import Household
from lianxin.settings import PACKAGE
from tests.cast import Cast

MONTH = {"from": "2026-03-01", "to": "2026-03-31"}


def test_anybody_reads_the_tree_of_places(cast: Cast, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):
        tree = ok(Caller(cast).get("/places"))
    north = tree["towns"][0]["communities"][0]
    assert (tree["code"], north["code"], north["label"], north["name"]) == ("sample", "north", "North", "北社区")
    assert [g["code"] for g in north["grids"]] == ["grid-1", "grid-2"]
    assert [c["code"] for c in north["compounds"]] == ["garden"]


def test_fewer_than_five_households_are_never_a_sum(cast: Cast) -> None:
    caller = Caller(cast)
    assert ok(caller.get("/places/north"))["people"] is None
    for i in range(5):
        Household.objects.create(grid=cast.grid_1, label=f"2号楼{i}", head_count=2)
    north = ok(caller.get("/places/north"))
    assert (north["households"], north["people"]) == (7, 16)
    # The town's sum less the north's would give the one household of the south away.
    assert ok(caller.get("/places/town"))["people"] is None
    assert ok(caller.get("/places/grid-1"))["people"] is None
    assert ok(caller.get("/places/grid-1"))["parent"] == "north"
    refused(caller.get("/places/nowhere"), 404, "not_found")


def test_organisations_are_found_by_kind_place_and_words(cast: Cast) -> None:
    caller = Caller(cast)

    def codes(**query: Any) -> list[str]:
        return [row["code"] for row in ok(caller.get("/organisations", **query))["items"]]

    assert codes(kind="company") == codes(q="company") == ["company"]
    assert codes(community="south") == ["south-office"]
    first = ok(caller.get("/organisations", limit=4))
    assert len(codes(after=first["next"], limit=100)) == len(codes()) - 4
    assert ok(caller.get("/organisations/company"))["compounds"] == ["garden"]
    refused(caller.get("/organisations/nobody"), 404, "not_found")
    refused(caller.get("/organisations", kind="club"), 422, "invalid")


def test_categories_tell_what_can_be_asked(cast: Cast) -> None:
    found = {row["code"]: row for row in ok(Caller(cast).get("/categories"))}
    assert found["heating"] == {
        "code": "heating",
        "kind": "repair",
        "label": "Heating",
        "urgency": "urgent",
        "around_the_clock": True,
    }


def test_every_figure_is_told_with_what_was_divided(cast: Cast) -> None:
    clerk = Caller(cast, "clerk")
    cast.ask()
    said = ok(clerk.get("/figures", **{"from": "2026-03-01", "to": "2026-03-31", "scope": "north"}))
    assert (said["from"], said["to"], said["scope"]) == ("2026-03-01", "2026-03-31", "north")
    figures = {f["code"]: f for f in said["figures"]}
    assert set(figures) == set(FIGURES.codes())
    assert figures["needs_filed"]["value"] == 1
    assert (figures["response_rate"]["numerator"], figures["response_rate"]["denominator"]) == (0, 1)
    refused(clerk.get("/figures", scope="nowhere"), 422, "invalid")
    refused(clerk.get("/figures", scope="company"), 422, "invalid")
    refused(clerk.get("/figures", **{"from": "2026-03-02", "to": "2026-03-01"}), 422, "invalid")


def test_a_rate_of_answers_says_who_gave_them(cast: Cast) -> None:
    for name in (None, "grid_worker", "grid_worker"):
        need = cast.ask(kind="repair", category=cast.lamp, compound=cast.compound)
        claim = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
        deliver_need(claim, actor=cast.actor("fitter"), at=cast.clock(), note="修好了")
        actor = cast.actor(name) if name else cast.asker(need)
        record_answer(claim, actor=actor, at=cast.clock(), solved=name is None)
    figures = {f["code"]: f for f in ok(Caller(cast, "clerk").get("/figures", **MONTH))["figures"]}
    assert figures["resolution_rate"]["by"] == {
        "self": {"numerator": 1, "denominator": 1, "value": 1.0},
        "proxy": {"numerator": 0, "denominator": 2, "value": 0.0},
        "silent": 0,
    }
    assert figures["response_rate"]["by"] is None and figures["needs_filed"]["by"] is None


def test_figures_are_told_as_on_their_page(cast: Cast) -> None:
    cast.ask(community=cast.south, grid=cast.grid_3)
    for name in ("fitter", "liaison"):
        refused(Caller(cast, name).get("/figures"), 403, "not_allowed")
    filed = {f["code"]: f["value"] for f in ok(Caller(cast, "clerk").get("/figures", **MONTH))["figures"]}[
        "needs_filed"
    ]
    whole = {f["code"]: f["value"] for f in ok(Caller(cast, "city_officer").get("/figures", **MONTH))["figures"]}
    assert (filed, whole["needs_filed"]) == (0, 1)
    refused(Caller(cast, "clerk").get("/figures", scope="south"), 403, "not_allowed")
    refused(Caller(cast, "city_officer").get("/figures", scope="SOUTH"), 422, "invalid")


def test_figures_of_a_grid_are_for_those_responsible_for_it(cast: Cast) -> None:
    ok(Caller(cast, "clerk").get("/figures", scope="grid-1"))
    ok(Caller(cast, "grid_worker").get("/figures", scope="grid-1"))
    for name in ("fitter", "liaison", "grid_worker_2", "south_clerk"):
        refused(Caller(cast, name).get("/figures", scope="grid-1"), 403, "not_allowed")


def test_the_description_names_every_refusal(cast: Cast) -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            expected = {"200", "400", "401", "403", "404", "405", "413", "422", "429"}
            if method == "post":
                expected |= {"409", "415"}
            assert expected <= set(call["responses"]), path
            assert ("304" in call["responses"]) is (method == "get"), path
            for status, response in call["responses"].items():
                if status == "304":
                    continue
                kind = "application/json" if status < "400" else "application/problem+json"
                assert list(response["content"]) == [kind], path
    assert {} in schema["paths"]["/api/v1/needs"]["post"]["security"]
    assert {} not in schema["paths"]["/api/v1/needs"]["get"]["security"]


def test_the_guide_lists_every_call_and_no_other(cast: Cast) -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    calls = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in schema["paths"].items()
        for method in methods
    }
    guide = (PACKAGE.parent / "docs" / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`((?:GET|POST) /[a-z][^`]*)`", guide.split("## Operations")[1])) == calls


def test_every_step_of_the_pipeline_has_its_call(cast: Cast) -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    for verb, rule in VERBS.items():
        below = "/commitments/{pk}" if rule.commitment else ""
        assert "post" in paths[f"/api/v1/needs/{{number}}{below}/{CALLED.get(verb, verb)}"], verb


def test_the_guide_explains_every_code_of_a_refusal() -> None:
    guide = (PACKAGE.parent / "docs" / "api.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| \d{3} \| `(\w+)`", guide, re.M))
    source = "".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.py") if "tests" not in p.parts)
    used = set(re.findall(r'\bcode = "(\w+)"', (PACKAGE / "core/errors.py").read_text()))
    used |= set(re.findall(r'problem\(\d{3}, "(\w+)"', source)) | {
        "too_many",
        "for_staff",
        "no_scope",
        "no_post",
        "already_claimed",
    }
    assert used == explained
