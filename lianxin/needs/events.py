"""What programs elsewhere may be told of needs: which steps, and where each need lies."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from lianxin.needs.models import Need
from lianxin.webhooks.registry import EVENTS, PLACES, Place

for _code, _label in {
    "filed": _("A need is filed"),
    "verified": _("A need is verified"),
    "published": _("A need is published"),
    "unpublished": _("A need is taken off the wall"),
    "assigned": _("A need is given to somebody"),
    "claimed": _("A need is taken on"),
    "started": _("Work on a need begins"),
    "delivered": _("A need is delivered"),
    "handled": _("A need is handled on the spot"),
    "given_back": _("A need is given back"),
    "lapsed": _("A claim lapses"),
    "confirmed": _("The asker says solved"),
    "not_solved": _("The asker says not solved"),
    "escalated": _("A need goes to the next level"),
    "declined": _("A need is declined"),
    "merged": _("A need is merged with another"),
    "taken_back": _("The last step is taken back, as done by mistake"),
    "withdrawn": _("A need is withdrawn"),
    "closed_unanswered": _("A need is closed unanswered"),
}.items():
    EVENTS.add(f"need.{_code}", _label)


def places(keys: Iterable[str]) -> dict[str, Place]:
    """Where needs lie, by the key of their chain. Complaints and walled needs are left out: not a word goes outside.

    One query.
    """
    numbers = [key.partition(":")[2] for key in keys]
    found = Need.objects.filter(number__in=numbers, walled=False, hidden_path="").exclude(kind="complaint")
    return {
        f"need:{number}": Place(number, path, f"/workspace/needs/{number}/")
        for number, path in found.values_list("number", "community__scope__path")
    }


PLACES.add("need", places)
