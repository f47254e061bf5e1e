"""A public text names neither person nor place."""

import pytest

from lianxin.core.errors import Invalid
from lianxin.needs.operations import publish_need
from lianxin.needs.public_text import check, found_in
from tests.cast import Cast


@pytest.mark.parametrize(
    "text",
    [
        "帮王大爷换灯泡",
        "李阿姨想要一盏台灯",
        "老张家的水管漏了",
        "居民张小明想要书包",
        "希望给王小明送一本书",
        "王小明想有一本书",
        "卓玛想要一件冬衣",
        "想要台灯，请打 13800000000",
        "联系电话 0973-000-0001",
        "3号楼2单元想要修灯",
        "5号网格想要一条长椅",
        "80岁老人想要一条毛毯",
        "独居老人想要人陪",
        "三年级学生想要课外书",
        "患病家庭想要轮椅",
        "Mr Zhang wants a lamp",
        "building 3, unit 2 needs a lamp",
    ],
)
def test_names_numbers_addresses_and_private_facts_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(text)
    assert refused.value.field == "public_text"


@pytest.mark.parametrize(
    "text",
    [
        "想要几本课外书",
        "想要一盏看书用的台灯",
        "请人帮忙换一下走廊的灯泡",
        "希望有人陪着去一趟医院",
        "想要一件冬衣",
        "A lamp to read by",
    ],
)
def test_plain_wishes_pass(text: str) -> None:
    assert found_in(text) == []


def test_the_askers_own_name_and_number_are_refused_whatever_they_look_like(cast: Cast) -> None:
    need = cast.ask(name="欧阳百合", phone="55-01")
    for text in ("欧阳百合想要台灯", "请打55-01，想要台灯"):
        with pytest.raises(Invalid):
            publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_=text)
    need.refresh_from_db()
    assert need.public_text == "" and need.status == "filed"


def test_nothing_is_published_without_the_askers_yes(cast: Cast) -> None:
    need = cast.ask(publish_ok=False)
    with pytest.raises(Invalid, match="agree"):
        publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
