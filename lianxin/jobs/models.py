"""The schedule: when each job ran, when it runs next, what went wrong."""

from django.db import models

from lianxin.history.models import Chained


class Schedule(Chained):
    """A job's place in the schedule (定时任务). `taken_until` is set while a worker is at it."""

    code = models.CharField(max_length=60, unique=True)
    next_at = models.DateTimeField()
    taken_until = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=32, blank=True)
    last_at = models.DateTimeField(null=True)
    last_ms = models.PositiveIntegerField(null=True)
    last_done = models.PositiveIntegerField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_at", "id"], name="jobs_schedule_next")]

    def __str__(self) -> str:
        return self.code

    @property
    def chain_key(self) -> str:
        return f"job:{self.code}"
