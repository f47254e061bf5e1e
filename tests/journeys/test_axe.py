"""Every page, read by axe: in Chinese on a phone, in English on a desktop, in elder view on a phone in Chinese.

On every page also, and in elder view in English too: the browser reports no error, and nothing sticks out to the side.
In elder view axe reads what residents open, and of staff what the clerk opens: the others' pages have the same parts.
"""

import re
from pathlib import Path
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve

from tests import test_permissions as table
from tests.cast import PASSWORD, Cast
from tests.journeys import world
from tests.journeys.conftest import CODE, People, Visitor, log_in, make_passkey, with_a_phone

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
AXE = Axe()
EXAMPLES = Path(__file__).parents[2] / "examples/tongren"
VIEWS = {
    "zh-390": {"language": "zh-hans", "phone": True},
    "en-1440": {"language": "en", "phone": False},
}
ELDER = {
    "zh-elder-390": {"language": "zh-hans", "phone": True, "elder": True},
    "en-elder-390": {"language": "en", "phone": True, "elder": True},
}
# Names in the cast; each opens its list in world.staff_pages.
STAFF = (
    *("clerk", "clerk_2", "liaison", "factory_liaison", "grid_worker", "town_officer", "city_officer", "admin"),
    *("fitter", "housing_officer"),
)
# Pages that open only on the way through a second step.
SECOND_STEP = {"set_up_factor", "app_set_up", "recovery_codes", "security", "passkey_remove", "second_step"}
# Pages that show once what has just been done.
SHOWN_ONCE = {"invitation", "imports", "import_done"}
# Routes that show no page of their own: they take a POST, send on, or answer with a file.
NO_PAGE = (
    "choose_place open_figures_csv elder set_language logout from_poster tracked_word tracked_withdraw "
    "tracked_answer_merged tracked_answer tracked_contest tracked_thanks tracked_photo tracked_forget api-nothing "
    "tracked_still_wanted "
    "api-root webhook_switch webhook_secret webhook_again "
    "account_names account_password token_create token_revoke need_look need_photo batch_claim post_take_down "
    "category_switch import_template import_now import_errors person_appoint person_renew person_close "
    "person_end unit_serve unit_stop_serving unit_join unit_leave unit_accept unit_report helper_add "
    "demo hotline_replied hotline_template job_again need_erase need_held_file need_held_look "
    "helper_look helper_file helper_end helper_erase "
    "person_reset reset_decide account_contacts app_begin recovery_renew passkey_ask passkey_add passkey_question "
    "passkey_enter session_end sessions_end "
    "person_back person_hand_over roots_json roster_add roster_end tracked_correct tracked_erase tracked_held_file "
    "value_call_off "
    "account_notices channel_switch channel_test delivery_again tallies_rebuild open_figures_json"
)


def problems(visitor: Visitor) -> list[str]:
    """What is wrong with the page that is open."""
    page = visitor.page
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    found = [f"{visitor.path()}: sticks out by {wide} px"] if wide > 0 else []
    if visitor.elder and (visitor.language == "en" or visitor.name not in ("", "clerk")):
        return found
    for violation in AXE.run(page, options=OPTIONS).response["violations"]:
        where = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
        found.append(f"{visitor.path()}: {violation['id']} ({violation['help']}) {where}")
    return found


def look_at(visitor: Visitor, paths: tuple[str, ...] | list[str]) -> list[str]:
    """Open each page and collect what is wrong."""
    found = []
    for path in paths:
        visitor.go(path)
        found += problems(visitor)
    return found


@pytest.fixture
def there(cast: Cast) -> world.World:
    """The city with something to look at everywhere."""
    return world.build(cast)


@pytest.mark.parametrize("view", [*VIEWS, *ELDER])
def test_public_pages_are_clean(there: world.World, people: People, view: str) -> None:
    visitor = people.visitor(**(VIEWS | ELDER)[view])
    found = look_at(visitor, [*world.PUBLIC, f"/board/{there.post}/"])
    visitor.allowed.add(404)
    visitor.go("/there-is-nothing-here/", status=404)
    assert found + problems(visitor) == []


@pytest.mark.parametrize("view", [*VIEWS, *ELDER])
def test_the_pages_of_ones_own_request_are_clean(there: world.World, people: People, view: str) -> None:
    visitor = people.visitor(**(VIEWS | ELDER)[view])
    found = []
    for name in world.ASKERS:
        visitor.context.add_cookies([{"name": "lx_code", "value": there.cookie(name), "url": visitor.base}])
        found += look_at(visitor, ["/track/need/", "/track/need/held/"])
    assert found + look_at(visitor, ["/asked/"]) == []


@pytest.mark.parametrize("view", [*VIEWS, *ELDER])
@pytest.mark.parametrize("name", STAFF)
def test_staff_pages_are_clean(there: world.World, people: People, name: str, view: str) -> None:
    assert look_at(people.of(name, **(VIEWS | ELDER)[view]), world.staff_pages(there)[name]) == []


@pytest.mark.parametrize("view", [*VIEWS, *ELDER])
def test_the_pages_of_a_second_step_are_clean(cast: Cast, people: People, at_localhost: str, view: str) -> None:
    people.base = at_localhost
    clerk, found, opened = people.visitor(**(VIEWS | ELDER)[view]), [], set()
    security = "/workspace/account/security/"

    def look() -> None:
        opened.add(resolve(clerk.path()).url_name)
        found.extend(problems(clerk))

    with_a_phone(clerk)
    log_in(clerk, "clerk")
    clerk.go(f"{security}factor/")
    look()
    clerk.page.locator("#app_password").fill(PASSWORD)
    clerk.press("Set up the app")
    look()
    clerk.unfold("Can't scan? Type this key into the app")
    app = pyotp.TOTP(clerk.page.locator(".lx-code").inner_text().replace(" ", ""))
    clerk.fill("code", "no code")
    clerk.page.locator("main form button").click()
    clerk.page.locator(".lx-errors").wait_for()
    look()
    clerk.fill("code", app.now())
    clerk.page.locator("main form button").click()
    clerk.page.wait_for_url(re.compile("/security/codes/$"))
    assert clerk.page.locator(".lx-slip .lx-code").count() == 10
    look()
    clerk.go(f"{security}codes/")
    look()
    clerk.go(f"{security}factor/")
    make_passkey(clerk, "my phone")
    clerk.page.wait_for_url(re.compile("/security/$"))
    look()
    clerk.page.locator('a[href$="/remove/"]').click()
    clerk.page.wait_for_url(re.compile("/remove/$"))
    look()
    clerk.fill("password", "wrong")
    clerk.press("Remove the passkey")
    look()
    clerk.context.clear_cookies(name="sessionid")
    clerk.go("/login/")
    clerk.fill("username", "clerk")
    clerk.fill("password", PASSWORD)
    clerk.press("Log in")
    look()
    clerk.fill("code", "000 000")
    clerk.press("Go on")
    assert clerk.page.locator(".lx-errors").is_visible()
    look()
    assert (found, opened) == ([], SECOND_STEP)


@pytest.mark.parametrize("view", [*VIEWS, *ELDER])
def test_pages_that_show_once_what_was_done_are_clean(there: world.World, people: People, view: str) -> None:
    found, opened = [], set()

    def look(visitor: Visitor) -> None:
        opened.add(resolve(visitor.path()).url_name)
        found.extend(problems(visitor))

    officer = people.of("town_officer", **(VIEWS | ELDER)[view])
    officer.go("/workspace/staff/people/new.clerk/")
    officer.press("Print a new code")
    assert CODE.search(officer.text())
    look(officer)
    admin = people.of("admin", **(VIEWS | ELDER)[view])
    admin.go("/workspace/import/")
    admin.page.set_input_files("[name=workbook]", EXAMPLES / "07-categories.xlsx")
    admin.press("Check")
    look(admin)
    admin.press("Import now")
    look(admin)
    assert (found, opened) == ([], SHOWN_ONCE)


def test_pages_that_refuse_are_clean_too(there: world.World, people: People) -> None:
    resident = people.visitor(language="zh-hans", elder=True)
    resident.go("/ask/complaint/")
    resident.press("Send")
    assert resident.page.locator(".lx-errors").is_visible()
    found = problems(resident)
    resident.go("/track/")
    resident.fill("code", "0000-0000-0000-0000")
    resident.press("Show")
    found += problems(resident)
    clerk = people.of("clerk", phone=True)
    clerk.go(f"/workspace/needs/{there.number('repair')}/publish/")
    clerk.fill("public_text", "王女士要修灯，电话13800000000")
    clerk.press("Put on the wish wall")
    assert clerk.page.locator(".lx-errors").is_visible()
    found += problems(clerk)
    admin = people.of("admin")
    admin.go("/workspace/import/")
    admin.page.set_input_files("[name=workbook]", {"name": "x.xlsx", "mimeType": "a/b", "buffer": b"no workbook"})
    admin.press("Check")
    assert found + problems(admin) == []


def test_no_page_is_left_out(there: world.World) -> None:
    opened = [*world.PUBLIC, f"/board/{there.post}/", "/asked/", "/track/need/", "/track/need/held/"]
    for paths in world.staff_pages(there).values():
        opened += paths
    seen = {resolve(path.split("?")[0]).url_name for path in opened} | SECOND_STEP | SHOWN_ONCE
    assert {name for name, _pattern in table.pages()} - seen == set(NO_PAGE.split())


def test_a_fault_that_is_planted_is_found(there: world.World, people: People) -> None:
    visitor = people.visitor()
    visitor.go("/")
    assert problems(visitor) == []
    visitor.page.evaluate(
        """() => {
            document.querySelector("label[for=code]").remove();
            document.querySelector("#code").removeAttribute("placeholder");
            document.querySelector("h1").append("x".repeat(500));
            document.querySelector("h1").style.whiteSpace = "nowrap";
        }"""
    )
    found = problems(visitor)
    assert len(found) >= 2 and "sticks out" in found[0] and any("label" in words for words in found)
