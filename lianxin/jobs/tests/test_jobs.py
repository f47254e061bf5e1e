"""The schedule: one worker gets a job, a failure is tried again, a dead worker's job is begun anew."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from lianxin.core.clock import now
from lianxin.jobs import worker
from lianxin.jobs.models import Schedule
from lianxin.jobs.registry import JOBS, Job
from tests.cast import Cast

pytestmark = pytest.mark.django_db
CODE = "test.job"


class Counting:
    """A job that counts its runs and fails when told so."""

    runs = 0
    fails = False

    def __call__(self, at: Any) -> int:
        self.runs += 1
        if self.fails:
            raise ValueError("words of a resident")
        return 3


@pytest.fixture
def job() -> Iterator[Counting]:
    counting = Counting()
    JOBS.add(CODE, Job("Counting", counting, timedelta(hours=1)))
    yield counting
    JOBS.remove(CODE)


def row() -> Schedule:
    return Schedule.objects.get(code=CODE)


def test_a_job_runs_when_it_is_due_and_not_before(job: Counting) -> None:
    at = now()
    worker.run_due(at)
    worker.run_due(at + timedelta(minutes=59))
    assert job.runs == 1
    worker.run_due(at + timedelta(hours=1))
    assert (job.runs, row().last_done, row().failures) == (2, 3, 0)


def test_a_failure_is_tried_again_more_and_more_seldom_and_keeps_no_words(job: Counting) -> None:
    job.fails = True
    at = now()
    for minutes in (1, 2, 4, 8):
        worker.run_due(at)
        assert row().next_at == at + timedelta(minutes=minutes)
        at = row().next_at
    assert "ValueError" in row().error
    assert "resident" not in row().error
    job.fails = False
    worker.run_due(at)
    assert (row().failures, row().error) == (0, "")


def test_a_job_begins_when_the_one_before_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted by the minute, and how long a job is taken for, does not begin with the round."""
    at, passed = now(), [0.0]
    seen: dict[str, tuple[datetime, datetime | None]] = {}
    monkeypatch.setattr(worker.time, "monotonic", lambda: passed[0])

    def run(code: str) -> Callable[[datetime], int]:
        def takes_ninety_seconds(begun: datetime) -> int:
            seen[code] = begun, Schedule.objects.get(code=code).taken_until
            passed[0] += 90
            return 1

        return takes_ninety_seconds

    codes = ("test.one", "test.other")
    try:
        for code in codes:
            JOBS.add(code, Job(code, run(code), timedelta(hours=1)))
        worker.ensure(at)
        Schedule.objects.exclude(code__in=codes).update(next_at=at + timedelta(days=1))
        assert worker.run_due(at) == (2, 0)
    finally:
        for code in codes:
            JOBS.remove(code)
    lease, later = JOBS["needs.escalate"].lease, at + timedelta(seconds=90)
    assert seen == {"test.one": (at, at + lease), "test.other": (later, later + lease)}
    assert Schedule.objects.get(code="test.other").next_at == later + timedelta(hours=1)


def test_of_two_workers_one_gets_the_job(job: Counting) -> None:
    at = now()
    worker.ensure(at)
    assert worker.claim(CODE, at, "one")
    assert not worker.claim(CODE, at, "two")


def test_the_job_of_a_dead_worker_is_begun_anew_after_its_lease(job: Counting) -> None:
    at = now()
    worker.ensure(at)
    assert worker.claim(CODE, at, "dead")
    worker.run_due(at + timedelta(minutes=14))
    assert job.runs == 0
    worker.run_due(at + timedelta(minutes=15))
    assert job.runs == 1


def test_a_worker_that_comes_back_too_late_changes_nothing(job: Counting) -> None:
    at = now()
    worker.ensure(at)
    worker.claim(CODE, at, "slow")
    later = at + timedelta(minutes=15)
    assert worker.claim(CODE, later, "other")
    worker.run_one(CODE, at, "slow")
    assert row().taken_by == "other"


def test_the_administrator_sees_a_failure_and_runs_it_again(job: Counting, cast: Cast, client: Client) -> None:
    job.fails = True
    worker.run_due(now())
    client.force_login(cast.users["admin"])
    page = client.get("/workspace/jobs/").content.decode()
    assert "failed once" in page
    job.fails = False
    assert client.post(f"/workspace/jobs/{CODE}/again/").status_code == 302
    worker.run_due(now())
    assert row().failures == 0


def test_every_job_of_the_areas_runs_on_an_empty_city() -> None:
    call_command("work", "--once", verbosity=0)
    assert not Schedule.objects.filter(failures__gt=0).exists()


@pytest.mark.django_db
def test_a_killed_workers_job_is_free_at_once_on_its_own_machine() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    at = now()
    worker.ensure(at)
    code = JOBS.codes()[0]
    later = at + timedelta(minutes=15)
    alive = os.getppid()
    for name, freed in (
        (f"{worker.HOST}:{gone.pid}:0000", 1),
        (f"{worker.HOST}:{os.getpid()}:0000", 1),
        (f"{worker.HOST}:{alive}:0000", 0),
        (worker.own_name(), 0),
        (f"elsewhere:{gone.pid}:0000", 0),
    ):
        Schedule.objects.filter(code=code).update(taken_by=name, taken_until=later)
        assert worker.free_the_dead() == freed, name
        assert (Schedule.objects.get(code=code).taken_by == "") is bool(freed)
