"""Tallies: what the figures of past days add up to, kept so that nobody counts a million records for a page."""

from django.conf import settings
from django.db import models

from lianxin.accounts.models import Scope
from lianxin.history.models import Chained


class Counted(models.Model):
    """Mixin: what is counted (`part`), where, on which day of the city, and of whom where it is counted by giver."""

    part = models.CharField(max_length=24)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    of = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True


class Delta(Counted):
    """A signed difference (变动), written in the transaction of the operation that made it; only ever added."""

    value = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.part} {self.day} {self.value:+}"


class Tally(Counted):
    """What the differences of one day add up to (汇总)."""

    value = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "day", "scope", "of"], name="figures_tally_once")]

    def __str__(self) -> str:
        return f"{self.part} {self.day} {self.value}"


class Comparison(Chained):
    """The night's comparison of all tallies with a count of the records themselves (核对)."""

    at = models.DateTimeField()
    compared = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()
    rebuilt_at = models.DateTimeField(null=True)
    rebuilt_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.wrong}"

    @property
    def chain_key(self) -> str:
        return f"comparison:{self.at:%Y%m%dT%H%M%S}"


class Mismatch(Counted):
    """A tally that a comparison found wrong: what it said and what the records say."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="mismatches")
    stored = models.BigIntegerField()
    counted = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.part} {self.day}: {self.stored} ≠ {self.counted}"
