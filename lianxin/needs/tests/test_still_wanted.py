"""What the office withdraws for the asker: said how, read by the asker, who has the last word."""

import pytest
from django.test import Client

from lianxin.core.clock import now
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.figures import tallies
from lianxin.needs.models import Need
from lianxin.needs.operations import still_wanted, withdraw_need
from lianxin.notifications.models import Notice
from tests.cast import Cast, fresh
from tests.test_pipeline_table import published

pytestmark = pytest.mark.django_db
WORDS = "九月三日在电话里说不要了"


def recorded(cast: Cast, need: Need) -> Need:
    return withdraw_need(need, actor=cast.actor("clerk"), at=cast.clock(), words=WORDS)


def test_the_office_says_how_it_knows(cast: Cast) -> None:
    need = cast.ask()
    with pytest.raises(Invalid) as refused:
        withdraw_need(need, actor=cast.actor("clerk"), at=cast.clock(), words=" ")
    assert refused.value.field == "words" and fresh(need).status == "filed"
    assert recorded(cast, need).end_reason == WORDS


def test_the_asker_has_the_last_word(cast: Cast) -> None:
    need = published(cast)
    recorded(cast, need)
    still_wanted(need, actor=cast.asker(need), at=cast.clock())
    found = fresh(need)
    assert (found.status, found.end_reason, found.ended_at) == ("published", "", None)
    told = Notice.objects.get(code="need.still_wanted")
    assert (told.scope_id, told.role) == (cast.north.pk, "office")
    assert tallies.compare().wrong == {}


def test_only_the_asker_and_only_over_what_was_recorded(cast: Cast) -> None:
    need = cast.ask()
    recorded(cast, need)
    for who in ("clerk", "town_officer", "grid_worker", "liaison"):
        with pytest.raises(NotAllowed):
            still_wanted(need, actor=cast.actor(who), at=cast.clock())
    own = cast.ask()
    withdraw_need(own, actor=cast.asker(own), at=cast.clock())
    with pytest.raises(NotAllowed):
        still_wanted(own, actor=cast.asker(own), at=cast.clock())
    cast.clock(days=31)
    with pytest.raises(WrongState):
        still_wanted(need, actor=cast.asker(need), at=cast.clock())


def test_on_the_page_one_button(cast: Cast, client: Client) -> None:
    cast.clock.at = now()
    filed = cast.file()
    need = Need.objects.get(pk=filed.need_id)
    recorded(cast, need)
    client.cookies["lx_lang"] = "en"
    client.post("/track/", {"code": filed.code})
    page = client.get("/track/need/").content.decode()
    assert WORDS in page and "I still want it" in page
    page = client.post("/track/need/still-wanted/", follow=True).content.decode()
    assert "It is open again" in page and WORDS not in page and "I still want it" not in page
    assert fresh(need).status == "filed"
