"""Which events there are, and where their things lie: said by the areas above."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from lianxin.core.registry import Registry


@dataclass(frozen=True)
class Place:
    """Where a thing lies: the path of its scope, and the page on which it is read."""

    number: str
    scope_path: str
    page: str


# history code → its label
EVENTS: Registry[str | Promise] = Registry("webhook event")
# kind of chain ("need") → function(keys of chains) → where each lies; what nobody outside may hear of is left out
PLACES: Registry[Callable[[Iterable[str]], dict[str, Place]]] = Registry("webhook place")
