"""`make bench`: how long the work takes on this machine, as a table and as JSON. Nothing is asserted.

Runs in a new folder on SQLite as a city would (WAL, synchronous FULL); the control is a bare one-table insert in the
same run. The million needs of QUALITY's table are not made here yet.
"""

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = tempfile.mkdtemp(prefix="lianxin-bench-")
os.environ["DJANGO_SETTINGS_MODULE"] = "lianxin.settings"
os.environ.setdefault("LIANXIN_SECRET_KEY", "for-benchmarks-only")
os.environ["LIANXIN_DATA"] = FOLDER

ROUNDS = 300
PAGES = (
    ("desk", "/workspace/"),
    ("list", "/workspace/needs/"),
    ("list, all by due", "/workspace/needs/?status=all&sort=due"),
)
SAMPLE = Path(__file__).parents[1] / "examples" / "tongren"


def timed(run: Callable[[], Any]) -> float:
    """Seconds that `run` takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def milliseconds(run: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Median and 99th percentile of `rounds` runs, in milliseconds."""
    times = sorted(timed(run) * 1000 for _ in range(rounds))
    return {"p50": round(statistics.median(times), 1), "p99": round(times[int(len(times) * 0.99) - 1], 1)}


def main() -> None:
    """Load the sample city, then measure importing, filing and the pages."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)

    from lianxin.accounts.actors import PUBLIC, SYSTEM
    from lianxin.accounts.models import User
    from lianxin.core.clock import now
    from lianxin.core.models import SentForm
    from lianxin.needs.models import Category
    from lianxin.needs.operations import Asked, file_need
    from lianxin.places.models import Community
    from lianxin.sheets.operations import import_workbook

    found: dict[str, Any] = {}
    for path in sorted(SAMPLE.glob("*.xlsx")):
        data = path.read_bytes()
        seconds = timed(lambda data=data: import_workbook(data, actor=SYSTEM, at=now()))
        if path.name.startswith(("06", "15")):
            found[f"import {path.stem[3:]}, s"] = round(seconds, 1)
    found["memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    community = Community.objects.select_related("scope", "town__scope", "town__city__scope").first()
    assert community is not None
    asked = Asked(kind="repair", category=Category.objects.get(code="water"), community=community, text="厨房没水了")
    keys = iter(range(10_000_000))

    def bare() -> None:
        key = str(next(keys))
        SentForm.objects.create(operation="bench", key=key, body_digest="", answer="x" * 400, created_at=now())

    control = ROUNDS / timed(lambda: [bare() for _ in range(ROUNDS)])
    filing = ROUNDS / timed(
        lambda: [file_need(asked, actor=PUBLIC, at=now(), key=f"n{next(keys)}") for _ in range(ROUNDS)]
    )
    found |= {
        "bare insert, a second": round(control),
        "needs filed, a second": round(filing),
        "filed ÷ bare": round(filing / control, 2),
    }
    for role, username in (("office", "office.longwu-street.1"), ("city", "city.1")):
        client = Client()
        client.force_login(User.objects.get(username=username))
        for name, address in PAGES:
            client.get(address)
            found[f"{name} of the {role}, ms"] = milliseconds(lambda c=client, a=address: c.get(a), 50)
    visitor = Client()
    found["front page, ms"] = milliseconds(lambda: visitor.get("/"), 50)

    for name, value in found.items():
        print(f"{name:32} {value}", file=sys.stderr)
    print(json.dumps({"cores": os.cpu_count(), **found}, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
