"""The schedule, for the administrator."""

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


@posts(Role.ADMIN)
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """Every job: when it ran, how much it did, when it runs next, what went wrong. Failed ones first."""
    at = now()
    rows = [row for row in Schedule.objects.order_by("-failures", "code") if row.code in JOBS]
    late = [row for row in rows if row.next_at < at - JOBS[row.code].lease]
    context = {"rows": [(row, JOBS[row.code]) for row in rows], "asleep": bool(late) or not rows, "now": at}
    return render(request, "jobs/jobs.html", context)


@posts(Role.ADMIN)
@require_POST
def job_again(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a job out of turn."""
    schedule = get_object_or_404(Schedule, code=code)
    run_again(schedule, actor=actor_of(request), at=now())
    messages.success(request, _("It runs within a few seconds."))
    return redirect("jobs")
