"""Events for other programs, over a real loopback server: signed, in order, at least once, and never to the inside."""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from lianxin.accounts.actors import SYSTEM
from lianxin.core.clock import now
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.history.models import Entry
from lianxin.needs.operations import claim_need, publish_need
from lianxin.notifications.models import Notice
from lianxin.notifications.notices import sentence
from lianxin.settings import PACKAGE
from lianxin.webhooks import jobs, operations, sending
from lianxin.webhooks.models import Delivery, Webhook
from tests.cast import Cast

EVENTS = ["need.filed", "need.published", "need.claimed"]


@dataclass
class Listener:
    """The other program: what it was sent, and what it answers."""

    url: str = ""
    status: int = 200
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def said(self) -> list[dict[str, str]]:
        return [json.loads(body) for _headers, body in self.got]


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    settings.WEBHOOKS_TO_LOOPBACK = True
    there = Listener()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            there.got.append((dict(self.headers), body))
            self.send_response(there.status)
            if there.status == 302:
                self.send_header("Location", there.url)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}/events?from=lianxin"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield there
    server.shutdown()
    server.server_close()


def register(cast: Cast, url: str, **changes: Any) -> Webhook:
    said = {"name": "热线", "url": url, "scope": cast.north.scope, "events": EVENTS} | changes
    return operations.register_webhook(actor=cast.actor("admin"), at=now(), **said)


def verify(secret: str, headers: dict[str, str], body: bytes, at: float) -> bool:
    """As the guide shows it: the code is taken from there."""
    guide = (PACKAGE.parent / "docs" / "api.md").read_text(encoding="utf-8")
    code = next(block for block in re.findall(r"```python\n(.*?)```", guide, re.S) if "def is_from_lianxin" in block)
    known: dict[str, Any] = {}
    exec(code, known)
    return bool(known["is_from_lianxin"](secret, headers["X-Lianxin-Signature"], body, at))


def test_what_happens_in_the_place_is_told_in_order_and_says_nothing_of_anybody(cast: Cast, listener: Listener) -> None:
    before = cast.ask()
    hook = register(cast, listener.url)
    need = cast.ask(text="想要几本课外书", name="样例甲", phone="0973-000-1234")
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    cast.ask(community=cast.south, grid=cast.grid_3)
    cast.ask(kind="complaint", category=cast.fees, subject_kind="company", subject=cast.company)
    assert jobs.tell(now()) == 3
    assert [(s["number"], s["event"]) for s in listener.said] == [(need.number, event) for event in EVENTS]
    assert before.number not in str(listener.got)
    assert set(listener.said[0]) == {"id", "event", "number", "at", "url"}
    assert listener.said[0]["url"].endswith(f"/workspace/needs/{need.number}/")
    everything = b"".join(body for _headers, body in listener.got).decode()
    assert "样例" not in everything and "1234" not in everything and "\\u" not in everything
    assert jobs.tell(now()) == 0 and hook.deliveries.filter(state="sent").count() == 3


def test_the_signature_is_checked_with_the_guides_own_code_and_two_secrets_hold(cast: Cast, listener: Listener) -> None:
    hook = register(cast, listener.url)
    cast.ask()
    jobs.tell(now())
    headers, body = listener.got[0]
    at = now().timestamp()
    assert verify(hook.secret, headers, body, at)
    assert not verify("whsec_other", headers, body, at)
    assert not verify(hook.secret, headers, body + b" ", at)
    assert not verify(hook.secret, headers, body, at + 301)
    assert headers["X-Lianxin-Event"] == listener.said[0]["id"]
    new = operations.renew_secret(hook, actor=cast.actor("admin"), at=now())
    assert new.secret != hook.secret
    cast.ask()
    jobs.tell(now())
    headers, body = listener.got[1]
    assert verify(hook.secret, headers, body, at) and verify(new.secret, headers, body, at)
    cast.ask()
    jobs.tell(now() + timedelta(days=7, minutes=1))
    headers, body = listener.got[2]
    later = at + 7 * 86_400 + 60
    assert not verify(hook.secret, headers, body, later) and verify(new.secret, headers, body, later)


def test_the_secret_lies_encrypted(cast: Cast, listener: Listener) -> None:
    hook = register(cast, listener.url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_webhook")
        assert hook.secret not in str(cursor.fetchall())


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_what_was_not_taken_is_tried_again_with_the_same_id_and_holds_up_the_rest(
    cast: Cast, listener: Listener, status: int
) -> None:
    register(cast, listener.url)
    cast.ask()
    cast.ask()
    listener.status, at = status, now()
    assert jobs.tell(at) == 0
    assert len(listener.got) == 1 and Delivery.objects.order_by("entry")[0].answer == str(status)
    jobs.tell(at + timedelta(seconds=30))
    assert len(listener.got) == 1
    listener.status = 204
    assert jobs.tell(at + timedelta(minutes=2)) == 2
    ids = [said["id"] for said in listener.said]
    assert ids[0] == ids[1] != ids[2]
    assert not Webhook.objects.exclude(failing_since=None).exists()


def test_after_a_day_of_failures_it_is_switched_off_and_administrators_are_told(
    cast: Cast, listener: Listener, client: Client
) -> None:
    hook = register(cast, listener.url)
    cast.ask()
    listener.status, at, tries = 500, now(), 0
    while Webhook.objects.get().active:
        jobs.tell(at)
        at = max(at + timedelta(minutes=1), Delivery.objects.get().next_at)
        tries += 1
    assert timedelta(days=1) <= at - now() < timedelta(days=1, hours=4) and 15 <= tries <= 25
    notice = Notice.objects.get(code="webhook.given_up")
    assert "热线" in sentence(notice) and notice.role == "admin"
    listener.status = 200
    assert jobs.tell(at) == 0
    client.force_login(cast.users["admin"])
    assert client.post(f"/workspace/webhooks/{hook.pk}/switch/", {"on": "yes"}).status_code == 302
    assert jobs.tell(now()) == 1


def test_a_worker_that_died_after_sending_is_followed_by_one_that_sends_the_same_id(
    cast: Cast, listener: Listener
) -> None:
    hook = register(cast, listener.url)
    cast.ask()
    at = now()
    operations.note_events(hook, actor=SYSTEM, at=at)
    delivery = hook.deliveries.select_related("hook").get()
    assert operations.take(delivery, at)
    body = sending.body_of(delivery.event_id, delivery.event, delivery.number, "", "")
    assert sending.post(hook.url, body, {}) == 200  # and here it is killed
    assert jobs.tell(at + timedelta(minutes=1)) == 0
    assert jobs.tell(at + timedelta(minutes=3)) == 1
    assert [said["id"] for said in listener.said] == [delivery.event_id] * 2


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_an_event_once(listener: Listener) -> None:
    from tests.cast import build

    cast = build()
    register(cast, listener.url)
    for _turn in range(5):
        cast.ask()
    ready = threading.Barrier(2)

    def work() -> None:
        ready.wait()
        jobs.tell(now())
        connection.close()

    threads = [threading.Thread(target=work) for _turn in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs.tell(now())
    assert len({said["id"] for said in listener.said}) == len(listener.got) == 5


def test_an_entry_with_an_earlier_number_that_comes_in_late_is_told_too(cast: Cast, listener: Listener) -> None:
    """A transaction that is open longer takes its number first and is seen last; before both nothing happened."""
    hook = register(cast, listener.url)
    early, later = (Entry.objects.get(object_key=cast.ask().chain_key, code="need.filed") for _turn in range(2))
    Entry.objects.filter(pk__gt=hook.seen).exclude(pk=later.pk).delete()
    Entry.objects.filter(pk=later.pk).update(at=now())
    assert jobs.tell(now()) == 1
    early.at = now()
    early.save(force_insert=True)
    assert jobs.tell(now()) == 1
    assert jobs.tell(now()) == 0
    assert {said["number"] for said in listener.said} == {e.object_key.removeprefix("need:") for e in (early, later)}


def test_much_in_a_few_minutes_is_noted_at_once(
    cast: Cast, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than is looked at in one piece, and all of it so young that it is looked at again."""
    monkeypatch.setattr(operations, "AT_ONCE", 3)
    hook = register(cast, listener.url)
    for _turn in range(7):
        cast.ask()
    Entry.objects.filter(pk__gt=hook.seen).update(at=now())
    assert operations.note_events(hook, actor=SYSTEM, at=now()) == 7
    assert operations.note_events(hook, actor=SYSTEM, at=now() + timedelta(minutes=6)) == 0


def test_an_address_that_answers_slowly_holds_up_neither_the_others_nor_the_jobs(
    cast: Cast, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = register(cast, listener.url)
    for _turn in range(40):
        cast.ask()
    quick = register(cast, f"{listener.url}quick")
    cast.ask()
    clock = [0.0]

    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        clock[0] += 0.1 if url == quick.url else 4.0
        return 200

    monkeypatch.setattr(jobs, "monotonic", lambda: clock[0])
    monkeypatch.setattr(jobs, "post", post)
    jobs.tell(now())
    assert clock[0] < jobs.LONGEST_RUN + 5
    assert [hook.deliveries.filter(state="sent").count() for hook in (slow, quick)] == [3, 1]
    runs = 1
    while Delivery.objects.exclude(state="sent").exists():
        jobs.tell(now())
        runs += 1
    assert (slow.deliveries.count(), runs) == (41, 8)


def test_twenty_addresses_are_told_and_one_that_is_switched_off_makes_room(cast: Cast, listener: Listener) -> None:
    first, *_others = [register(cast, listener.url) for _turn in range(operations.MAX_HOOKS)]
    with pytest.raises(WrongState, match="switch one off"):
        register(cast, listener.url)
    operations.switch_webhook(first, actor=cast.actor("admin"), at=now(), on=False)
    register(cast, listener.url)
    with pytest.raises(WrongState, match="20 addresses"):
        operations.switch_webhook(first, actor=cast.actor("admin"), at=now(), on=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://",
        "https://user:word@example.org/",
        "https://example.org/#x",
        "https://example.org:99999/",
        "https://例子.org/",
        "https://example.org/a b",
        "https://[::1",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_none_is_refused(cast: Cast, url: str) -> None:
    with pytest.raises(Invalid):
        register(cast, url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
    ],
)
def test_nothing_is_sent_to_an_address_of_the_inside(cast: Cast, host: str) -> None:
    register(cast, f"https://{host}/")
    cast.ask()
    assert jobs.tell(now()) == 0
    assert Delivery.objects.get().answer in ("inside", "name")
    with pytest.raises(sending.Unreachable):
        sending.post(f"https://{host}/", b"{}", {})


def test_the_addresses_of_the_internet_are_outside() -> None:
    assert sending.is_outside("93.184.215.14") and sending.is_outside("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def test_the_administrator_registers_sees_the_secret_once_and_sends_again(
    cast: Cast, listener: Listener, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(cast.users["admin"])
    said = {"name": "热线", "url": listener.url, "scope": cast.north.scope.pk, "events": ["need.filed"]}
    assert client.post("/workspace/webhooks/", said | {"url": "http://10.0.0.1:x/"}).status_code == 422
    assert client.post("/workspace/webhooks/", said | {"events": []}).status_code == 422
    answer = client.post("/workspace/webhooks/", said)
    hook = Webhook.objects.get()
    page = f"/workspace/webhooks/{hook.pk}/"
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert hook.secret in client.get(page).content.decode()
    assert hook.secret not in client.get(page).content.decode()
    for _turn in range(3):
        cast.ask()
    jobs.tell(now())
    with django_assert_max_num_queries(8):
        shown = client.get(page).content.decode()
    assert shown.count("A need is filed") >= 3
    delivery = hook.deliveries.order_by("entry")[0]
    assert client.post(f"{page}again/{delivery.pk}/").status_code == 302
    assert jobs.tell(now()) == 1
    assert listener.said[3]["id"] == listener.said[0]["id"] == delivery.event_id
    old = hook.secret
    client.post(f"{page}secret/")
    hook.refresh_from_db()
    assert hook.secret != old and hook.secret in client.get(page).content.decode()
    client.post(f"{page}switch/", {"on": "no"})
    cast.ask()
    assert jobs.tell(now()) == 0
    codes = [entry.code for entry in Entry.objects.filter(object_key=hook.chain_key).order_by("seq")]
    assert codes == [
        "webhook.registered",
        "webhook.sent_again",
        "webhook.secret_renewed",
        "webhook.switched_off",
    ]
    call_command("verify", verbosity=0)


def test_nobody_else_registers_an_address(cast: Cast, listener: Listener) -> None:
    with pytest.raises(NotAllowed):
        operations.register_webhook(
            actor=cast.actor("city_officer"), at=now(), name="x", url=listener.url, scope=cast.city.scope, events=EVENTS
        )


def test_what_was_told_is_forgotten_after_thirty_days(cast: Cast, listener: Listener) -> None:
    register(cast, listener.url)
    cast.ask()
    jobs.tell(now())
    Delivery.objects.update(at=now())
    assert jobs.forget(now() + timedelta(days=29)) == 0
    assert jobs.forget(now() + timedelta(days=31)) == 1
