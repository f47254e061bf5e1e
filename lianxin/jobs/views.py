"""The schedule, for the administrator."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core.clock import now
from lianxin.jobs.models import Schedule
from lianxin.jobs.operations import run_again
from lianxin.jobs.registry import JOBS

# Something runs each minute: a worker that did nothing for so long is none.
JUST_NOW = timedelta(minutes=5)


@posts(Role.ADMIN)
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """Every job: when it ran, how much it did, when it runs next, what went wrong. Failed ones first."""
    at = now()
    rows = [row for row in Schedule.objects.order_by("-failures", "code") if row.code in JOBS]
    late = any(row.next_at < at - JOBS[row.code].lease for row in rows)
    ran = any(row.last_at and row.last_at > at - JUST_NOW for row in rows)
    context = {"rows": [(row, JOBS[row.code]) for row in rows], "asleep": not rows or (late and not ran), "now": at}
    return render(request, "jobs/jobs.html", context)


@posts(Role.ADMIN)
@require_POST
def job_again(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a job out of turn."""
    schedule = get_object_or_404(Schedule, code=code)
    run_again(schedule, actor=actor_of(request), at=now())
    messages.success(request, _("It runs within a few seconds."))
    return redirect("jobs")
