"""Asking for a job out of turn."""

from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.errors import NotAllowed
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.jobs.models import Schedule


@operation
def run_again(schedule: Schedule, *, actor: Actor, at: datetime) -> Schedule:
    """Let a job run at the worker's next look. Raises NotAllowed for anybody but administrators."""
    if not actor.has(Role.ADMIN):
        raise NotAllowed(_("Only an administrator can do this."))
    schedule = Schedule.objects.select_for_update().get(pk=schedule.pk)
    schedule.next_at = min(schedule.next_at, at)
    chain.record(schedule, "job.asked_for", actor=actor, at=at)
    schedule.save(update_fields=["next_at", "history_seq", "history_head"])
    return schedule
