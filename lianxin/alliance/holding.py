"""Everything that is held on one helper, and until when (个人信息)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lianxin.alliance.models import Helper
from lianxin.core.clock import now
from lianxin.core.paging import capped_count, shown_count
from lianxin.core.registry import Registry
from lianxin.core.values import VALUES, days, whole
from lianxin.personal.lookers import posts_of
from lianxin.personal.operations import looks_at

ALL = 1_000
HELPERS_KEPT = "alliance.helpers_kept"


def perhaps_over(before: datetime) -> QuerySet[Helper]:
    """Helpers who agreed before a time and have not stopped since; what they were named on since is not asked."""
    rows = Helper.objects.held().filter(registered_at__lte=before).exclude(ended_at__gt=before)
    return rows.order_by("registered_at", "id")


def _erase_helpers(new: int) -> list[str]:
    """How many helpers would be looked at, to be erased: an upper bound."""
    count = capped_count(perhaps_over(now() - timedelta(days=new)))
    words = ngettext(
        "If it held now, the next run would erase at most %(n)s helper, and none who was named on something since.",
        "If it held now, the next run would erase at most %(n)s helpers, and none who was named on something since.",
        count,
    )
    return [words % {"n": shown_count(count)}]


VALUES.add(
    HELPERS_KEPT,
    whole(
        _("Helpers are kept for"),
        group=_("Personal data"),
        default=365,
        low=30,
        high=3650,
        unit=_("days"),
        applies=_("After they stopped helping or were last named, whichever is later; for all, also those of before."),
        effect=_erase_helpers,
    ),
)


class Named(NamedTuple):
    """A helper was named on something: its number, since when, and until when; None while it is at work."""

    number: str
    since: datetime
    until: datetime | None


# What helpers are named on, by their ids: each area that names them says it, in a query.
NAMINGS: Registry[Callable[[Iterable[int]], dict[int, list[Named]]]] = Registry("what helpers are named on")


def named_on(helper_ids: Iterable[int]) -> dict[int, list[Named]]:
    """What each of these helpers is named on, the earliest first. One query for each area that names helpers."""
    ids = list(helper_ids)
    found: dict[int, list[Named]] = {pk: [] for pk in ids}
    for naming in NAMINGS:
        for pk, names in naming(ids).items():
            found[pk] += names
    return {pk: sorted(names, key=lambda named: (named.since, named.number)) for pk, names in found.items()}


def kept_until(helper: Helper, names: Iterable[Named], kept: timedelta) -> datetime | None:
    """When a helper is erased: so long after agreeing, after the end, or after what they were last named on.

    The latest of these counts; None while they are named on something that is at work.
    """
    ends = [named.until for named in names]
    if None in ends:
        return None
    return max(at for at in (helper.registered_at, helper.ended_at, *ends) if at) + kept


def held_on(helper: Helper) -> dict[str, Any]:
    """What the record holds of a helper, ready for a page or as JSON. Five queries.

    Who looked is named by the looker's office and role, never by name.
    """
    names = named_on([helper.pk])[helper.pk]
    looks = looks_at(helper.chain_key, ALL)
    return {
        "code": helper.code,
        "name": helper.name,
        "name_en": helper.name_en,
        "unit": helper.organisation.label if helper.organisation else "",
        "can_do": helper.can_do,
        "yearly_duty": helper.yearly_duty,
        "registered_at": helper.registered_at,
        "ended_at": helper.ended_at,
        "named_on": [named._asdict() for named in names],
        "looks": [
            {"at": look.at, "purpose": look.get_purpose_display(), "by": by}
            for look, by in zip(looks, posts_of(looks, {helper.organisation_id}), strict=True)
        ],
        "erased_on": kept_until(helper, names, days(HELPERS_KEPT)),
    }
