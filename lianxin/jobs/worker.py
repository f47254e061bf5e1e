"""Running what is due: each job by one worker at a time, again later when it failed, once when it worked."""

import hashlib
import logging
import os
import secrets
import socket
import time
import traceback
from datetime import datetime, timedelta
from pathlib import Path

from django.db import close_old_connections
from django.db.models import Q

from lianxin.core.clock import now
from lianxin.core.values import read_once
from lianxin.jobs.models import Schedule
from lianxin.jobs.registry import JOBS, Job

LOG = logging.getLogger("lianxin.jobs")
FIRST_RETRY = timedelta(minutes=1)
PAUSE_SECONDS = 5.0
HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:10]
TOKEN = secrets.token_hex(4)


def ensure(at: datetime) -> None:
    """Every registered job has its row. Two queries at the most."""
    there = set(Schedule.objects.values_list("code", flat=True))
    missing = [Schedule(code=code, next_at=at) for code in JOBS.codes() if code not in there]
    if missing:
        Schedule.objects.bulk_create(missing, ignore_conflicts=True)


def own_name() -> str:
    """The name under which this worker takes jobs: machine, process, and a token for this start."""
    return f"{HOST}:{os.getpid()}:{TOKEN}"


def _is_dead(name: str) -> bool:
    """The process that took a job on this machine is gone; of other machines nobody knows."""
    host, _colon, rest = name.rpartition(":")[0].rpartition(":")
    if host != HOST or name == own_name():
        return False
    if int(rest) == os.getpid():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def free_the_dead() -> int:
    """Give back the jobs of workers that were killed on this machine, without waiting for their lease; how many."""
    taken = Schedule.objects.filter(taken_by__startswith=f"{HOST}:")
    dead = [name for name in set(taken.values_list("taken_by", flat=True)) if _is_dead(name)]
    return Schedule.objects.filter(taken_by__in=dead).update(taken_until=None, taken_by="") if dead else 0


def claim(code: str, at: datetime, name: str) -> bool:
    """Take a job that is due, compare-and-set: of two workers one gets it. A dead worker's job can be taken."""
    free = Q(taken_until=None) | Q(taken_until__lte=at)
    taken = Schedule.objects.filter(free, code=code, next_at__lte=at)
    return taken.update(taken_until=at + JOBS[code].lease, taken_by=name) == 1


def retry_after(failures: int, job: Job) -> timedelta:
    """How long to wait after so many failures in a row: a minute, doubled each time, at the most the job's rhythm."""
    wait: timedelta = FIRST_RETRY * 2 ** min(failures - 1, 20)
    return min(wait, max(job.every, FIRST_RETRY))


def where(error: Exception) -> str:
    """What went wrong and where; never the error's words, which may hold what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return f"{type(error).__name__} ({Path(last.filename).name}:{last.lineno})" if last else type(error).__name__


def run_one(code: str, at: datetime, name: str) -> bool:
    """Run a job that was claimed under `name`; True when it worked."""
    job = JOBS[code]
    mine = Schedule.objects.filter(code=code, taken_by=name)
    start = time.monotonic()
    wrong, done = "", 0
    try:
        with read_once():
            done = job.run(at)
    except Exception as error:  # whatever went wrong, the other jobs go on
        wrong = where(error)
    # Not above: until the error is forgotten its frames may hold a read open, and the note would be refused.
    if wrong:
        LOG.error("job %s failed: %s", code, wrong)
        failures = (mine.values_list("failures", flat=True).first() or 0) + 1
        mine.update(
            taken_until=None,
            taken_by="",
            failures=failures,
            error=wrong[:200],
            last_at=at,
            next_at=at + retry_after(failures, job),
        )
        return False
    mine.update(
        taken_until=None,
        taken_by="",
        failures=0,
        error="",
        last_at=at,
        last_ms=int((time.monotonic() - start) * 1000),
        last_done=done,
        next_at=at + job.every,
    )
    return True


def run_due(at: datetime) -> tuple[int, int]:
    """Run every job that is due at `at`; how many worked and how many failed.

    Each begins at its own time: what one of them takes has passed for the next.
    """
    start = time.monotonic()
    ensure(at)
    free_the_dead()
    name = own_name()
    codes = Schedule.objects.filter(next_at__lte=at, code__in=JOBS.codes()).order_by("next_at", "id")
    worked = failed = 0
    for code in list(codes.values_list("code", flat=True)):
        then = at + timedelta(seconds=int(time.monotonic() - start))
        if claim(code, then, name):
            if run_one(code, then, name):
                worked += 1
            else:
                failed += 1
    return worked, failed


def run_for_ever(parent: int = 0) -> None:
    """Look for what is due every five seconds; a database that does not answer is tried again.

    `parent`: a process with which to end, 0 for none.
    """
    while not parent or os.getppid() == parent:
        try:
            run_due(now())
        except Exception as error:
            LOG.error("the schedule could not be read: %s", where(error))
        close_old_connections()
        time.sleep(PAUSE_SECONDS)
