"""Programs elsewhere that are told what happened, and what they were told."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.models import Scope
from lianxin.core.fields import EncryptedTextField
from lianxin.history.models import Chained


class Webhook(Chained):
    """An address that is told of events in a place (事件推送): which ones, and how it can tell that we are we."""

    name = models.CharField(max_length=60)
    url = models.CharField(max_length=300)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    events = models.JSONField(default=list)
    secret = EncryptedTextField()
    old_secret = EncryptedTextField(blank=True, default="")
    old_until = models.DateTimeField(null=True, help_text=_("until then both secrets sign"))
    active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True)
    seen = models.BigIntegerField(default=0, help_text=_("entries of the history up to here are done with"))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name

    @property
    def chain_key(self) -> str:
        return f"webhook:{self.pk}"


class State(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")


class Delivery(models.Model):
    """One event for one address (推送记录). `event_id` stays the same however often it is sent."""

    hook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    entry = models.BigIntegerField(help_text=_("the entry of the history"))
    event_id = models.CharField(max_length=64, unique=True)
    event = models.CharField(max_length=60)
    number = models.CharField(max_length=40)
    path = models.CharField(max_length=200)
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    taken_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=60, blank=True, help_text=_("status or sort of failure, never words"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hook", "entry"], name="webhooks_delivery_once"),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(sent_at__isnull=False), name="webhooks_delivery_sent"
            ),
        ]
        indexes = [
            models.Index(fields=["hook", "entry"], condition=Q(state="waiting"), name="webhooks_delivery_waiting"),
            models.Index(fields=["hook", "-at", "-id"], name="webhooks_delivery_log"),
            models.Index(fields=["at"], name="webhooks_delivery_old"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.number}"
