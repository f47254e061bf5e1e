"""Notices to posts and to persons; written with the change they speak of."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lianxin.accounts.models import Role, Scope


class Notice(models.Model):
    """Something a post or a person should know (消息): code and parameters, rendered for the reader.

    Written in the operation's own transaction: it is the outbox from which outside channels are served.
    """

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=12, choices=Role.choices, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=200)
    urgent = models.BooleanField(default=False)
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope__isnull=False) | Q(user__isnull=False), name="notifications_notice_reader"
            )
        ]
        indexes = [
            models.Index(fields=["scope", "role", "-at", "-id"], name="notifications_notice_post"),
            models.Index(fields=["user", "-at", "-id"], name="notifications_notice_user"),
            models.Index(fields=["id"], condition=Q(sent_at=None), name="notifications_notice_outbox"),
        ]

    def __str__(self) -> str:
        return self.code


class ReadMark(models.Model):
    """Up to which notice a user has read."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    notice_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user} ≤ {self.notice_id}"
