"""Which level decides: nobody takes a request away from the level above."""

import pytest
from django.test import Client

from lianxin.core.errors import Invalid, NotAllowed
from lianxin.desk.models import DeskItem
from lianxin.needs.actions import offers
from lianxin.needs.models import Need
from lianxin.needs.operations import (
    Wished,
    claim_batch,
    contest_decline,
    decline_need,
    hand_in_batch,
    overturn_decline,
    pass_down,
    pass_up,
    publish_need,
    take_back,
    uphold_decline,
)
from lianxin.needs.queries import need_for
from lianxin.notifications.models import Notice
from tests.cast import Cast, fresh

pytestmark = pytest.mark.django_db


def on_desks(need: Need) -> list[tuple[str, str]]:
    return list(DeskItem.objects.filter(object_type="need", object_id=need.pk).values_list("role", "verb"))


def offered(cast: Cast, who: str, need: Need) -> set[str]:
    found = need_for(cast.actor(who), need.number)
    assert found is not None
    return {offer.action.verb for offer in offers(cast.actor(who), found)}


def at_the_city(cast: Cast) -> Need:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    for who in ("clerk", "town_officer"):
        pass_up(need, actor=cast.actor(who), at=cast.clock(), note="办不了")
    return fresh(need)


def test_a_town_hands_down_what_it_has_and_not_what_the_city_has(cast: Cast) -> None:
    need = at_the_city(cast)
    with pytest.raises(NotAllowed):
        pass_down(need, actor=cast.actor("town_officer"), at=cast.clock(), note="还是社区办")
    assert "pass_down" not in offered(cast, "town_officer", need)
    assert fresh(need).handler_id == cast.city.pk
    pass_down(need, actor=cast.actor("city_officer"), at=cast.clock(), note="请社区办")
    pass_up(need, actor=cast.actor("clerk"), at=cast.clock(), note="办不了")
    pass_down(need, actor=cast.actor("town_officer"), at=cast.clock(), note="可以办")
    assert fresh(need).handler_id == cast.north.pk


def test_a_complaint_about_the_system_stays_with_the_city(cast: Cast) -> None:
    asked = {"kind": "complaint", "category": cast.fees, "subject_kind": "system", "text": "系统不好用"}
    need = fresh(cast.ask(**asked, publish_ok=False))
    with pytest.raises(NotAllowed):
        pass_down(need, actor=cast.actor("town_officer"), at=cast.clock(), note="社区看看")
    with pytest.raises(Invalid, match="stays with the city"):
        pass_down(need, actor=cast.actor("city_officer"), at=cast.clock(), note="社区看看")
    assert "pass_down" not in offered(cast, "city_officer", need)
    assert fresh(need).handler_id == cast.city.pk


def the_city_decides(cast: Cast, need: Need, decide: object) -> None:
    assert on_desks(need) == [("city", "decide")]
    assert Notice.objects.get(code="need.contested").scope_id == cast.city.pk
    said = {"words": "已经说明"} if decide is uphold_decline else {}
    with pytest.raises(NotAllowed):
        decide(need, actor=cast.actor("town_officer"), at=cast.clock(), **said)  # type: ignore[operator]
    decide(need, actor=cast.actor("city_officer"), at=cast.clock(), **said)  # type: ignore[operator]
    assert "decide" not in dict(on_desks(need)).values()


@pytest.mark.parametrize("decide", [overturn_decline, uphold_decline])
def test_what_the_city_declined_the_city_decides_again(cast: Cast, decide: object) -> None:
    need = at_the_city(cast)
    decline_need(need, actor=cast.actor("city_officer"), at=cast.clock(), reason="not_possible", words="办不了")
    contest_decline(need, actor=cast.asker(need), at=cast.clock())
    the_city_decides(cast, need, decide)


def test_what_the_office_declined_the_town_decides(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    decline_need(need, actor=cast.actor("clerk"), at=cast.clock(), reason="not_possible", words="办不了")
    contest_decline(need, actor=cast.asker(need), at=cast.clock())
    assert on_desks(need) == [("town", "decide")]
    overturn_decline(need, actor=cast.actor("town_officer"), at=cast.clock())
    assert fresh(need).status == "filed"
    decline_need(need, actor=cast.actor("clerk"), at=cast.clock(), reason="not_possible", words="还是办不了")
    assert on_desks(need) == []
    contest_decline(need, actor=cast.asker(need), at=cast.clock())
    assert on_desks(need) == [("town", "decide")]


@pytest.mark.parametrize("decide", [overturn_decline, uphold_decline])
def test_what_the_town_declined_the_city_decides(cast: Cast, client: Client, decide: object) -> None:
    filed = cast.file(kind="repair", category=cast.lamp, text="路灯不亮")
    need = Need.objects.get(pk=filed.need_id)
    pass_up(need, actor=cast.actor("clerk"), at=cast.clock(), note="办不了")
    decline_need(need, actor=cast.actor("town_officer"), at=cast.clock(), reason="not_possible", words="办不了")
    client.cookies["lx_lang"] = "en"
    client.post("/track/", {"code": filed.code})
    assert "ask the city" in client.get("/track/need/").content.decode()
    client.post("/track/need/contest/")
    assert "The city is looking at it" in client.get("/track/need/").content.decode()
    the_city_decides(cast, need, decide)


@pytest.mark.parametrize("decide", [overturn_decline, uphold_decline])
def test_what_the_town_declined_although_the_office_had_it_the_city_decides(cast: Cast, decide: object) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    decline_need(need, actor=cast.actor("town_officer"), at=cast.clock(), reason="not_possible", words="办不了")
    contest_decline(need, actor=cast.asker(need), at=cast.clock())
    the_city_decides(cast, need, decide)


@pytest.mark.parametrize("who", ["town_officer", "city_officer"])
def test_taken_back_it_lies_where_it_lay(cast: Cast, who: str) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    before = on_desks(need)
    decline_need(need, actor=cast.actor(who), at=cast.clock(), reason="not_possible", words="办不了")
    assert fresh(need).handler_id == {"town_officer": cast.town.pk, "city_officer": cast.city.pk}[who]
    take_back(fresh(need), actor=cast.actor(who), at=cast.clock())
    assert fresh(need).handler_id == cast.north.pk
    assert on_desks(need) == before


def test_that_a_batch_was_taken_on_is_told_to_the_level_that_has_it(cast: Cast) -> None:
    asked, place = [Wished("想要一本菜谱", cast.books)], {"organisation": cast.factory, "community": cast.north}
    handed = hand_in_batch(asked, actor=cast.actor("factory_liaison"), at=cast.clock(), key="b", **place)
    need = Need.objects.get(batch=handed.batch)
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要一本菜谱")
    pass_up(need, actor=cast.actor("clerk"), at=cast.clock(), note="办不了")
    claim_batch(handed.batch, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    told = Notice.objects.get(code="batch.claimed")
    assert (told.scope_id, told.role) == (cast.town.pk, "town")
