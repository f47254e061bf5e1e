"""The tasks of docs/trying.md, done by a machine: each within its taps. With `-s` it prints the table's lines.

A tap is a press or a choice; writing into a field and looking are none. Seconds are the machine's and say how long the
pages take, not how long a person does.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from lianxin.accounts.models import Appointment
from lianxin.core.clock import local_day, now
from lianxin.needs.models import Category, Need
from lianxin.needs.operations import assign_need, deliver_need
from lianxin.needs.states import Status
from tests.cast import Cast
from tests.journeys.conftest import CODE, People, Visitor

VIEWS = ["zh-hans", "en"]


class Trying:
    """Somebody who tries a task: taps, and the machine counts."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.taps = visitor, 0

    @property
    def page(self) -> Any:
        return self.visitor.page

    @contextmanager
    def task(self, words: str, most: int) -> Iterator[None]:
        """Do it within `most` taps."""
        self.taps, start = 0, time.monotonic()
        yield
        print(f"\n| {words} ({self.visitor.language}) | {self.taps} | {time.monotonic() - start:.1f} s |")
        assert self.taps <= most, f"{words}: {self.taps} taps"

    def tap(self, selector: str) -> None:
        """Tap the first thing that is visible and fits, and wait for the page that follows, if one does."""
        self.taps += 1
        self.page.locator(selector).locator("visible=true").first.click()
        self.page.wait_for_load_state()

    def press(self, text: str) -> None:
        """Press a button by its English words."""
        self.taps += 1
        self.visitor.press(text)

    def pick(self, name: str, value: str) -> None:
        """Choose in a list: one tap to open it, one to choose."""
        self.taps += 2
        self.page.locator(f"select[name={name}]").locator("visible=true").first.select_option(value)

    def chip(self, name: str, value: str) -> None:
        """Tap a chip."""
        self.taps += 1
        self.visitor.choose(name, value)

    def write(self, name: str, text: str) -> None:
        """Write into a field."""
        self.visitor.fill(name, text)


@pytest.fixture(autouse=True)
def housework(cast: Cast) -> Category:
    """A second sort of wish, so that there is something to choose."""
    return Category.objects.create(
        code="housework", kind="wish", name="家务帮手", name_en="Help at home", urgency="long"
    )


@pytest.mark.parametrize("language", VIEWS)
def test_somebody_of_eighty_asks_for_washing_tracks_answers_and_leaves_a_number(
    cast: Cast, people: People, language: str
) -> None:
    old = Trying(people.visitor(language=language))
    old.visitor.go("/")
    with old.task("R1 large text", 1):
        old.press("Large text")
    with old.task("R2 ask for curtains to be washed", 5):
        old.tap(".lx-tile[href='/ask/wish/']")
        old.chip("category", "housework")
        old.write("text", "窗帘脏了，自己洗不动，想请人洗两副窗帘。")
        old.pick("community", "north")
        old.write("phone", "138 0000 0000")
        old.press("Send")
    code = CODE.search(old.visitor.text()).group()  # type: ignore[union-attr]
    need = Need.objects.get()
    held = assign_need(need, actor=cast.actor("clerk"), at=now(), giver=cast.company)
    deliver_need(held, actor=cast.actor("fitter"), at=now(), note="洗好挂上了")
    old.visitor.context.clear_cookies(name="lx_code")
    old.visitor.go("/")
    with old.task("R3 track by code and answer", 4):
        old.write("code", code.lower().replace("-", " "))
        old.press("Show")
        old.chip(f"c{held.pk}-solved", "yes")
        old.chip(f"c{held.pk}-satisfaction", "satisfied")
        old.press("Send my answer")
    assert Need.objects.get(pk=need.pk).status == Status.CONFIRMED
    old.visitor.go("/")
    with old.task("R4 leave a number to be called back", 4):
        old.tap(".lx-tile[href='/ask/call_back/']")
        old.write("phone", "138 0000 0000")
        old.pick("community", "north")
        old.press("Send")
    assert Need.objects.filter(kind="call_back").count() == 1
    assert old.page.locator("html").get_attribute("data-view") == "elder"


@pytest.mark.parametrize("language", VIEWS)
def test_a_new_grid_worker_files_handles_on_the_spot_and_records_an_answer(
    cast: Cast, people: People, language: str
) -> None:
    waiting = cast.ask(phone="138 0000 0000")
    held = assign_need(waiting, actor=cast.actor("clerk"), at=now(), giver=cast.company)
    deliver_need(held, actor=cast.actor("fitter"), at=now(), note="送到了")
    worker = Trying(people.of("grid_worker", phone=True, language=language))
    with worker.task("G1 file for someone", 4):
        worker.tap(".lx-tabs a[href='/workspace/file/']")
        worker.tap(".lx-tile[href$='kind=repair']")
        worker.chip("category", str(cast.lamp.pk))
        worker.write("text", "楼道的灯不亮")
        worker.tap("main form button.btn-main")
    assert worker.page.locator(".lx-slip .lx-number").inner_text() == Need.objects.latest("pk").number
    with worker.task("G2 handle on the spot", 5):
        worker.tap(".lx-tabs a[href='/workspace/menu/']")
        worker.tap(".lx-side-all a[href='/workspace/on-the-spot/']")
        worker.tap(".lx-tile[href$='kind=repair']")
        worker.chip("category", str(cast.lamp.pk))
        worker.write("text", "单元门关不上")
        worker.write("note", "拧紧了螺丝")
        worker.tap("main form button.btn-main")
    assert Need.objects.latest("pk").status == Status.DELIVERED
    with worker.task("G3 record an answer after a call", 5):
        worker.tap(".lx-tabs a[href='/workspace/needs/']")
        worker.tap(f"tr:has-text('{waiting.number}') th a")
        worker.tap("label:has(input[name=solved][value=yes])")
        worker.tap("label:has(input[name=satisfaction][value=satisfied])")
        worker.tap("#next button.btn-main")
    answered = Need.objects.get(pk=waiting.pk)
    assert (answered.status, answered.answered_via) == (Status.CONFIRMED, "proxy")


@pytest.mark.parametrize("language", VIEWS)
def test_a_new_clerk_has_the_morning_done(cast: Cast, people: People, language: str) -> None:
    wish = cast.ask(text="想要一台旧收音机")
    lamp = {"kind": "repair", "category": cast.lamp, "publish_ok": False}
    first = cast.ask(text="三号楼楼道灯不亮，看不清台阶", **lamp)
    again = cast.ask(text="三号楼楼道的灯不亮，看不清台阶", **lamp)
    called = cast.ask(phone="138 0000 0000")
    held = assign_need(called, actor=cast.actor("clerk_2"), at=now(), giver=cast.company)
    deliver_need(held, actor=cast.actor("fitter"), at=now(), note="送到了")
    clerk = Trying(people.of("clerk", language=language))
    with clerk.task("C1 verify and publish", 2):
        clerk.tap(f".lx-queue li:has-text('{wish.number}') .btn")
        clerk.write("public_text", "想要一台旧收音机")
        clerk.press("Put on the wish wall")
    assert Need.objects.get(pk=wish.pk).status == Status.PUBLISHED
    with clerk.task("C2 find a need by two characters", 3):
        clerk.tap(".lx-side a[href='/workspace/needs/']")
        clerk.write("q", "台阶")
        clerk.press("Show")
        clerk.tap(f"tr:has-text('{again.number}') th a")
    with clerk.task("C3 merge a duplicate", 1):
        clerk.tap(f"form:has(input[name=into][value='{first.number}']) button")
    assert Need.objects.get(pk=again.pk).merged_into == first
    clerk.visitor.go(f"/workspace/needs/{first.number}/")
    with clerk.task("C4 answer the asker", 2):
        clerk.tap(f"aside a[href*='/{first.number}/answer_asker/']")
        clerk.write("text", "收到了，明天有人来看。")
        clerk.tap("main form button.btn-main")
    assert first.messages.count() == 1
    with clerk.task("C5 file for a caller, print the slip on A4", 6):
        clerk.tap(".lx-side a[href='/workspace/file/']")
        clerk.tap(".lx-tile[href$='kind=wish']")
        clerk.chip("category", str(cast.books.pk))
        clerk.write("text", "想学用手机挂号")
        clerk.tap("main form button.btn-main")
        clerk.tap("main a[href='?paper=a4']")
        clerk.page.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
        clerk.tap("main [data-print]")
    assert clerk.page.locator("body[data-printed] .lx-sheet .lx-slip").count() == 1
    with clerk.task("C6 work the call-back list: not reached", 2):
        clerk.tap(".lx-side a[href='/workspace/calls/']")
        clerk.tap(f"tr:has-text('{called.number}') form[action*='attempt'] button")
    assert called.attempts.count() == 1
    with clerk.task("C7 take over from a grid worker on leave", 6):
        clerk.tap(".lx-side a[href='/workspace/staff/']")
        clerk.tap("tr:has-text('grid_worker_2') th a")
        clerk.tap("main details summary")
        post = Appointment.objects.get(user=cast.users["grid_worker_2"])
        clerk.pick(f"hand-{post.pk}-to", str(cast.users["grid_worker"].pk))
        today = local_day(now())
        clerk.write(f"hand-{post.pk}-from_on", today.isoformat())
        clerk.write(f"hand-{post.pk}-to_on", (today + timedelta(days=7)).isoformat())
        clerk.press("Hand over")
    assert Appointment.objects.filter(user=cast.users["grid_worker"], scope=cast.grid_2.scope).exists()
