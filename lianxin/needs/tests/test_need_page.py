"""A need's page and its actions."""

import re
from typing import Any

import pytest
from django.test import Client

from lianxin.needs import actions, rules
from lianxin.needs.models import Need
from lianxin.needs.operations import (
    assign_need,
    claim_need,
    comment_need,
    contest_decline,
    decline_need,
    deliver_need,
    merge_need,
    publish_need,
    record_answer,
    start_work,
    thank_giver,
    verify_need,
)
from lianxin.needs.states import Status
from lianxin.panels import registry as panels
from lianxin.personal.models import Look
from tests.cast import Cast, fresh
from tests.test_pipeline_table import confirmed


def url(need: Need, verb: str = "") -> str:
    return f"/workspace/needs/{need.number}/{verb + '/' if verb else ''}"


def text(response: Any) -> str:
    return str(response.content.decode())


def repair(cast: Cast, **changes: Any) -> Need:
    asked = {
        "kind": "repair",
        "category": cast.lamp,
        "compound": cast.compound,
        "text": "楼道灯坏了",
        "name": "样例居民",
        "phone": "13800001234",
        "place_detail": "3号楼2层",
    }
    return cast.ask(**(asked | changes))


def in_all_hands(cast: Cast) -> Need:
    """A need with everything that a page can show."""
    need = repair(cast, publish_ok=True)
    other = repair(cast)
    repair(cast)
    merge_need(other, actor=cast.actor("clerk"), at=cast.clock(), into=need)
    comment_need(need, actor=cast.actor("clerk"), at=cast.clock(), text="看过了")
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="修一盏灯")
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="修好了")
    return need


@pytest.mark.parametrize("name", ["grid_worker", "clerk", "town_officer", "city_officer", "liaison"])
def test_the_page_costs_at_most_twelve_queries(
    cast: Cast, pages: Any, name: str, django_assert_max_num_queries: Any
) -> None:
    need = in_all_hands(cast)
    browser = pages.of(name)
    with django_assert_max_num_queries(12):
        response = browser.get(url(need))
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("clerk", "filed"),
        ("clerk", "verified"),
        ("clerk", "published"),
        ("liaison", "published"),
        ("clerk", "claimed"),
        ("fitter", "claimed"),
        ("grid_worker", "filed"),
        ("town_officer", "declined"),
        ("clerk", "confirmed"),
        ("city_officer", "confirmed"),
    ],
)
def test_the_page_costs_at_most_twelve_queries_in_every_state(
    cast: Cast, pages: Any, name: str, state: str, django_assert_max_num_queries: Any
) -> None:
    need = repair(cast, publish_ok=True)
    repair(cast)
    clerk = cast.actor("clerk")
    if state == "verified":
        verify_need(need, actor=clerk, at=cast.clock())
    if state == "published":
        publish_need(need, actor=clerk, at=cast.clock(), public_text_="修一盏灯")
    if state == "claimed":
        assign_need(need, actor=clerk, at=cast.clock(), giver=cast.company)
    if state == "confirmed":
        need = confirmed(cast)
    if state == "declined":
        decline_need(need, actor=clerk, at=cast.clock(), reason="unclear", words="没听清")
        contest_decline(need, actor=cast.asker(need), at=cast.clock())
    browser = pages.of(name)
    with django_assert_max_num_queries(12):
        response = browser.get(url(need))
    assert response.status_code == 200
    assert response.context["main"] is not None


def test_reading_a_page_writes_nothing(cast: Cast, pages: Any) -> None:
    need = repair(cast)
    before = (fresh(need).version, Look.objects.count())
    pages.of("clerk").get(url(need))
    assert (fresh(need).version, Look.objects.count()) == before


def test_a_need_of_somewhere_else_is_not_there(cast: Cast, pages: Any) -> None:
    need = repair(cast)
    for name in ("south_clerk", "grid_worker_2", "outsider", "liaison", "fitter"):
        assert pages.of(name).get(url(need)).status_code == 404
        assert pages.of(name).post(url(need, "verify"), {"urgency": "normal"}).status_code == 404
        assert pages.of(name).post(url(need, "look"), {"purpose": "call"}).status_code == 404
    assert pages.of("admin").get(url(need)).status_code == 403


def test_a_complaint_about_the_office_is_not_there_for_the_office(cast: Cast, pages: Any) -> None:
    need = cast.ask(kind="complaint", category=cast.fees, subject_kind="office", text="态度不好")
    assert pages.of("clerk").get(url(need)).status_code == 404
    assert pages.of("town_officer").get(url(need)).status_code == 200


def offered(response: Any) -> list[str]:
    shown = [response.context["main"], *response.context["beside"], *response.context["more"]]
    return [s.offer.action.verb for s in shown if s]


def test_only_what_i_can_do_now_is_shown(cast: Cast, pages: Any) -> None:
    need = repair(cast, publish_ok=True)
    assert offered(pages.of("grid_worker").get(url(need))) == ["verify", "on_spot", "answer_asker", "comment"]
    clerk = offered(pages.of("clerk").get(url(need)))
    assert clerk[:4] == ["verify", "publish", "assign", "on_spot"]
    assert {"decline", "merge", "correct", "pass_up", "withdraw"} <= set(clerk)
    assert "claim" not in clerk
    assert "pass_down" not in clerk
    claim = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    assert offered(pages.of("fitter").get(url(need)))[:2] == ["start", "deliver"]
    assert "call_off" in offered(pages.of("clerk").get(url(need)))
    deliver_need(claim, actor=cast.actor("fitter"), at=cast.clock(), note="好了")
    assert offered(pages.of("clerk").get(url(need)))[:2] == ["confirm", "attempt"]
    assert "confirm" not in offered(pages.of("fitter").get(url(need)))


def test_every_verb_of_staff_has_its_action_and_every_action_its_verb() -> None:
    assert set(actions.ACTIONS) | actions.NOT_HERE == set(rules.VERBS)


def test_each_action_has_a_page_of_its_own(cast: Cast, pages: Any) -> None:
    need = repair(cast, publish_ok=True)
    browser = pages.of("clerk")
    for shown in offered(browser.get(url(need))):
        page = browser.get(url(need, shown))
        assert page.status_code == 200
        assert "csrfmiddlewaretoken" in text(page)
    assert browser.get(url(need, "nonsense")).status_code == 404


def test_a_repair_goes_from_filed_to_confirmed_by_taps(cast: Cast, pages: Any) -> None:
    need = repair(cast)
    office, company = pages.of("clerk"), pages.of("fitter")
    sent = pages.of("grid_worker").post(url(need, "verify"), {"urgency": "urgent", "note": "现场看了"})
    assert sent["Location"] == url(need)
    assert fresh(need).urgency == "urgent"
    form = office.get(url(need, "assign"))
    first = next(iter(form.context["form"].fields["giver"].queryset))
    assert first == cast.company
    office.post(url(need, "assign"), {"giver": cast.company.pk, "asked": "请今天看"})
    company.post(url(need, "start"), {"plan": "下午到"})
    both = text(office.get(url(need)))
    assert "What is to be done: 请今天看" in both and "The plan: 下午到" in both
    wrong = company.post(url(need, "deliver"), {"note": ""})
    assert wrong.status_code == 422
    company.post(url(need, "deliver"), {"note": "换了灯"})
    refused = company.post(url(need, "confirm"), {"solved": "yes"})
    assert refused.status_code == 403
    assert "Only the one who asked, or a person who had no part in it" in text(refused)
    done = office.post(url(need, "confirm"), {"solved": "yes", "satisfaction": "satisfied"})
    assert done.status_code == 302
    assert fresh(need).status == Status.CONFIRMED
    assert fresh(need).answered_via == "proxy"
    assert "confirmed: solved, Satisfied (recorded for the asker)" in text(office.get(url(need)))


def test_a_wish_is_published_and_claimed_by_taps(cast: Cast, pages: Any) -> None:
    need = cast.ask()
    office, unit = pages.of("clerk"), pages.of("liaison")
    refused = office.post(url(need, "publish"), {"public_text": "王先生想要书"})
    assert refused.status_code == 422
    assert "looks like a name" in text(refused)
    assert "王先生想要书" in text(refused)
    office.post(url(need, "publish"), {"public_text": "想要几本课外书"})
    assert fresh(need).status == Status.PUBLISHED
    claimed = unit.post(url(need, "claim"), {"giver": cast.water_unit.pk, "plan": "周末送到"})
    assert claimed.status_code == 302
    assert fresh(need).status == Status.CLAIMED
    late = pages.of("school_liaison").post(url(need, "claim"), {"giver": cast.school_unit.pk})
    assert late["Location"] == "/workspace/pool/"
    unit.post(url(need, "give_back"), {"reason": "no_time"})
    assert fresh(need).status == Status.PUBLISHED


def test_a_claim_for_somebody_elses_unit_is_refused(cast: Cast, pages: Any) -> None:
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    wrong = pages.of("liaison").post(url(need, "claim"), {"giver": cast.school_unit.pk})
    assert wrong.status_code == 422
    assert fresh(need).status == Status.PUBLISHED


def test_merging_passing_declining_and_talking_by_taps(cast: Cast, pages: Any) -> None:
    need, other = repair(cast), repair(cast)
    browser = pages.of("clerk")
    browser.post(url(need, "answer_asker"), {"text": "我们下午来"})
    browser.post(url(need, "comment"), {"text": "找物业"})
    page = text(browser.get(url(need)))
    assert "我们下午来" in page
    assert "inside only" in page
    browser.post(url(other, "merge"), {"into": need.number})
    assert fresh(other).merged_into_id == need.pk
    browser.post(url(need, "pass_up"), {"note": "要镇里协调"})
    assert fresh(need).handler_id == cast.town.pk
    town = pages.of("town_officer")
    town.post(url(need, "pass_down"), {"note": "请社区再看"})
    assert fresh(need).handler_id == cast.north.pk
    nobody = browser.post(url(need, "decline"), {"reason": "not_ours", "words": "不归我们", "right_owner": ""})
    assert nobody.status_code == 422
    browser.post(url(need, "decline"), {"reason": "not_ours", "words": "不归我们", "right_owner": "供电所"})
    assert fresh(need).status == Status.DECLINED
    assert "供电所" in text(browser.get(url(need)))
    contest_decline(need, actor=cast.asker(need), at=cast.clock())
    assert offered(town.get(url(need)))[:2] == ["overturn", "uphold"]
    town.post(url(need, "overturn"))
    assert fresh(need).status == Status.FILED


def test_a_panel_of_a_higher_area_stands_on_the_page(cast: Cast, pages: Any) -> None:
    need = repair(cast)
    panel = panels.add(panels.Panel("sample", "need", "needs/_kind_icon.html", lambda need, actor: {"kind": need.kind}))
    try:
        assert panel.code in [p["code"] for p in pages.of("clerk").get(url(need)).context["panels"]]
    finally:
        panels.remove(panel)


def test_thanks_stand_beside_the_giver(cast: Cast, pages: Any) -> None:
    need = in_all_hands(cast)
    claim = need.commitments.get()
    record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=True)
    thank_giver(need, actor=cast.asker(need), at=cast.clock(), text="谢谢你们", agrees=True)
    for name in ("clerk", "liaison"):
        assert "谢谢你们" in text(pages.of(name).get(url(need)))


def test_what_was_given_is_not_called_taken_on_until_somebody_begins(cast: Cast, pages: Any) -> None:
    filed = cast.file(kind="repair", category=cast.lamp, text="楼道灯坏了")
    need = Need.objects.get(pk=filed.need_id)
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    clerk, asker = pages.of("clerk"), Client(headers={"Accept-Language": "en"})
    asker.post("/track/", {"code": filed.code})

    def badges(page: str) -> list[str]:
        return re.findall(r'class="lx-is [a-z]+">([^<,]+)', page)

    for page in (text(clerk.get(url(need))), text(clerk.get("/workspace/needs/"))):
        assert set(badges(page)) == {"Assigned"}
    desk = clerk.get("/workspace/")
    assert [n.status_label for n in desk.context["others"]] == ["Assigned"]
    tracked = text(asker.get("/track/need/"))
    assert badges(tracked) == ["Assigned"]
    assert "It was given to Company." in tracked
    assert "(Assigned)" in tracked
    assert "aken on" not in tracked
    start_work(need.commitments.get(), actor=cast.actor("fitter"), at=cast.clock())
    assert set(badges(text(clerk.get(url(need))))) == {"Under way"}
    wish = cast.ask()
    publish_need(wish, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim_need(wish, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    assert set(badges(text(clerk.get(url(wish))))) == {"Taken on"}
    assert {n.status_label for n in clerk.get("/workspace/").context["others"]} == {"Under way", "Taken on"}


def test_who_writes_a_plan_is_told_that_the_asker_reads_it(cast: Cast, pages: Any) -> None:
    need = repair(cast)
    assert "The asker reads it too." in text(pages.of("clerk").get(url(need, "assign")))
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    assert "The asker and the office read it." in text(pages.of("fitter").get(url(need)))
