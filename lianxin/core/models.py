"""What has no noun of the domain: numbers in order, forms that were sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    answer = models.TextField(help_text=_("encrypted"))
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "key"], name="core_sentform_once")]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
