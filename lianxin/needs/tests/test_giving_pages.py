"""The pool, batches of wishes, commitments."""

import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from lianxin.accounts.models import Appointment
from lianxin.core.clock import local_day, now
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.needs.models import Need, WishBatch
from lianxin.needs.operations import (
    assign_need,
    claim_batch,
    claim_need,
    deliver_need,
    give_back,
    publish_need,
    record_answer,
)
from lianxin.needs.rules import refusal
from lianxin.needs.states import Status
from tests.cast import Cast

POOL, BATCHES, NEW, MINE = (
    "/workspace/pool/",
    "/workspace/batches/",
    "/workspace/batches/new/",
    "/workspace/commitments/",
)


def publish(cast: Cast, need: Need, words: str = "想要几本课外书") -> Need:
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_=words)
    return need


def hand_in(cast: Cast, pages: Any, lines: int = 3) -> WishBatch:
    """The factory hands in wishes over the form; the office publishes them."""
    browser = pages.of("factory_liaison")
    shown = browser.get(NEW).context["form"]
    said = {
        "key": shown.fields["key"].initial,
        "organisation": cast.factory.pk,
        "community": cast.north.pk,
        "category": cast.books.pk,
        "wishes": "\n".join(f"秘密心愿{i}\n" for i in range(lines)),
        "publish_ok": "on",
    }
    assert browser.post(NEW, said)["Location"] == "/workspace/slips/"
    assert browser.post(NEW, said)["Location"] == "/workspace/slips/"
    batch = WishBatch.objects.get()
    for need in batch.needs.all():
        publish(cast, need, f"想要第{need.pk}本书")
    return batch


def test_the_pool_shows_what_my_alliances_wait_for(cast: Cast, pages: Any, django_assert_max_num_queries: Any) -> None:
    need = publish(cast, cast.ask())
    browser = pages.of("liaison")
    with django_assert_max_num_queries(8):
        page = browser.get(POOL)
    assert [n.number for n, _words, _kind in page.context["rows"]] == [need.number]
    assert f"/workspace/needs/{need.number}/claim/" in page.content.decode()
    assert not pages.of("outsider").get(POOL).context["rows"]
    assert not pages.of("liaison").get(POOL, {"kind": "repair"}).context["rows"]
    assert pages.of("clerk").get(POOL).status_code == 403
    claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    assert not pages.of("school_liaison").get(POOL).context["rows"]


def test_a_batch_is_handed_in_once_with_a_slip_for_each_wish(cast: Cast, pages: Any) -> None:
    batch = hand_in(cast, pages)
    assert batch.needs.count() == 3
    browser = pages.of("factory_liaison")
    assert "No slip to show" in browser.get("/workspace/slips/").content.decode()


def test_the_slips_of_a_batch_carry_a_code_each(cast: Cast, pages: Any) -> None:
    browser = pages.of("factory_liaison")
    said = {
        "key": browser.get(NEW).context["form"].fields["key"].initial,
        "organisation": cast.factory.pk,
        "community": cast.north.pk,
        "category": cast.books.pk,
        "wishes": "一\n二",
    }
    browser.post(NEW, said)
    page = browser.get("/workspace/slips/").content.decode()
    assert len(set(re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", page))) == 2
    assert page.count("data:image/svg+xml") == 2


def test_too_many_wishes_somebody_elses_unit_or_community_are_refused(cast: Cast, pages: Any) -> None:
    browser = pages.of("factory_liaison")
    said = {
        "key": "k",
        "organisation": cast.factory.pk,
        "community": cast.north.pk,
        "category": cast.books.pk,
        "wishes": "\n".join("要书" for _ in range(61)),
    }
    many = browser.post(NEW, said)
    assert many.status_code == 422
    assert "These are 61 wishes" in many.content.decode()
    assert browser.post(NEW, said | {"wishes": "要书", "organisation": cast.water_unit.pk}).status_code == 422
    assert browser.post(NEW, said | {"wishes": "要书", "community": cast.south.pk}).status_code == 422
    assert Need.objects.count() == 0


def test_the_company_sees_numbers_and_states_and_no_word(cast: Cast, pages: Any) -> None:
    batch = hand_in(cast, pages)
    browser = pages.of("factory_liaison")
    page = browser.get(f"{BATCHES}{batch.number}/").content.decode()
    for need in batch.needs.all():
        assert need.number in page
        assert need.public_text not in page
        assert need.text not in page
        assert browser.get(f"/workspace/needs/{need.number}/").status_code == 404
    assert not browser.get(POOL).context["rows"]
    assert browser.get("/workspace/needs/?status=all").context["rows"] == []


def test_the_company_does_not_take_on_what_its_own_staff_wish(cast: Cast, pages: Any) -> None:
    batch = hand_in(cast, pages)
    wish = batch.needs.first()
    actor, browser = cast.actor("factory_liaison"), pages.of("factory_liaison")
    assert browser.post(f"{BATCHES}{batch.number}/claim/", {"giver": cast.factory.pk}).status_code == 404
    with pytest.raises(NotAllowed, match="own staff"):
        claim_batch(batch, actor=actor, at=cast.clock(), giver=cast.factory)
    with pytest.raises(NotAllowed, match="own staff"):
        claim_need(wish, actor=actor, at=cast.clock(), giver=cast.factory)
    assert isinstance(refusal(actor, wish, "claim"), NotAllowed)
    Appointment.objects.create(
        user=cast.users["factory_liaison"],
        scope=cast.water_unit.scope,
        role="liaison",
        from_on=local_day(cast.clock.at),
    )
    with pytest.raises(NotAllowed, match="own staff"):  # nor for a second unit of theirs
        claim_need(wish, actor=cast.actor("factory_liaison"), at=cast.clock(), giver=cast.water_unit)
    with pytest.raises(Invalid, match="own staff"):
        assign_need(wish, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.factory)
    page = pages.of("clerk").get(f"/workspace/needs/{wish.number}/assign/").content.decode()
    assert cast.water_unit.label in page and cast.factory.label not in page
    assert browser.get(f"/workspace/needs/{wish.number}/").status_code == 404
    assert {n.status for n in batch.needs.all()} == {Status.PUBLISHED}


def test_another_unit_takes_the_whole_batch_on_and_each_wish_closes_on_its_own(cast: Cast, pages: Any) -> None:
    batch = hand_in(cast, pages)
    address = f"{BATCHES}{batch.number}/"
    browser = pages.of("liaison")
    page = browser.get(address).content.decode()
    assert "Take on all 3 wishes that wait" in page
    assert "秘密心愿" not in page
    taken = browser.post(f"{address}claim/", {"giver": cast.water_unit.pk, "plan": "周五送到"})
    assert taken.status_code == 302
    assert {n.status for n in batch.needs.all()} == {Status.CLAIMED}
    again = pages.of("school_liaison").post(f"{address}claim/", {"giver": cast.school_unit.pk})
    assert again.status_code == 404
    cast.clock(days=400)  # claimed over HTTP: after the real now
    one = batch.needs.first().commitments.get()
    deliver_need(one, actor=cast.actor("liaison"), at=now(), note="送到了")
    record_answer(one, actor=cast.asker(one.need), at=now(), solved=True)
    context = pages.of("clerk").get(address).context
    assert (context["confirmed"], context["total"], context["percent"]) == (1, 3, "33.3")


def test_batches_are_listed_for_whoever_has_to_do_with_them(cast: Cast, pages: Any) -> None:
    batch = hand_in(cast, pages)
    for name in ("factory_liaison", "liaison", "clerk", "town_officer", "city_officer"):
        assert [b.number for b in pages.of(name).get(BATCHES).context["page"].rows] == [batch.number], name
    for name in ("outsider", "south_clerk"):
        browser = pages.of(name)
        assert not browser.get(BATCHES).context["page"].rows
        assert browser.get(f"{BATCHES}{batch.number}/").status_code == 404
    assert pages.of("fitter").get(BATCHES).status_code == 403


def test_commitments_show_what_my_organisation_took_on(
    cast: Cast, pages: Any, django_assert_max_num_queries: Any
) -> None:
    mine = publish(cast, cast.ask(text="王女士要书"))
    back = publish(cast, cast.ask(text="李女士要书"))
    claim_need(mine, actor=cast.actor("liaison"), at=now(), giver=cast.water_unit)
    given = claim_need(back, actor=cast.actor("liaison"), at=now(), giver=cast.water_unit)
    give_back(given, actor=cast.actor("liaison"), at=now(), reason="no_time")
    browser = pages.of("liaison")
    with django_assert_max_num_queries(8):
        page = browser.get(MINE)
    assert [c.need_id for c, _words, _open in page.context["rows"]] == [mine.pk]
    ended = browser.get(MINE, {"state": "ended"})
    assert [c.need_id for c, _words, _open in ended.context["rows"]] == [back.pk]
    assert "李女士" not in ended.content.decode()
    assert not pages.of("school_liaison").get(MINE, {"state": "all"}).context["rows"]
    book = browser.get(MINE, {"state": "all", "export": "1"})
    rows = list(load_workbook(io.BytesIO(book.content)).active.iter_rows(values_only=True))
    assert len(rows) == 3


def test_who_comes_second_to_a_wish_reads_who_was_first(cast: Cast, pages: Any) -> None:
    need = publish(cast, cast.ask())
    claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    address = f"/workspace/needs/{need.number}/claim/"
    answer = pages.of("school_liaison").post(address, {"giver": cast.school_unit.pk}, follow=True)
    assert answer.redirect_chain == [(POOL, 302)]
    assert "Water Unit has taken it on already." in answer.content.decode()
    hidden = cast.ask(publish_ok=False)
    assert pages.of("school_liaison").get(f"/workspace/needs/{hidden.number}/claim/").status_code == 404
