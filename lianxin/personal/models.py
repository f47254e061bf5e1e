"""Who looked at whose contact, and why."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Look(models.Model):
    """A look at personal data (查看记录): by whom, at what, for what purpose; opens it for 10 minutes."""

    class Purpose(models.TextChoices):
        CALL = "call", _("To call the asker")
        VISIT = "visit", _("To visit or deliver")
        CHECK = "check", _("To check what was entered")
        ASKED = "asked", _("The person asked for it")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    object_key = models.CharField(max_length=140)
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["object_key", "-at", "-id"], name="personal_look_object")]

    def __str__(self) -> str:
        return f"{self.user} {self.object_key} {self.purpose}"
