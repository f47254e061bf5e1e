"""`make crash`: web and worker are killed again and again while people file; then everything must be there, once.

Real processes (2 web workers, 1 worker) on a new city, clients that send each form again with its key until it is
answered, a program on this machine that is told of each need, kill -9 of web, worker or both at random moments. On
SQLite, and on PostgreSQL where one is reachable.
"""

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.__main__ import POSTGRES, drop, schema
from bench.measure import SAMPLE, free_port

CLIENTS = 4
OVERDUE = 300
LOGIN = "office.longwu-street.1"
ADMINISTRATOR = "admin.1"


class Processes:
    """The web server and the worker, each in a process group of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start `web` or `work`."""
        command = [sys.executable, "-m", "lianxin.cli", "work"]
        if name == "web":
            command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
            command += ["--port", str(self.port), "--workers", "2", "--blocking-threads", "2"]
            command += ["lianxin.wsgi:application"]
        log = subprocess.DEVNULL
        self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def wait_for_web(self) -> None:
        """Until the server answers. Raises RuntimeError when it does not within a minute."""
        for _ in range(600):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/login/")
                connection.getresponse().read()
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
            finally:
                connection.close()
        raise RuntimeError("the server does not come back")

    def kill(self, name: str) -> None:
        """Kill it and its children at once, as a power cut would."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Client(threading.Thread):
    """Files one need after the other; sends each again, with the same key, until it is answered."""

    def __init__(self, port: int, token: str, stop: threading.Event) -> None:
        super().__init__()
        self.port, self.token, self.stop = port, token, stop
        self.acknowledged: dict[str, str] = {}
        self.sent = self.wrong = 0

    def run(self) -> None:
        """Until told to stop; the last one is sent until it is answered."""
        while not self.stop.is_set():
            key = str(uuid.uuid4())
            body = {"kind": "repair", "category": "water", "community": "longwu-street", "text": f"没水了 {key[:8]}"}
            while key not in self.acknowledged:
                self._send(key, json.dumps(body | {"urgency": "emergency"}))

    def _send(self, key: str, body: str) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": key}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.sent += 1
        try:
            connection.request("POST", "/api/v1/needs", body, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
            return
        finally:
            connection.close()
        if answer.status in (200, 201):
            self.acknowledged[key] = json.loads(said)["number"]
        elif answer.status == 429:
            time.sleep(0.5)
        else:
            self.wrong += 1
            print(answer.status, said[:300], file=sys.stderr)
            time.sleep(0.2)


class Receiver(ThreadingHTTPServer):
    """A program that is told of each need that is filed: how often each event came, and of which needs."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Told)
        self.events: Counter[str] = Counter()
        self.numbers: set[str] = set()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Told(BaseHTTPRequestHandler):
    """Notes one event."""

    server: Receiver

    def do_POST(self) -> None:
        """Answers 204 once it is noted."""
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.events[self.headers["X-Lianxin-Event"]] += 1
        self.server.numbers.add(said["number"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


def prepare(told: int) -> list[str]:
    """The sample city with needs that are overdue, so that the worker has its hands full; tokens for the clients.

    A program that listens on the port `told` is told of each need that is filed from then on.
    """
    from django.core.management import call_command

    from lianxin.accounts.actors import PUBLIC, SYSTEM, actor_for
    from lianxin.accounts.models import User
    from lianxin.core.clock import local_day, now
    from lianxin.core.models import CityValue
    from lianxin.core.rates import PER_ADDRESS, PER_TOKEN
    from lianxin.needs.models import Category
    from lianxin.needs.operations import Asked, file_need
    from lianxin.places.models import Community
    from lianxin.sheets.operations import import_workbook
    from lianxin.staffing.tokens import create_token
    from lianxin.webhooks.operations import register_webhook

    for command in ("migrate", "createcachetable"):
        call_command(command, verbosity=0)
    call_command("translations", compile_only=True, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    for path in sorted(SAMPLE.glob("*.xlsx")):
        if not path.name.startswith(("06", "15")):
            import_workbook(path.read_bytes(), actor=SYSTEM, at=now())
    community = Community.objects.select_related("scope", "town__scope", "town__city__scope").get(code="longwu-street")
    asked = Asked(kind="repair", category=Category.objects.get(code="water"), community=community, text="旧的")
    for number in range(OVERDUE):
        file_need(asked, actor=PUBLIC, at=now() - timedelta(days=3, minutes=number), key=f"old-{number}")
    # The clients file as fast as they can: that is what is tried here, not the limit.
    for code in (PER_TOKEN, PER_ADDRESS):
        CityValue.objects.create(code=code, steps=[{"from": now().isoformat(), "value": 1_000_000}], version=1)
    register_webhook(
        actor=actor_for(User.objects.get(username=ADMINISTRATOR), local_day(now())),
        at=now(),
        name="bench",
        url=f"http://127.0.0.1:{told}/",
        scope=community.town.city.scope,
        events=["need.filed"],
    )
    user = User.objects.get(username=LOGIN)
    actor = actor_for(user, local_day(now()))
    made = [create_token(actor=actor, at=now(), name=f"{n}", scopes=["needs.file"], days=30) for n in range(CLIENTS)]
    return [token.raw for token in made]


def tell_the_rest(hours: int = 12) -> None:
    """Send the program what still waits, as the worker would in the next hours."""
    from lianxin.core.clock import now
    from lianxin.webhooks.jobs import tell
    from lianxin.webhooks.models import Delivery, State

    for minutes in range(0, hours * 60, 10):
        while tell(now() + timedelta(minutes=minutes)):
            pass
        if not Delivery.objects.exclude(state=State.SENT).exists():
            return


def check(keys: dict[str, str], receiver: Receiver) -> dict[str, Any]:
    """What is wrong, counted; every number must be 0 but the first two and how often an event came again."""
    from django.core.management import CommandError, call_command

    from lianxin.core.clock import now
    from lianxin.history.models import Entry
    from lianxin.jobs.models import Schedule
    from lianxin.jobs.worker import run_due
    from lianxin.needs.models import Need
    from lianxin.notifications.models import Notice

    run_due(now())
    tell_the_rest()
    numbers = Counter(keys.values())
    filed = Need.objects.exclude(text="旧的").count()
    there = set(Need.objects.filter(number__in=numbers).values_list("number", flat=True))
    said = Counter(
        (n.params.get("number"), n.scope_id, n.role, n.user_id, str(n.params))
        for n in Notice.objects.filter(code="need.emergency")
    )
    steps = Counter(
        (e.object_key, str(e.params)) for e in Entry.objects.filter(code="need.escalated").only("object_key", "params")
    )
    raised = {key for key, _params in steps}
    old = Need.objects.filter(text="旧的").values_list("number", flat=True)
    told = {number for number, *_who in said}
    try:
        call_command("verify", verbosity=0)
        broken = 0
    except CommandError:
        broken = 1
    return {
        "acknowledged": len(keys),
        "needs filed": filed,
        "acknowledged and not there": len(set(numbers) - there),
        "one number for two forms": sum(count - 1 for count in numbers.values()),
        "filed and never acknowledged": filed - len(numbers),
        "emergencies without a notice": len(set(numbers) - told),
        "notices twice": sum(count - 1 for count in said.values()),
        "events that never came": len(set(numbers) - receiver.numbers),
        "events that came again": sum(count - 1 for count in receiver.events.values()),
        "overdue and not handed on": sum(f"need:{number}" not in raised for number in old),
        "handed on twice": sum(count - 1 for count in steps.values()),
        "jobs still taken": Schedule.objects.exclude(taken_by="").count(),
        "jobs failed": Schedule.objects.filter(failures__gt=0).count(),
        "history broken": broken,
    }


def run(kills: int) -> dict[str, Any]:
    """One database: prepare, load and kill, check."""
    import django

    django.setup()
    from django.db import connection

    receiver = Receiver()
    tokens = prepare(receiver.server_port)
    port, stop = free_port(), threading.Event()
    processes = Processes(port)
    for name in ("web", "work"):
        processes.start(name)
    clients = [Client(port, token, stop) for token in tokens]
    for client in clients:
        client.start()
    chance, killed = random.Random(1), Counter[str]()
    while sum(killed.values()) < kills:
        processes.wait_for_web()
        time.sleep(chance.uniform(0.2, 3.0))
        which = chance.choice([("web",), ("work",), ("web", "work")])
        for name in which:
            processes.kill(name)
        for name in which:
            processes.start(name)
        killed["+".join(which)] += 1
    time.sleep(6)
    stop.set()
    for client in clients:
        client.join()
    for name in ("web", "work"):
        processes.kill(name)
    keys = {key: number for client in clients for key, number in client.acknowledged.items()}
    found = {"database": connection.vendor, "kills": dict(killed), "sent": sum(c.sent for c in clients)}
    return found | check(keys, receiver) | {"answers that were wrong": sum(c.wrong for c in clients)}


def main() -> None:
    """Both databases, each in a process of its own; the table to standard error, the JSON to standard output."""
    parser = argparse.ArgumentParser(prog="python -m bench.crash")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--inside", action="store_true", help="this process is the one of one database")
    asked = parser.parse_args()
    if asked.inside:
        print(json.dumps(run(asked.kills)))
        return
    columns = []
    for database in asked.database or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(prefix="lianxin-crash-") as folder:
            env = {**os.environ, "DJANGO_SETTINGS_MODULE": "lianxin.settings", "LIANXIN_DATA": folder}
            # Only the demo may tell a program on the same machine.
            env |= {"LIANXIN_SECRET_KEY": "for-crashes-only", "LIANXIN_DEMO": "1"}
            if database == "postgresql":
                if not schema("lianxin_crash"):
                    print("No PostgreSQL answers; left out.", file=sys.stderr)
                    continue
                drop("lianxin_crash")
                schema("lianxin_crash")
                env |= {"LIANXIN_DATABASE_URL": POSTGRES, "LIANXIN_DATABASE_SCHEMA": "lianxin_crash"}
            print(f"{database}, {asked.kills} kills …", file=sys.stderr, flush=True)
            command = [sys.executable, "-m", "bench.crash", "--inside", "--kills", str(asked.kills)]
            done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
            columns.append(json.loads(done.stdout.splitlines()[-1]))
            if database == "postgresql":
                drop("lianxin_crash")
    for row in columns[0] if columns else ():
        print(f"{row:34}" + "".join(f"{column[row]!s:>40}" for column in columns), file=sys.stderr)
    print(json.dumps(columns, indent=2))
    lost = ("acknowledged and not there", "one number for two forms", "filed and never acknowledged", "notices twice")
    once = ("emergencies without a notice", "overdue and not handed on", "handed on twice", "history broken")
    once += ("events that never came",)
    if any(column[row] for column in columns for row in (*lost, *once)):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
