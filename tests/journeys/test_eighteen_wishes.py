"""The story of the eighteen wishes: handed in by one unit, granted by another, confirmed one by one.

Everything the staff and the units do here goes through their pages, all eighteen times. Of the askers, four
use their own phone; the other fourteen answer through the operation that the tracking page calls.
"""

from typing import Any

from lianxin.core.clock import now
from lianxin.needs.models import Need, WishBatch
from lianxin.needs.operations import record_answer
from lianxin.needs.states import Status
from tests.cast import Cast
from tests.journeys.conftest import CODE, People, Visitor

COUNT = 18
SECRETS = ("王秀英", "13897001234", "1号楼101", "1号网格", "grid-1")
WISHES = [f"第{i}个心愿：王秀英家，电话13897001234，住1号网格1号楼101" for i in range(1, COUNT + 1)]


def public_text(i: int) -> str:
    return f"想要一套课外书，盼望第{'一二三四五六七八九十'[i % 10]}本"


def hand_in(people: People) -> tuple[WishBatch, dict[str, str]]:
    """One form of the factory's liaison; returns the batch and the code on each slip, by number."""
    factory = people.of("factory_liaison")
    factory.go("/workspace/batches/")
    factory.follow("Hand in a batch")
    factory.fill("wishes", "\n".join(WISHES))
    factory.page.locator("[name=publish_ok]").check()
    factory.press("Hand in and print the slips")
    assert factory.path() == "/workspace/slips/"
    slips = factory.page.locator(".lx-slip")
    assert slips.count() == COUNT
    codes = {s.locator(".lx-number").inner_text(): s.locator(".lx-code").inner_text() for s in slips.all()}
    assert len(codes) == len(set(codes.values())) == COUNT
    assert all(CODE.fullmatch(code) for code in codes.values())
    factory.follow("To the batch")
    for secret in SECRETS:
        assert secret not in factory.text(), "the unit that hands in reads no words"
    return WishBatch.objects.get(), codes


def publish_each(clerk: Visitor, numbers: list[str]) -> None:
    """The office checks each wish and puts it on the wall; a text with a name or a phone is refused."""
    assert clerk.page.locator(".lx-queue a.what").count() >= COUNT
    for i, number in enumerate(numbers):
        clerk.go(f"/workspace/needs/{number}/")
        if i == 0:
            for planted in ("想要课外书，电话13897001234", "王秀英想要课外书"):
                clerk.fill("public_text", planted)
                clerk.press("Put on the wish wall")
                assert clerk.page.locator(".lx-errors").is_visible()
                assert clerk.page.locator("[name=public_text]").input_value() == planted
        clerk.fill("public_text", public_text(i))
        clerk.press("Put on the wish wall")
    assert set(Need.objects.values_list("status", flat=True)) == {Status.PUBLISHED}


def deliver_each(giver: Visitor, numbers: list[str]) -> None:
    for number in numbers:
        giver.go(f"/workspace/needs/{number}/deliver/")
        giver.fill("note", "书已送到")
        giver.press("Done")
        assert giver.path() == f"/workspace/needs/{number}/"


def answer(phone: Visitor, code: str, *, solved: bool, by_link: bool) -> None:
    """The asker's own answer on a phone: with the QR code's address, or the code typed in."""
    if by_link:
        phone.go(f"/track/#{code}")
        phone.page.wait_for_url("**/track/need/")
        assert code not in phone.page.url
    else:
        phone.go("/track/")
        phone.fill("code", code.lower().replace("-", ""))
        phone.press("Show")
    commitment = phone.page.locator("form[action*='/track/need/answer/']").get_attribute("action").split("/")[-2]
    phone.choose(f"c{commitment}-solved", "yes" if solved else "no")
    if solved:
        phone.choose(f"c{commitment}-satisfaction", "satisfied")
    phone.press("Send my answer")
    assert phone.reads("Thank you. Your answer counts.")


def answer_silently(cast: Cast, number: str) -> None:
    need = Need.objects.get(number=number)
    commitment = need.commitments.get(status="delivered")
    record_answer(commitment, actor=cast.asker(need), at=now(), solved=True, satisfaction="satisfied")


def wall_text(people: People) -> str:
    """Everything that the wish wall says, page by page."""
    with people.brief() as anybody:
        anybody.go("/wishes/")
        said = anybody.text()
        while anybody.page.locator("a[rel=next]").count():
            anybody.page.locator("a[rel=next]").click()
            anybody.page.wait_for_load_state()
            said += anybody.text()
    return said


def test_eighteen_wishes_are_granted_and_each_closes_on_its_own(cast: Cast, people: People) -> None:
    batch, codes = hand_in(people)
    numbers = sorted(codes)
    address = f"/workspace/batches/{batch.number}/"

    clerk = people.of("clerk")
    publish_each(clerk, numbers)
    said = wall_text(people)
    assert sum(public_text(i) in said for i in range(COUNT)) == COUNT
    assert not [secret for secret in SECRETS if secret in said]

    water = people.of("liaison")
    water.go(address)
    water.fill("plan", "周五下班后送到")
    water.press("Take them on")
    assert set(Need.objects.values_list("status", flat=True)) == {Status.CLAIMED}
    deliver_each(water, numbers)

    for number, by_link in zip(numbers[:3], (True, False, True), strict=True):
        with people.brief() as phone:
            answer(phone, codes[number], solved=True, by_link=by_link)
    for number in numbers[3:17]:
        answer_silently(cast, number)

    clerk.go(address)
    assert "17 of 18" in clerk.text() and "94.4" in clerk.text()
    clerk.follow("The open ones in the list")
    rows: Any = clerk.page.locator("main table tbody tr")
    assert rows.count() == 1 and numbers[17] in rows.inner_text()

    with people.brief() as phone:
        answer(phone, codes[numbers[17]], solved=False, by_link=False)
    water.go("/workspace/")
    assert numbers[17] in water.text(), "not solved: back on the giver's desk"
    water.go(f"/workspace/needs/{numbers[17]}/give_back/")
    water.choose("reason", "no_means")
    water.press("Give it back")
    assert Need.objects.get(number=numbers[17]).status == Status.PUBLISHED

    school = people.of("school_liaison")
    school.go("/workspace/pool/")
    assert school.page.locator(".lx-wish").count() == 1
    school.follow("Take it on")
    school.press("Take it on")
    deliver_each(school, numbers[17:])
    with people.brief() as phone:
        answer(phone, codes[numbers[17]], solved=True, by_link=True)

    clerk.go(address)
    assert "18 of 18" in clerk.text() and "100 %" in clerk.text()
    said = wall_text(people)
    assert not [secret for secret in SECRETS if secret in said]
