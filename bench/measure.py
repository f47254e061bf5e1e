"""One database, one size: fills it if it is not there, measures, prints one JSON object. `python -m bench` calls it."""

import argparse
import json
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

SAMPLE = Path(__file__).parents[1] / "examples" / "tongren"
ROUNDS = 300
CONCURRENCY = 4
DEPTH = 3
SLOW_SYNC = 4
SCOPES = {
    "city": "city.1",
    "town": "town.1",
    "office": "office.longwu-street.1",
    "grid": "grid.longwu-street-g02",
}
STATUSES = ("open", "all", "filed", "verified", "published", "under_way", "delivered", "confirmed", "declined")
SORTS = ("-filed", "due")
OTHERS = {
    "overdue": "status=open&overdue=1",
    "kind and urgency": "status=all&kind=repair&urgency=urgent",
    "one day": "status=all&from=2026-06-01&to=2026-06-01",
    "category": "status=all&category={category}",
    "word in 5 %": "status=all&q={common}",
    "rare word": "status=all&q={rare}",
    "number": "status=all&q=BN-00010000",
}


def timed(run: Callable[[], Any]) -> float:
    """Seconds that `run` takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def serve(port: int, application: str = "lianxin.wsgi:application") -> subprocess.Popen[bytes]:
    """The server as a city runs it: 2 workers with 2 threads. Raises RuntimeError when it does not answer."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "2", application]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError("the server did not start")


def prepare(size: int) -> dict[str, Any]:
    """The sample city and `size` needs, unless they are there; what importing took."""
    from django.core.management import call_command

    from bench.fill import fill
    from lianxin.accounts.actors import SYSTEM
    from lianxin.core.clock import now
    from lianxin.needs.models import Need
    from lianxin.places.models import City
    from lianxin.sheets.operations import import_workbook

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("translations", compile_only=True, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    found: dict[str, Any] = {}
    if not City.objects.exists():
        for path in sorted(SAMPLE.glob("*.xlsx")):
            data = path.read_bytes()
            seconds = timed(lambda data=data: import_workbook(data, actor=SYSTEM, at=now()))
            if path.name.startswith("06"):
                found["import 18,737 households, s"] = round(seconds, 1)
                found["memory after it, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    missing = size - Need.objects.filter(number__startswith="BN-").count()
    if missing > 0:
        found["filling, s"] = round(timed(lambda: fill(missing)))
    return found


def filing() -> dict[str, Any]:
    """Filing against a bare insert into one table, each in a transaction of its own, by turns."""
    from lianxin.accounts.actors import PUBLIC
    from lianxin.core.clock import now
    from lianxin.core.models import SentForm
    from lianxin.needs.models import Category
    from lianxin.needs.operations import Asked, file_need
    from lianxin.places.models import Community

    community = Community.objects.select_related("scope", "town__scope", "town__city__scope").first()
    assert community is not None
    asked = Asked(kind="repair", category=Category.objects.get(code="water"), community=community, text="厨房没水了")
    run = random.getrandbits(60)
    bare = filed = 0.0
    for number in range(ROUNDS):
        key = f"{run}-{number}"
        bare += timed(
            lambda key=key: SentForm.objects.create(
                operation="bench", key=key, body_digest="", answer="x" * 400, created_at=now()
            )
        )
        filed += timed(lambda key=key: file_need(asked, actor=PUBLIC, at=now(), key=key))
    return {
        "bare insert, a second": round(ROUNDS / bare),
        "needs filed, a second": round(ROUNDS / filed),
        "filed ÷ bare": round(bare / filed, 2),
    }


def filing_on_a_slow_disk() -> dict[str, Any]:
    """The same on SQLite where each sync takes SLOW_SYNC ms more (slow_sync.c); nothing where there is no gcc.

    This machine's disk may acknowledge a sync at once; a disk that really writes does not.
    """
    from django.db import connection

    gcc = shutil.which("gcc")
    if connection.vendor != "sqlite" or not gcc:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        shim = f"{folder}/slow_sync.so"
        source = str(Path(__file__).with_name("slow_sync.c"))
        subprocess.run([gcc, "-shared", "-fPIC", "-O2", "-o", shim, source, "-ldl"], check=True)
        env = os.environ | {"LD_PRELOAD": shim, "SLOW_SYNC_US": str(SLOW_SYNC * 1000)}
        command = [sys.executable, "-m", "bench.measure", "--size", "0", "--filing"]
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return {f"{name}, sync {SLOW_SYNC} ms": number for name, number in found.items()}


def filing_over_http(rounds: int) -> dict[str, Any]:
    """The same as programs do it: four at a time to two workers, filing by a clerk's token, and the bare insert."""
    from bench.load import a_second
    from lianxin.accounts.actors import actor_for
    from lianxin.accounts.models import User
    from lianxin.core.clock import local_day, now
    from lianxin.core.models import CityValue
    from lianxin.core.rates import PER_TOKEN
    from lianxin.staffing.tokens import create_token

    # Files as fast as it can: what is measured is the work, not the limit.
    steps = [{"from": now().isoformat(), "value": 1_000_000}]
    CityValue.objects.update_or_create(code=PER_TOKEN, defaults={"steps": steps, "version": 1})
    user = User.objects.get(username=SCOPES["office"])
    user.tokens.all().delete()
    actor = actor_for(user, local_day(now()))
    token = create_token(actor=actor, at=now(), name="bench", scopes=["needs.file"], days=30).raw
    body = json.dumps({"kind": "wish", "category": "other", "community": "longwu-street", "text": "想请人帮忙搬柜子"})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sends = [(body, headers | {"Idempotency-Key": str(uuid.uuid4())}) for _ in range(rounds)]
    found: dict[str, float] = {}
    for name, application, path in (
        ("bare insert over HTTP, a second", "bench.bare:application", "/insert"),
        ("needs filed over HTTP, a second", "lianxin.wsgi:application", "/api/v1/needs"),
    ):
        port = free_port()
        server = serve(port, application)
        try:
            warm = [(body, headers | {"Idempotency-Key": str(uuid.uuid4())}) for _ in range(20)]
            a_second(port, path, warm, workers=CONCURRENCY)
            found[name] = a_second(port, path, sends, workers=CONCURRENCY)
        finally:
            server.terminate()
            server.wait(20)
    bare, filed = found.values()
    return {name: round(rate) for name, rate in found.items()} | {"filed ÷ bare over HTTP": round(filed / bare, 2)}


def bare_list() -> dict[str, float]:
    """50 rows of one table by its primary key, as plain objects: what the ORM alone costs, in ms."""
    from bench.load import percentiles
    from lianxin.needs.models import Need

    return percentiles([timed(lambda: list(Need.objects.order_by("-pk")[:50])) for _ in range(100)])


def cookies() -> dict[str, str]:
    """A session for each role, as a browser would send it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from lianxin.accounts.models import User

    found, engine = {}, import_module(settings.SESSION_ENGINE)
    for role, username in SCOPES.items():
        user, session = User.objects.get(username=username), engine.SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        found[role] = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    return found


def over_http(rounds: int) -> dict[str, Any]:
    """Lists by scope × status × sort, three pages deep, four at a time; other filters; pages."""
    from bench.fill import COMMON, RARE
    from bench.load import percentiles, together
    from lianxin.needs.models import Category, Need

    who, port = cookies(), free_port()
    server = serve(port)
    try:
        base = "/workspace/needs/"
        jobs = [
            (f"{role} {status} {sort}", f"{base}?status={status}&sort={sort}", cookie)
            for role, cookie in who.items()
            for status in STATUSES
            for sort in SORTS
        ] * rounds
        random.Random(1).shuffle(jobs)
        together(port, jobs[:40], workers=CONCURRENCY)  # both workers are warm
        lists = together(port, jobs, workers=CONCURRENCY, depth=DEPTH, server=server.pid)
        every = [seconds for times in lists.values() for seconds in times]
        found: dict[str, Any] = {"lists, ms": percentiles(every)}
        apart = together(port, jobs, workers=CONCURRENCY, depth=DEPTH)
        found["lists, connections at random, ms"] = percentiles([s for times in apart.values() for s in times])
        for role in who:
            mine = [s for name, times in lists.items() if name.startswith(role) for s in times]
            found[f"lists of the {role}, ms"] = percentiles(mine)
        worst = max(lists, key=lambda name: percentiles(lists[name])["p50"])
        found["slowest list, ms"] = {"which": worst, **percentiles(lists[worst])}
        fit = {"category": Category.objects.filter(kind="repair").first().pk, "common": COMMON, "rare": RARE}  # type: ignore[union-attr]
        for name, query in OTHERS.items():
            address = base + "?" + query.format(**{k: quote(str(v)) for k, v in fit.items()})
            each = [(role, address, who[role]) for role in ("city", "office")] * rounds * 3
            times = together(port, each, workers=CONCURRENCY, server=server.pid)
            for role, seconds in times.items():
                found[f"{name}, {role}, ms"] = percentiles(seconds)
        number = (
            Need.objects.filter(status="under_way", community__code="longwu-street")
            .values_list("number", flat=True)
            .first()
        )
        single = {"desk": "/workspace/", "need page": f"{base}{number}/", "figures": "/workspace/figures/"}
        for name, address in single.items():
            each = [(role, address, who[role]) for role in ("city", "office")] * rounds * 3
            for role, seconds in together(port, each, workers=CONCURRENCY, server=server.pid).items():
                found[f"{name}, {role}, ms"] = percentiles(seconds)
        found["front page, ms"] = percentiles(
            together(port, [("front", "/", "")] * rounds * 5, workers=CONCURRENCY, server=server.pid)["front"]
        )
    finally:
        server.terminate()
        server.wait(20)
    return found


def searching() -> dict[str, Any]:
    """The index alone: the newest 50 ids in one's scope for a rare and a common word, in ms."""
    from bench.fill import COMMON, RARE
    from bench.load import percentiles
    from lianxin.needs.models import Need
    from lianxin.places.models import Community
    from lianxin.search.index import matching

    community = Community.objects.order_by("pk").first()
    assert community is not None
    found = {}
    for name, word in (("rare", RARE), ("common", COMMON), ("one character", COMMON[0])):
        for where, scopes in (("city", None), ("community", [community.pk])):

            def look(word: str = word, scopes: list[int] | None = scopes) -> None:
                hits = Need.objects.filter(pk__in=matching("need", word, scopes))
                list(hits.order_by("-pk").values_list("pk", flat=True)[:50])

            found[f"search {name}, {where}, ms"] = percentiles([timed(look) for _ in range(20)])
    return found


def main() -> None:
    """Measure one database at one size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--filing", action="store_true", help="only what filing costs, on what is there")
    asked = parser.parse_args()
    import django

    django.setup()
    from django.db import connection

    if asked.filing:
        print(json.dumps(filing()))
        return
    found: dict[str, Any] = {"database": connection.vendor, "needs": asked.size, "cores": os.cpu_count()}
    found |= prepare(asked.size)
    found["load before, 1 min"] = round(os.getloadavg()[0], 2)
    found |= filing() | filing_on_a_slow_disk() | filing_over_http(ROUNDS)
    found["bare list, ms"] = bare_list()
    found |= searching()
    found |= over_http(asked.rounds)
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
