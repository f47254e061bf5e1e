"""Running numbers."""

from django.db.models import F

from lianxin.core.models import Counter
from lianxin.core.values import guesses


def take(name: str, count: int = 1) -> int:
    """Reserve `count` numbers of the series `name` and return the first. Call inside a transaction.

    The counter's row stays locked until the end of the transaction, so numbers follow the order of commits.
    One query when nobody took a number since the request read the city's values, else two.
    """
    known = guesses()
    if name in known and Counter.objects.filter(name=name, value=known[name]).update(value=known[name] + count):
        known[name] += count
        return known[name] - count + 1
    if not Counter.objects.filter(name=name).update(value=F("value") + count):
        Counter.objects.get_or_create(name=name)
        Counter.objects.filter(name=name).update(value=F("value") + count)
    return Counter.objects.values_list("value", flat=True).get(name=name) - count + 1


def at_least(name: str, value: int) -> None:
    """Raise the series `name` to `value` (numbers that came in from outside)."""
    Counter.objects.get_or_create(name=name)
    Counter.objects.filter(name=name, value__lt=value).update(value=value)
