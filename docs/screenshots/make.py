"""Takes the pictures in this folder from a running demo.

make run                                              # in one terminal
.venv/bin/python docs/screenshots/make.py [address]   # in another; default http://127.0.0.1:8000
"""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PHONE, DESKTOP = (390, 844), (1440, 900)
SIZES = {390: PHONE, 1440: DESKTOP}
MAX_BYTES = 150_000
# Name of the picture → page; the name says width, view and language.
PUBLIC = {
    "home-390-zh": "/",
    "home-390-elder-zh": "/",
    "home-1440-en": "/",
    "wishes-390-zh": "/wishes/",
    "figures-1440-en": "/figures/",
    "board-390-zh": "/board/",
}
STAFF = {
    "office": {
        "desk-390-zh": "/workspace/",
        "desk-1440-zh": "/workspace/",
        "desk-1440-en": "/workspace/",
        "needs-1440-zh": "/workspace/needs/",
        "need-1440-en": "need",
        "need-390-zh": "need",
        "batch-1440-en": "batch",
        "posters-1440-zh": "/workspace/posters/",
        "staff-1440-zh": "/workspace/staff/",
    },
    "liaison": {"pool-1440-zh": "/workspace/pool/"},
    "admin": {"import-1440-en": "/workspace/import/"},
}


def accounts() -> dict[str, tuple[str, str]]:
    """Login and password of the first demo account of each role."""
    said = subprocess.run(
        [sys.executable, "-m", "lianxin.cli", "demo-accounts", "--json"],
        cwd=ROOT,
        env={**os.environ, "LIANXIN_DEMO": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, tuple[str, str]] = {}
    for account in json.loads(said.stdout):
        found.setdefault(account["role"], (account["login"], account["password"]))
    return found


@contextmanager
def page_for(browser: Browser, base: str, name: str) -> Iterator[Page]:
    """A page of the size, view and language that the picture's name says."""
    parts = name.split("-")
    width, height = SIZES[next(int(p) for p in parts if p.isdigit())]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    cookies = {"lx_lang": "en" if "en" in parts else "zh-hans", **({"lx_view": "elder"} if "elder" in parts else {})}
    context.add_cookies([{"name": k, "value": v, "url": base} for k, v in cookies.items()])
    yield context.new_page()
    context.close()


def take(page: Page, name: str) -> None:
    """Keep what the screen shows, with few enough colours to stay small."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = HERE / f"{name}.png"
    for colours in (256, 128, 64):
        picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MAX_BYTES:
            break
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


def log_in(page: Page, base: str, account: tuple[str, str]) -> None:
    """Log in over the form."""
    page.goto(f"{base}/login/")
    page.fill("[name=username]", account[0])
    page.fill("[name=password]", account[1])
    page.locator("main form button").click()
    page.wait_for_url("**/workspace/")


def go(page: Page, base: str, address: str) -> None:
    """Open an address; `need` is the first of the desk, `batch` the first of the list."""
    lists = {"need": ("/workspace/", ".lx-queue a.what"), "batch": ("/workspace/batches/", "main table th a")}
    if address in lists:
        where, link = lists[address]
        page.goto(base + where)
        # Without the fragment: the top of the page is what the picture is about.
        page.goto(base + str(page.locator(link).first.get_attribute("href")).partition("#")[0])
    else:
        page.goto(base + address)


def ask(browser: Browser, base: str) -> None:
    """The way of a resident: the form filled in, the slip, and where the request stands."""
    with page_for(browser, base, "ask-390-zh") as page:
        page.goto(f"{base}/ask/repair/")
        page.select_option("[name=category]", label="路灯照明")
        page.fill("[name=text]", "单元门口的路灯从周日起一直不亮，晚上看不见台阶。")
        page.select_option("[name=community]", index=1)
        page.evaluate("window.scrollTo(0, 0)")
        take(page, "ask-390-zh")
        page.locator(".lx-asking button.btn-main").click()
        page.wait_for_url("**/asked/")
        take(page, "asked-390-zh")
        page.goto(f"{base}/track/need/")
        take(page, "track-390-zh")


def main(base: str) -> None:
    """Take all pictures."""
    path = os.environ.get("LIANXIN_CHROMIUM") or shutil.which("chromium")
    people = accounts()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name, address in PUBLIC.items():
            with page_for(browser, base, name) as page:
                page.goto(base + address)
                take(page, name)
        ask(browser, base)
        for role, pages in STAFF.items():
            for name, address in pages.items():
                with page_for(browser, base, name) as page:
                    log_in(page, base, people[role])
                    go(page, base, address)
                    take(page, name)
        browser.close()


if __name__ == "__main__":
    main((sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000").rstrip("/"))
