"""A remark or a letter that is sent twice is said once."""

from typing import Any

import pytest

from lianxin.core.errors import AlreadySent
from lianxin.needs.models import Message
from lianxin.needs.operations import answer_asker, comment_need
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("say", [answer_asker, comment_need])
def test_sent_twice_it_is_said_once(cast: Cast, say: Any) -> None:
    need, who = cast.ask(), {"actor": cast.actor("clerk"), "at": cast.clock()}
    first = say(need, text="明天来看", key="one", **who)
    assert say(need, text="明天来看", key="one", **who) == first
    say(need, text="明天来看", key="two", **who)
    say(need, text="明天来看", **who)
    assert Message.objects.filter(need=need).count() == 3
    with pytest.raises(AlreadySent):
        say(need, text="后天来看", key="one", **who)


@pytest.mark.parametrize("verb", ["answer_asker", "comment"])
def test_the_page_carries_the_key(cast: Cast, pages: Any, verb: str) -> None:
    need, clerk = cast.ask(), pages.of("clerk")
    url = f"/workspace/needs/{need.number}/{verb}/"
    form = clerk.get(url).context["form"]
    sent = {"text": "明天来看", "key": form["key"].value()}
    assert len(sent["key"]) == 36
    for _time in range(2):
        assert clerk.post(url, sent).status_code == 302
    assert Message.objects.filter(need=need).count() == 1
