"""A clerk makes a passkey in a real browser and logs in with it alone; Chromium plays the phone (WebAuthn over CDP)."""

import re

from tests import cast as casting
from tests.journeys.conftest import People, log_in, make_passkey, with_a_phone


def test_a_clerk_makes_a_passkey_and_logs_in_with_it_alone(people: People, at_localhost: str) -> None:
    people.base = at_localhost
    clerk = people.visitor(phone=True, language="en")
    with_a_phone(clerk)
    log_in(clerk, "clerk")
    clerk.go("/workspace/account/security/factor/")
    make_passkey(clerk, "my phone")
    clerk.page.wait_for_url(re.compile("/security/codes/$"))
    assert clerk.page.locator(".lx-slip .lx-code").count() == 10
    clerk.go("/workspace/account/security/")
    assert "my phone" in clerk.text()
    clerk.context.clear_cookies(name="sessionid")

    clerk.go("/login/?next=/workspace/needs/")
    clerk.page.get_by_role("button", name=clerk.words("Log in with a passkey")).click()
    clerk.page.wait_for_url(f"{at_localhost}/workspace/needs/")
    clerk.context.clear_cookies(name="sessionid")

    clerk.go("/login/")
    clerk.fill("username", "clerk")
    clerk.fill("password", casting.PASSWORD)
    clerk.press("Log in")
    assert clerk.path() == "/login/second/"
    clerk.page.get_by_role("button", name=clerk.words("Use my passkey")).click()
    clerk.page.wait_for_url(re.compile("/workspace/$"))


def test_whoever_calls_it_off_is_told_and_the_form_stays_usable(people: People, at_localhost: str) -> None:
    people.base = at_localhost
    visitor = people.visitor(phone=False, language="en")
    visitor.go("/login/")
    button = visitor.page.get_by_role("button", name=visitor.words("Log in with a passkey"))
    visitor.page.evaluate(
        "() => { navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )
    button.click()
    visitor.page.locator("[data-passkey-words]").wait_for(state="visible")
    assert visitor.reads("That did not work. Please try again.")
    assert button.is_enabled()
