"""Those who work with it: log in, find everything that the menu names, do the day's work, log out."""

import pytest

from lianxin.needs.models import Need
from lianxin.needs.states import Status
from tests.cast import PASSWORD, Cast
from tests.journeys import world
from tests.journeys.conftest import People, Visitor

ROLES = {
    "grid_worker": {"language": "zh-hans", "phone": True},
    "clerk": {"language": "zh-hans"},
    "town_officer": {"language": "zh-hans"},
    "city_officer": {"language": "en"},
    "admin": {"language": "en"},
    "liaison": {"language": "zh-hans", "phone": True},
    "fitter": {"language": "zh-hans", "phone": True},
    "housing_officer": {"language": "en"},
}


@pytest.mark.parametrize("name", ROLES)
def test_every_entry_of_the_menu_opens(cast: Cast, people: People, name: str) -> None:
    world.build(cast)
    person = people.of(name, **ROLES[name])
    assert person.page.locator("h1").inner_text() == person.words("My desk")
    person.go("/workspace/menu/")
    links = person.page.locator(".lx-side-all a").all()
    paths = [str(link.get_attribute("href")) for link in links]
    assert len(paths) >= 5 and len(set(paths)) == len(paths)
    for path in paths:
        person.go(path)
        assert person.page.locator("h1").count() == 1, path
    if name != "admin":
        person.go("/workspace/")
        person.page.locator(".lx-queue a.what").first.click()
        person.page.wait_for_load_state()
        assert person.path().startswith("/workspace/")


def test_logging_out_closes_the_workspace(cast: Cast, people: People) -> None:
    clerk = people.of("clerk")
    clerk.page.locator("details.lx-menu summary").click()
    clerk.press("Log out")
    clerk.go("/workspace/")
    assert clerk.path() == "/login/?next=/workspace/"
    clerk.page.go_back()
    clerk.page.reload()
    assert clerk.path() != "/workspace/"


def test_a_wrong_password_says_so_and_keeps_the_name(cast: Cast, people: People) -> None:
    somebody = people.visitor()
    somebody.go("/login/?next=/workspace/needs/")
    somebody.fill("username", "clerk")
    somebody.fill("password", "not-the-password")
    somebody.press("Log in")
    assert somebody.page.locator(".lx-errors").is_visible()
    assert somebody.page.locator("[name=username]").input_value() == "clerk"
    somebody.fill("password", PASSWORD)
    somebody.press("Log in")
    assert somebody.path() == "/workspace/needs/"


def test_a_grid_worker_files_for_someone_in_four_taps(cast: Cast, people: People) -> None:
    worker = people.of("grid_worker", phone=True, language="zh-hans")
    taps = 0

    def tap(selector: str) -> None:
        nonlocal taps
        taps += 1
        worker.page.locator(selector).locator("visible=true").first.click()
        worker.page.wait_for_load_state()

    tap(".lx-tabs a[href='/workspace/file/']")
    tap(".lx-tile[href$='kind=repair']")
    tap(f"label:has(input[name=category][value='{cast.lamp.pk}'])")
    worker.fill("text", "楼道的灯不亮")
    tap("main form button.btn-main")
    assert worker.path() == "/workspace/slips/" and taps == 4
    need = Need.objects.get()
    assert (need.category, need.grid, need.channel) == (cast.lamp, cast.grid_1, "grid_worker")
    assert worker.page.locator(".lx-slip .lx-number").inner_text() == need.number


def test_the_office_takes_a_need_from_its_desk_to_the_wall_and_to_a_giver(cast: Cast, people: People) -> None:
    wish, lamp = cast.ask(), cast.ask(kind="repair", category=cast.lamp, text="路灯不亮", publish_ok=False)
    clerk = people.of("clerk", phone=True, language="zh-hans")
    assert clerk.page.locator(".lx-queue > li").count() == 2
    clerk.page.locator(f".lx-queue li:has-text('{wish.number}') .btn").click()
    clerk.page.wait_for_load_state()
    clerk.fill("public_text", "想要几本课外书")
    clerk.press("Put on the wish wall")
    assert Need.objects.get(pk=wish.pk).status == Status.PUBLISHED

    clerk.go(f"/workspace/needs/{lamp.number}/")
    clerk.press("Verify")
    clerk.page.select_option("[name=giver]", str(cast.office.pk))
    clerk.press("Give it to someone")
    assert Need.objects.get(pk=lamp.pk).status == Status.CLAIMED
    clerk.go("/workspace/")
    assert clerk.page.locator(".lx-queue").first.inner_text().count("SC-26-") == 2


def test_two_who_correct_the_same_need_see_both_versions(cast: Cast, people: People) -> None:
    need = cast.ask()
    first, second = people.of("clerk"), people.of("clerk_2")
    for clerk in (first, second):
        clerk.go(f"/workspace/needs/{need.number}/correct/")
    first.fill("public_text", "想要三本故事书")
    first.press("Correct")
    second.fill("public_text", "想要两本画册")
    second.press("Correct")
    assert "想要三本故事书" in second.text(), "theirs"
    assert second.page.locator("[name=public_text]").input_value() == "想要两本画册", "mine"
    assert Need.objects.get().public_text == "想要三本故事书"
    second.press("Correct")
    assert Need.objects.get().public_text == "想要两本画册"


def test_one_who_claims_second_reads_who_was_first(cast: Cast, people: People) -> None:
    need = world.World(cast).file("wish")
    clerk = people.of("clerk")
    publish(clerk, need.number)
    water, school = people.of("liaison"), people.of("school_liaison")
    for liaison in (water, school):
        liaison.go(f"/workspace/needs/{need.number}/claim/")
    water.press("Take it on")
    assert water.path() == f"/workspace/needs/{need.number}/"
    school.press("Take it on")
    assert Need.objects.get().commitments.get().giver == cast.water_unit
    assert school.path() == "/workspace/pool/"
    assert f"{cast.water_unit.name_en} has taken it on already." in school.text()


def publish(clerk: Visitor, number: str) -> None:
    clerk.go(f"/workspace/needs/{number}/publish/")
    clerk.fill("public_text", "想要几本课外书")
    clerk.press("Put on the wish wall")
