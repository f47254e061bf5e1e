"""On which needs helpers are named: told to the page and the job of what is held on them (alliance/holding.py)."""

from collections.abc import Iterable

from lianxin.alliance.holding import NAMINGS, Named
from lianxin.needs.models import Commitment


def named_on(helper_ids: Iterable[int]) -> dict[int, list[Named]]:
    """The needs by helper, from when a unit took them on until they ended for it. One query."""
    rows = Commitment.objects.filter(helpers__in=list(helper_ids))
    found: dict[int, list[Named]] = {}
    for pk, number, since, until in rows.values_list("helpers", "need__number", "claimed_at", "ended_at"):
        found.setdefault(pk, []).append(Named(number, since, until))
    return found


NAMINGS.add("needs", named_on)
