"""How many organisations reported for service, and how many of their members."""

from django.db.models import Count as Count_
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from lianxin.alliance.models import Registration
from lianxin.figures.registry import FIGURES, GROUPS, Area, Count, Figure, Period, Ratio


def accepted(area: Area) -> QuerySet[Registration]:
    """Accepted registrations in a place."""
    rows = Registration.objects.exclude(accepted_on=None)
    if area.kind == "community":
        return rows.filter(community_id=area.scope_id)
    return rows.filter(community__town_id=area.scope_id) if area.kind == "town" else rows


def units_registered(area: Area, period: Period) -> Count:
    """Organisations with an accepted registration."""
    return Count(accepted(area).count())


def branches_registered(area: Area, period: Period) -> Count:
    """Of these, party branches of units."""
    return Count(accepted(area).filter(kind=Registration.Kind.BRANCH).count())


def two_new_registered(area: Area, period: Period) -> Count:
    """Of these, two-new organisations."""
    return Count(accepted(area).filter(kind=Registration.Kind.TWO_NEW).count())


def members_registered(area: Area, period: Period) -> Count:
    """In-service members who reported with them."""
    return Count(accepted(area).aggregate(n=Sum("members"))["n"] or 0)


def together(area: Area, period: Period) -> dict[str, Count | Ratio]:
    """All figures of registrations, in one query."""
    row = accepted(area).aggregate(
        units_registered=Count_("pk"),
        branches_registered=Count_("pk", filter=Q(kind=Registration.Kind.BRANCH)),
        two_new_registered=Count_("pk", filter=Q(kind=Registration.Kind.TWO_NEW)),
        members_registered=Sum("members"),
    )
    return {code: Count(value or 0) for code, value in row.items()}


for _code, _label, _compute in (
    ("units_registered", _("Organisations that reported"), units_registered),
    ("branches_registered", _("Branches of units"), branches_registered),
    ("two_new_registered", _("Two-new organisations"), two_new_registered),
    ("members_registered", _("Members who reported"), members_registered),
):
    FIGURES.add(_code, Figure(_code, _label, _("accepted registrations"), "", True, _compute, group="registrations"))
GROUPS.add("registrations", together)
