"""The wish wall over HTTP."""

from typing import Any

import pytest
from django.test import Client

from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import (
    agree_to_thanks,
    claim_need,
    correct_own,
    deliver_need,
    publish_need,
    record_answer,
    thank_giver,
    unpublish_need,
)
from tests.cast import Cast

PUBLIC = "想要几本课外书"


def publish(cast: Cast, words: str = PUBLIC, clerk: str = "clerk", **changes: Any) -> Need:
    need = cast.ask(**changes)
    publish_need(need, actor=cast.actor(clerk), at=cast.clock(), public_text_=words)
    return need


def texts(client: Client, query: str = "") -> list[str]:
    return [
        w.text.replace("<mark>", "").replace("</mark>", "") for w in client.get(f"/wishes/?{query}").context["wishes"]
    ]


def test_the_wall_shows_the_offices_words_and_nothing_of_the_asker(cast: Cast, client: Client) -> None:
    need = publish(
        cast, text="我家孩子要书，很急", name="样例姓名", phone="13800000000", place_detail="三号楼", grid=cast.grid_1
    )
    page = client.get("/wishes/").content.decode()
    assert PUBLIC in page
    for secret in ("我家孩子", "样例姓名", "13800000000", "三号楼", cast.grid_1.name, "Grid 1", need.number):
        assert secret not in page


def test_only_what_was_published_and_still_counts_is_there(cast: Cast, client: Client) -> None:
    cast.ask()
    gone = publish(cast, "想要一盏台灯")
    unpublish_need(gone, actor=cast.actor("clerk"), at=cast.clock())
    refused = publish(cast, "想要一张书桌")
    Need.objects.filter(pk=refused.pk).update(status="claimed", publish_ok=False)
    hidden = publish(cast, "想要一把椅子")
    Need.objects.filter(pk=hidden.pk).update(walled=True)
    assert texts(client) == []
    publish(cast)
    assert texts(client) == [PUBLIC]


def test_a_wish_moves_from_waiting_to_fulfilled_and_names_its_giver(cast: Cast, client: Client) -> None:
    need = publish(cast)
    assert texts(client, "status=waiting") == [PUBLIC]
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    assert texts(client, "status=waiting") == []
    assert texts(client, "status=taken_on") == [PUBLIC]
    assert cast.water_unit.label in client.get("/wishes/").content.decode()
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
    assert texts(client, "status=taken_on") == [PUBLIC]
    record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=True)
    assert texts(client, "status=confirmed") == [PUBLIC]


def test_the_wall_is_filtered_by_community_category_and_words(cast: Cast, client: Client) -> None:
    publish(cast)
    publish(cast, "想学包饺子", community=cast.south, grid=cast.grid_3, category=cast.other, clerk="south_clerk")
    assert texts(client, "community=south") == ["想学包饺子"]
    assert texts(client, "category=books") == [PUBLIC]
    assert texts(client, "q=饺子") == ["想学包饺子"]
    assert texts(client, "q=饺子 课外") == []
    assert texts(client, "status=filed") == ["想学包饺子", PUBLIC]


def test_the_asker_words_cannot_be_found_by_searching(cast: Cast, client: Client) -> None:
    publish(cast, text="我住在三号楼")
    assert texts(client, "q=三号楼") == []


def test_pages_of_the_wall_meet_and_cost_the_same(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    for i in range(30):
        publish(cast, f"想要第{'甲乙丙丁'[i % 4]}种书{'啊' * (i // 4)}")
    with django_assert_max_num_queries(9):
        page = client.get("/wishes/").context["page"]
    first = texts(client)
    second = texts(client, f"after={page.next}")
    assert (len(first), len(second)) == (24, 6)
    assert not set(first) & set(second)


def thanked(cast: Cast, words: str, *, agrees: bool = True) -> tuple[Need, Commitment]:
    """A wish that was fulfilled, whose asker says thanks."""
    need = publish(cast)
    held = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    deliver_need(held, actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
    record_answer(held, actor=cast.asker(need), at=cast.clock(), solved=True)
    thank_giver(need, actor=cast.asker(need), at=cast.clock(), text=words, agrees=agrees)
    return need, held


def test_thanks_stand_on_the_wall_as_long_as_both_agree(cast: Cast, pages: Any, client: Client) -> None:
    need, held = thanked(cast, "书很好看")
    assert "书很好看" not in client.get("/wishes/").content.decode()
    liaison, path = pages.of("liaison"), f"/workspace/needs/{need.number}/"
    assert "May they stand on the wish wall" in liaison.get(path).content.decode()
    sent = {"agrees": "yes", "commitment": held.pk}
    assert liaison.post(f"{path}agree_thanks/", sent).status_code == 302
    assert "书很好看" in client.get("/wishes/").content.decode()
    agree_to_thanks(held, actor=cast.actor("liaison"), at=cast.clock(), agrees=False)
    assert "书很好看" not in client.get("/wishes/").content.decode()
    agree_to_thanks(held, actor=cast.actor("liaison"), at=cast.clock(), agrees=True)
    own = {"name": "", "phone": "", "place_detail": "", "giver_may_call": False, "publish_ok": False}
    correct_own(need, actor=cast.asker(need), at=cast.clock(), **own)
    assert "书很好看" not in client.get("/wishes/").content.decode()


def test_thanks_are_not_shown_against_the_asker_nor_when_they_name_somebody(cast: Cast, client: Client) -> None:
    _need, quiet = thanked(cast, "谢谢大家", agrees=False)
    with pytest.raises(WrongState):
        agree_to_thanks(quiet, actor=cast.actor("liaison"), at=cast.clock(), agrees=True)
    _need, named = thanked(cast, "谢谢，我的电话13800001234")
    with pytest.raises(Invalid, match="between you"):
        agree_to_thanks(named, actor=cast.actor("liaison"), at=cast.clock(), agrees=True)
    for who in ("clerk", "school_liaison", "fitter"):
        with pytest.raises(NotAllowed):
            agree_to_thanks(named, actor=cast.actor(who), at=cast.clock(), agrees=False)
    assert "谢谢" not in client.get("/wishes/").content.decode()
