"""What was done, by whom, when: one chain of hashes for each object."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Chained(models.Model):
    """Mixin: an object whose changes form a chain. `chain_key` names it and never changes."""

    history_seq = models.PositiveIntegerField(default=0)
    history_head = models.CharField(max_length=64, default="")

    class Meta:
        abstract = True

    @property
    def chain_key(self) -> str:
        """The chain's name, e.g. `need:TR-26-00001`."""
        raise TypeError(f"{type(self).__name__} does not name its chain")


class Entry(models.Model):
    """One change of one object (履历): code and parameters, never a personal value."""

    object_key = models.CharField(max_length=140)
    seq = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=12)
    at = models.DateTimeField()
    imported = models.BooleanField(default=False, help_text=_("came in by workbook"))
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["object_key", "seq"], name="history_entry_once")]
        indexes = [models.Index(fields=["actor", "-at"], name="history_entry_actor")]

    def __str__(self) -> str:
        return f"{self.object_key} {self.seq} {self.code}"


class Root(models.Model):
    """The root over all chains that grew up to a day (每日根哈希); published on the public column."""

    day = models.DateField(unique=True)
    at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True)
    root = models.CharField(max_length=64)
    chains = models.PositiveIntegerField()
    up_to = models.BigIntegerField(help_text=_("the last entry that it covers"))

    def __str__(self) -> str:
        return f"{self.day} {self.root[:12]}"


class Leaf(models.Model):
    """A chain as it was sealed on a day: its length and its head."""

    root = models.ForeignKey(Root, on_delete=models.PROTECT, related_name="leaves")
    object_key = models.CharField(max_length=140)
    seq = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.object_key} {self.seq}"
