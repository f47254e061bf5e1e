"""What has no noun of the domain: numbers in order, forms that were sent."""

from django.db import models

from lianxin.core.fields import EncryptedTextField


class Counter(models.Model):
    """A running number, one row for each series (needs of one year)."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


class SentForm(models.Model):
    """A form or API call that was carried out: the same key again gives the same answer, for 7 days."""

    operation = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    body_digest = models.CharField(max_length=64)
    answer = EncryptedTextField()
    about = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "key"], name="core_sentform_once")]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"


class Tries(models.Model):
    """How often one client tried one thing in its present window (限次计数); the key is a keyed digest."""

    key = models.CharField(max_length=32, primary_key=True)
    number = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class CityValue(models.Model):
    """A value that the city has set (可调参数): every step of it, and from when each holds.

    `steps`: [{"from": ISO time, "value": JSON}, …], oldest first. Its changes form a chain of history.
    """

    code = models.CharField(max_length=60, unique=True)
    steps = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=0)
    history_seq = models.PositiveIntegerField(default=0)
    history_head = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return self.code

    @property
    def chain_key(self) -> str:
        """Names this value's chain in history."""
        return f"value:{self.code}"
