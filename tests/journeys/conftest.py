"""A browser, a server that serves what is really served, and people who use it."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.core.management import call_command
from django.test import override_settings
from django.test.testcases import LiveServerThread
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from lianxin.accounts.models import User
from lianxin.core.clock import now
from tests import cast as casting

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
]
# The machine may be busy; a page that is never there still fails.
PATIENCE = 30_000

pytestmark = pytest.mark.journeys


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a journey."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journeys)


class RealClock(casting.Clock):
    """Pages run at the real time; so does what happens between them."""

    @property
    def at(self) -> datetime:  # type: ignore[override]
        return now()

    @at.setter
    def at(self, _value: datetime) -> None: ...

    def __call__(self, **_later: int) -> datetime:
        return now()


class Visitor:
    """Somebody with a browser of their own: goes to pages, presses, fills in, in their own language."""

    def __init__(self, context: BrowserContext, base: str, language: str, elder: bool = False) -> None:
        self.context, self.base, self.language, self.elder = context, base, language, elder
        self.name = ""  # of the cast, once logged in
        self.troubles: list[str] = []
        # A refused form answers 422, which the browser reports as if something were missing.
        self.allowed = {422}
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: self.troubles.append(f"{self.page.url}: {error.error}"))
        self.page: Page = context.new_page()
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type == "error" and not any(f"status of {code} " in message.text for code in self.allowed):
            self.troubles.append(f"{self.page.url}: {message.text}")

    def words(self, text: str) -> str:
        """An English text of the interface, as this visitor reads it."""
        with translation.override(self.language):
            return gettext(text)

    def go(self, path: str, status: int = 200) -> Response:
        """Open `path` and check the answer's status."""
        found = self.page.goto(self.base + path)
        assert found is not None and found.status == status, f"{path}: {found and found.status}"
        return found

    def press(self, text: str) -> None:
        """Press the first visible button with exactly this text, and wait for the page that follows."""
        button = self.page.get_by_role("button", name=self.words(text), exact=True).locator("visible=true").first
        with self.page.expect_navigation(wait_until="load"):
            button.click()

    def follow(self, text: str) -> None:
        """Follow the first visible link with this text."""
        link = self.page.get_by_role("link", name=self.words(text)).locator("visible=true").first
        with self.page.expect_navigation(wait_until="load"):
            link.click()

    def unfold(self, text: str) -> None:
        """Open a folded part of the page by its summary."""
        self.page.locator("summary", has_text=self.words(text)).locator("visible=true").first.click()

    def choose(self, name: str, value: str) -> None:
        """Tap the chip of a radio button, as a finger does."""
        chosen = self.page.locator(f'input[name="{name}"][value="{value}"]')
        self.page.locator(f'label[for="{chosen.get_attribute("id")}"]').click()
        assert chosen.is_checked()

    def fill(self, name: str, text: str) -> None:
        """Write into the visible field called `name`."""
        self.page.locator(f'[name="{name}"]').locator("visible=true").first.fill(text)

    def text(self) -> str:
        """What can be read on the page."""
        return self.page.locator("body").inner_text()

    def reads(self, text: str) -> bool:
        """Whether an English text of the interface stands on the page, in this visitor's language."""
        return self.words(text) in self.text()

    def path(self) -> str:
        """The path of the page that is open."""
        return self.page.url.removeprefix(self.base)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; without one the journeys are left out, with CI=true they fail."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    path = os.environ.get("LIANXIN_CHROMIUM") or found
    if not path:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Chromium; set LIANXIN_CHROMIUM")
    # Playwright's own loop runs in this thread, in which Django then sees an async context that is none.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Translations compiled and static files collected, as a start of the server does it."""
    catalogues = list(Path(django_settings.LOCALE_PATHS[0]).rglob("*.po"))
    if any(
        not c.with_suffix(".mo").exists() or c.stat().st_mtime > c.with_suffix(".mo").stat().st_mtime
        for c in catalogues
    ):
        call_command("translations", compile_only=True, verbosity=0)
    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("static"), MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield


@pytest.fixture
def _plain_static_files() -> None:
    """Here pages name the collected files, with the digests that they are served under."""


@pytest.fixture(scope="session")
def base(served: None, django_db_setup: None) -> Iterator[str]:
    """The address of a server with the middleware that a city runs: WhiteNoise, not Django's test handler."""
    with override_settings(ALLOWED_HOSTS=["127.0.0.1", "testserver"]):
        thread = LiveServerThread("127.0.0.1", static_handler=lambda application: application)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        yield f"http://127.0.0.1:{thread.port}"
        thread.terminate()


@pytest.fixture(scope="session")
def password() -> str:
    """The password of the cast, as stored: hashed once, for it is slow on purpose."""
    return make_password(casting.PASSWORD)


@pytest.fixture
def cast(transactional_db: None, password: str) -> Iterator[casting.Cast]:
    """A small city with its people, at the real time; everybody can log in."""
    cache.clear()
    found = casting.build()
    found.clock = RealClock()
    User.objects.update(password=password)
    yield found
    cache.clear()


class People:
    """Opens browsers: `visitor()` for anybody, `of(name)` for one of the cast, logged in over the form."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.opened: list[Visitor] = []

    def visitor(
        self,
        *,
        language: str = "en",
        elder: bool = False,
        phone: bool = True,
        **options: Any,
    ) -> Visitor:
        """Somebody without an account; a phone unless told otherwise."""
        context = self.browser.new_context(viewport=PHONE if phone else DESKTOP, **options)
        cookies = {"lx_lang": language, **({"lx_view": "elder"} if elder else {})}
        context.add_cookies([{"name": k, "value": v, "url": self.base} for k, v in cookies.items()])
        visitor = Visitor(context, self.base, language, elder)
        self.opened.append(visitor)
        return visitor

    def of(self, name: str, **options: Any) -> Visitor:
        """One of the cast at a desk, logged in."""
        visitor = self.visitor(**{"phone": False, **options})
        log_in(visitor, name)
        return visitor

    @contextmanager
    def brief(self, **options: Any) -> Iterator[Visitor]:
        """A visitor whose browser is closed at once after use."""
        visitor = self.visitor(**options)
        yield visitor
        visitor.context.close()


def log_in(visitor: Visitor, name: str) -> None:
    """Log in over the form."""
    visitor.name = name
    visitor.go("/login/")
    visitor.fill("username", name)
    visitor.fill("password", casting.PASSWORD)
    visitor.press("Log in")
    assert visitor.path() == "/workspace/", visitor.text()


@pytest.fixture
def people(browser: Browser, base: str, cast: casting.Cast) -> Iterator[People]:
    """Whoever is needed; at the end nobody's browser may have reported an error."""
    found = People(browser, base)
    yield found
    troubles = [trouble for visitor in found.opened for trouble in visitor.troubles]
    for visitor in found.opened:
        visitor.context.close()
    assert troubles == []


@pytest.fixture
def at_localhost(base: str) -> Iterator[str]:
    """Passkeys need a named host: the same server by its other name."""
    named = base.replace("127.0.0.1", "localhost")
    with override_settings(ALLOWED_HOSTS=["127.0.0.1", "localhost", "testserver"], CSRF_TRUSTED_ORIGINS=[named]):
        yield named


def with_a_phone(visitor: Visitor) -> None:
    """Give the browser a device that keeps passkeys and checks its holder."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def make_passkey(visitor: Visitor, name: str) -> None:
    """Fill in and send the form that makes a passkey, on the page of second steps."""
    form = visitor.page.locator('form[data-passkey="make"]')
    form.locator('[name="name"]').fill(name)
    form.locator('[name="password"]').fill(casting.PASSWORD)
    form.get_by_role("button").click()


CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")
