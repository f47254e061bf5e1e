"""A resident's way, on a phone: ask with a photo, keep the slip, track by code, answer, say thanks.

What the office and the giver do in between goes through their operations; their pages are walked in test_staff.py
and test_eighteen_wishes.py.
"""

import pytest

from lianxin.core.clock import now
from lianxin.needs.answers import Thanks
from lianxin.needs.models import Need
from lianxin.needs.operations import assign_need, deliver_need
from lianxin.needs.states import Status
from tests.cast import Cast
from tests.journeys import world
from tests.journeys.conftest import CODE, People, Visitor

WEIGHT = 70 * 1024
VIEWS = {
    "zh": {"language": "zh-hans"},
    "en": {"language": "en"},
    "elder": {"language": "zh-hans", "elder": True},
}


def fill_in(phone: Visitor, cast: Cast) -> None:
    """From the first page to a form that is ready to be sent."""
    phone.go("/")
    phone.page.locator(".lx-tile[href='/ask/repair/']").click()
    phone.choose("category", "lamp")
    phone.fill("text", "单元门口的灯不亮")
    phone.page.select_option("[name=community]", "north")
    phone.page.select_option("[name=spot]", "grid:grid-1")
    phone.unfold("Add an exact place, your name or photos")
    photo = world.picture()
    phone.page.set_input_files("[name=photos]", {"name": photo.name, "mimeType": "image/jpeg", "buffer": photo.read()})


def slip(phone: Visitor) -> str:
    """The code of the slip that is shown, beside its number and its QR code."""
    assert phone.path() == "/asked/"
    need = Need.objects.get()
    assert phone.page.locator(".lx-number").inner_text() == need.number
    qr = phone.page.locator(".lx-qr img")
    assert qr.get_attribute("src").startswith("data:image/svg+xml") and qr.evaluate("i => i.naturalWidth") > 0
    code = phone.page.locator(".lx-code").inner_text().strip()
    assert CODE.fullmatch(code)
    return code


def track(phone: Visitor, code: str) -> None:
    """Type the code in on the first page."""
    phone.go("/")
    phone.fill("code", code)
    phone.press("Show")
    assert phone.path() == "/track/need/"


def reply(phone: Visitor, commitment: int, *, solved: bool) -> None:
    phone.choose(f"c{commitment}-solved", "yes" if solved else "no")
    phone.choose(f"c{commitment}-satisfaction", "satisfied" if solved else "unsatisfied")
    phone.press("Send my answer")


def the_whole_way(phone: Visitor, cast: Cast) -> None:
    """Ask, track, add a word, "not solved", "solved", thanks."""
    fill_in(phone, cast)
    phone.press("Send")
    code = slip(phone)
    phone.follow("See where it stands")
    photo = phone.page.locator(".lx-photos img")
    photo.scroll_into_view_if_needed()
    phone.page.wait_for_function("document.querySelector('.lx-photos img').naturalWidth > 0")
    phone.press("Forget my code on this device")
    phone.go("/track/need/")
    assert phone.path() == "/track/", "nobody who uses the phone next sees it"

    track(phone, code)
    phone.fill("text", "平时晚上在家")
    phone.press("Send")
    assert "平时晚上在家" in phone.text()

    need = Need.objects.get()
    held = assign_need(need, actor=cast.actor("clerk"), at=now(), giver=cast.company)
    deliver_need(held, actor=cast.actor("fitter"), at=now(), note="换了灯泡")
    phone.go("/track/need/")
    assert "换了灯泡" in phone.text()
    reply(phone, held.pk, solved=False)
    assert Need.objects.get().status == Status.UNDER_WAY
    deliver_need(held, actor=cast.actor("fitter"), at=now(), note="换了开关")
    phone.go("/track/need/")
    reply(phone, held.pk, solved=True)
    need = Need.objects.get()
    assert (need.status, need.answered_via, need.satisfaction) == (Status.CONFIRMED, "self", "satisfied")

    phone.page.locator("[name=thanks-text]").fill("谢谢师傅")
    phone.press("Pass on my thanks")
    assert "谢谢师傅" in phone.text()
    assert Thanks.objects.get().text == "谢谢师傅"


@pytest.mark.parametrize("view", VIEWS)
def test_a_resident_asks_tracks_and_answers(cast: Cast, people: People, view: str) -> None:
    phone = people.visitor(**VIEWS[view])
    the_whole_way(phone, cast)
    assert phone.page.locator("html").get_attribute("data-view") == ("elder" if view == "elder" else "")


def test_the_switches_are_on_the_page_and_are_remembered(cast: Cast, people: People) -> None:
    phone = people.visitor(language="zh-hans")
    phone.go("/wishes/")
    phone.page.get_by_role("button", name="English").click()
    phone.page.wait_for_load_state()
    phone.language = "en"
    assert phone.path() == "/wishes/" and "Wish wall" in phone.text()
    phone.press("Large text")
    assert phone.path() == "/wishes/" and phone.page.locator("html").get_attribute("data-view") == "elder"
    phone.go("/ask/wish/")
    assert phone.page.locator("html").get_attribute("data-view") == "elder"
    size = phone.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 18
    phone.press("Standard view")
    assert phone.page.locator("html").get_attribute("data-view") == ""


def test_a_double_tap_on_send_files_once(cast: Cast, people: People) -> None:
    phone = people.visitor()
    fill_in(phone, cast)
    phone.page.get_by_role("button", name="Send", exact=True).dblclick()
    phone.page.wait_for_url("**/asked/")
    assert Need.objects.count() == 1


def test_back_and_send_again_is_the_same_need(cast: Cast, people: People) -> None:
    phone = people.visitor()
    phone.go("/ask/repair/")
    phone.choose("category", "lamp")
    phone.fill("text", "单元门口的灯不亮")
    phone.page.select_option("[name=community]", "north")
    phone.press("Send")
    phone.page.wait_for_url("**/asked/")
    phone.page.go_back()
    assert phone.page.locator("[name=text]").input_value() == "单元门口的灯不亮"
    phone.press("Send")
    phone.page.wait_for_url("**/asked/")
    assert Need.objects.count() == 1
    phone.page.go_back()
    phone.fill("text", "还有一盏灯不亮")
    phone.press("Send")
    assert Need.objects.get().number in phone.text()
    phone.go("/ask/repair/")
    phone.choose("category", "lamp")
    phone.fill("text", "还有一盏灯不亮")
    phone.press("Send")
    phone.page.wait_for_url("**/asked/")
    assert Need.objects.count() == 2


def test_an_expired_form_is_sent_again_with_one_press(cast: Cast, people: People) -> None:
    phone = people.visitor()
    phone.go("/ask/repair/")
    phone.choose("category", "lamp")
    phone.fill("text", "单元门口的灯不亮")
    phone.page.select_option("[name=community]", "north")
    phone.context.clear_cookies(name="csrftoken")
    phone.allowed.add(403)
    phone.press("Send")
    assert Need.objects.count() == 0
    phone.press("Send once more")
    phone.page.wait_for_url("**/asked/")
    assert Need.objects.get().text == "单元门口的灯不亮"


def test_the_whole_way_works_without_scripts(cast: Cast, people: People) -> None:
    the_whole_way(people.visitor(java_script_enabled=False), cast)


def test_what_was_typed_stays_when_something_is_missing(cast: Cast, people: People) -> None:
    phone = people.visitor(language="zh-hans")
    phone.go("/ask/wish/")
    phone.fill("text", "想要一盏台灯")
    phone.press("Send")
    assert phone.page.locator(".lx-errors a").count() >= 1
    assert phone.page.evaluate("document.activeElement.className") == "lx-errors"
    assert phone.page.locator("[name=text]").input_value() == "想要一盏台灯"
    assert Need.objects.count() == 0


def test_in_large_text_a_code_and_a_telephone_stand_on_one_line(cast: Cast, people: People) -> None:
    phone = people.visitor(elder=True)
    for page in ("/", "/track/"):
        phone.go(page)
        phone.page.locator("[name=code]").fill("MMMM-WWWW-GGGG-5K3X")
        if page == "/track/":
            phone.press("Show")
        field = phone.page.locator("[name=code]")
        assert field.evaluate("f => f.scrollWidth <= f.clientWidth"), page
        assert field.evaluate("f => parseFloat(getComputedStyle(f).fontSize)") >= 18
    lines = "s => s.getClientRects().length"
    for number in phone.page.locator(".lx-call .text-nowrap, .lx-foot-phone .text-nowrap").all():
        assert number.evaluate(lines) == 1
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_first_page_weighs_at_most_70_kb(cast: Cast, people: People) -> None:
    world.build(cast)
    phone = people.visitor(language="zh-hans")
    network = phone.context.new_cdp_session(phone.page)
    network.send("Network.enable")
    asked: dict[str, str] = {}
    weighed: dict[str, float] = {}
    network.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))
    network.on("Network.loadingFinished", lambda e: weighed.update({e["requestId"]: e["encodedDataLength"]}))
    phone.go("/")
    phone.page.wait_for_load_state("networkidle")
    sizes = {asked[request]: int(size) for request, size in weighed.items()}
    assert len([url for url in sizes if "/static/" in url]) >= 4, sizes
    assert all(url.startswith(phone.base) for url in sizes if not url.startswith("data:")), "nothing from outside"
    # Behind a reverse proxy the page itself is compressed too; here it counts as it is.
    assert sum(sizes.values()) <= WEIGHT, sizes
