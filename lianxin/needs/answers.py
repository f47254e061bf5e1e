"""What came back from the asker: answers, calls that failed, second calls, thanks; and needs left out of the rates."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from lianxin.needs.states import ExclusionReason, ExclusionState, Satisfaction, SecondCallResult, Via


class Answer(models.Model):
    """What the asker said about the result (答复): solved or not, and how satisfied."""

    need = models.ForeignKey("needs.Need", on_delete=models.CASCADE, related_name="answers")
    commitment = models.ForeignKey("needs.Commitment", on_delete=models.PROTECT, null=True, related_name="answers")
    solved = models.BooleanField()
    satisfaction = models.CharField(max_length=12, choices=Satisfaction.choices, blank=True)
    via = models.CharField(max_length=6, choices=Via.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.need} {self.solved}"


class CallAttempt(models.Model):
    """Somebody tried to reach the asker and did not (回访未接通)."""

    need = models.ForeignKey("needs.Need", on_delete=models.CASCADE, related_name="attempts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["need", "at"], name="needs_attempt_need")]

    def __str__(self) -> str:
        return f"{self.need} {self.at:%Y-%m-%d}"


class SecondCall(models.Model):
    """The town calls about an answer that was recorded for the asker, picked by chance (二次回访)."""

    need = models.ForeignKey("needs.Need", on_delete=models.CASCADE, related_name="second_calls")
    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="second_call")
    picked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=12, choices=SecondCallResult.choices, blank=True)
    done_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["done_at", "due_at", "id"], name="needs_second_call_open")]

    def __str__(self) -> str:
        return f"{self.need} {self.result}"


class Exclusion(models.Model):
    """A need is to count in no rate (剔除): one person asks with a reason, another decides."""

    need = models.ForeignKey("needs.Need", on_delete=models.CASCADE, related_name="exclusions")
    reason = models.CharField(max_length=12, choices=ExclusionReason.choices)
    words = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=12, choices=ExclusionState.choices, default=ExclusionState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["need"], condition=Q(state__in=["asked", "approved"]), name="needs_exclusion_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="needs_exclusion_two_persons"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at=None, taken_back_at=None)
                | Q(state__in=["approved", "refused"], decided_at__isnull=False, taken_back_at=None)
                | Q(state="taken_back", taken_back_at__isnull=False),
                name="needs_exclusion_dates",
            ),
        ]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="needs_exclusion_asked"),
            models.Index(fields=["state", "-asked_at", "-id"], name="needs_exclusion_state"),
        ]

    def __str__(self) -> str:
        return f"{self.need} {self.state}"


class Thanks(models.Model):
    """The asker's words to the giver (感谢); public only when both agree."""

    need = models.OneToOneField("needs.Need", on_delete=models.CASCADE, related_name="thanks")
    text = models.CharField(max_length=300)
    asker_agrees = models.BooleanField(default=False)
    giver_agrees = models.BooleanField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.need}"
