"""Who looked at whose contact, and why; what was erased, and when."""

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
        indexes = [
            models.Index(fields=["object_key", "-at", "-id"], name="personal_look_object"),
            models.Index(fields=["-at", "-id"], name="personal_look_time"),
            models.Index(fields=["user", "-at", "-id"], name="personal_look_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.object_key} {self.purpose}"

    @property
    def what(self) -> str:
        """The number of what was looked at."""
        return self.object_key.partition(":")[2]


class Erasure(models.Model):
    """The proof that personal data was erased (删除记录): what, how much, of which time, and when no trace was left."""

    class What(models.TextChoices):
        CONTACT = "contact", _("Contacts, on time")
        WORDS = "words", _("Words and photos, on time")
        LOOKS = "looks", _("The list of looks, on time")
        HELPERS = "helpers", _("Helpers, on time")
        ASKED = "asked", _("Everything, because the person asked")

    what = models.CharField(max_length=8, choices=What.choices)
    count = models.PositiveIntegerField()
    before = models.DateTimeField(null=True, help_text=_("what ended before this time"))
    object_key = models.CharField(max_length=140, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    clean_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="personal_erasure_time"),
            models.Index(fields=["id"], condition=models.Q(clean_at=None), name="personal_erasure_open"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.count} {self.at:%Y-%m-%d}"
