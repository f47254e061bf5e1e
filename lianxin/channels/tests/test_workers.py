"""Two workers at once, and workers that are killed: each notice goes out once. With real transactions."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as conf
from django.db import connection

from lianxin.accounts.actors import SYSTEM
from lianxin.channels import jobs, rules
from lianxin.channels.models import State
from lianxin.channels.operations import plan_deliveries
from lianxin.channels.tests import setup
from lianxin.channels.tests.outside import Came, Services
from lianxin.core.clock import local_day, now
from lianxin.jobs import worker
from tests.cast import Cast, build
from tests.test_races import together

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast() -> Cast:
    return build()


def told(services: Services) -> Counter[str]:
    return Counter(came.json["text"]["content"].split("\n")[0] for came in services.came)


def test_two_workers_send_each_notice_once(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    setup.wecom(cast, cast.water_unit.scope)
    at = cast.clock()
    for n in range(15):
        setup.say(cast, at, urgent=True, number=f"SC-26-{n:05d}")
        setup.say(cast, at, urgent=True, number=f"SC-26-{n + 100:05d}", scope_id=cast.water_unit.pk, role="liaison")
    together(lambda: _run(at), lambda: _run(at))
    _run(at)
    assert len(told(services)) == 30 and set(told(services).values()) == {1}
    assert set(setup.states()) == {State.SENT}


def _run(at: Any) -> None:
    jobs.run(at)


def test_the_control_shows_that_sending_without_taking_sends_twice(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    at = cast.clock()
    setup.say(cast, at, urgent=True)
    plan_deliveries(actor=SYSTEM, at=at)
    read = threading.Barrier(2)

    def careless() -> None:
        found = list(jobs.due(at))
        read.wait(timeout=20)
        for delivery in found:
            jobs.deliver_one(delivery, at)

    together(careless, careless)
    assert set(told(services).values()) == {2}


def test_two_workers_together_keep_to_twenty_a_minute(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    at = cast.clock()
    for n in range(50):
        setup.say(cast, at, urgent=True, number=f"SC-26-{n:05d}")
    plan_deliveries(actor=SYSTEM, at=at)
    together(lambda: _run(at), lambda: _run(at))
    assert len(services.came) == 20
    together(lambda: _run(at + timedelta(seconds=61)), lambda: _run(at + timedelta(seconds=61)))
    assert len(services.came) == 40


@pytest.fixture
def killed(cast: Cast, services: Services) -> Iterator[list[int]]:
    """The next worker process is killed after the service got its message and before it answers."""
    pids: list[int] = []
    got = threading.Event()

    def kill(came: Came) -> None:
        if pids and not got.is_set():
            got.set()
            os.kill(pids[0], signal.SIGKILL)

    services.before_answer = kill
    yield pids
    assert got.is_set()


def start_worker(services: Services, at: datetime) -> subprocess.Popen[bytes]:
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else conf.DATABASE_URL.rsplit("/", 1)[0] + f"/{name}"
    env = os.environ | {"LIANXIN_DATABASE_URL": url, "LIANXIN_NOTICES_RELAY": services.url}
    code = (
        "import django; django.setup()\n"
        "import sys; from datetime import datetime; from lianxin.channels import jobs\n"
        "input(); jobs.run(datetime.fromisoformat(sys.argv[1]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, at.isoformat()],
        env=env | {"DJANGO_SETTINGS_MODULE": "lianxin.settings"},
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def run_and_be_killed(services: Services, pids: list[int], at: datetime) -> None:
    """A worker process runs at `at`; the service kills it while it waits for the answer."""
    process = start_worker(services, at)
    pids.append(process.pid)
    process.communicate(b"\n", timeout=60)
    assert process.returncode == -signal.SIGKILL


def test_a_digest_whose_worker_was_killed_while_sending_is_not_sent_again_by_itself(
    cast: Cast, services: Services, killed: list[int]
) -> None:
    setup.wecom(cast)
    setup.say(cast, cast.clock())
    morning = rules.digest_moment(local_day(cast.clock()) + timedelta(days=1))
    run_and_be_killed(services, killed, morning)
    assert (setup.states(), len(services.came)) == ([State.TAKEN], 1)
    jobs.run(morning + rules.LEASE)
    jobs.run(morning + 2 * rules.LEASE)
    assert (setup.states(), len(services.came)) == ([State.UNCLEAR], 1)


def test_an_emergency_whose_worker_was_killed_while_sending_is_sent_once_more_after_the_lease(
    cast: Cast, services: Services, killed: list[int]
) -> None:
    setup.wecom(cast)
    at = cast.clock()
    setup.say(cast, at, urgent=True)
    run_and_be_killed(services, killed, at)
    assert setup.states() == [State.TAKEN]
    jobs.run(at + timedelta(minutes=1))
    assert len(services.came) == 1
    jobs.run(at + rules.LEASE)
    assert (setup.states(), len(services.came)) == ([State.SENT], 2)
    jobs.run(at + 2 * rules.LEASE)
    assert len(services.came) == 2


def test_a_worker_that_was_killed_before_it_took_anything_loses_nothing(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    at = now()
    setup.say(cast, at, urgent=True)
    process = start_worker(services, at)
    process.kill()
    process.wait(timeout=60)
    worker.run_due(at)
    assert (setup.states(), len(services.came)) == ([State.SENT], 1)
