"""Perhaps the same (疑似重复): open needs nearby, of the same weeks, in similar words. Never by name or telephone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.core.values import VALUES, value, whole
from lianxin.needs.models import Category, Need
from lianxin.needs.operations import Asked
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.states import OPEN, Urgency
from lianxin.search.words import words_of

WEEKS, SHARE = "needs.similar_weeks", "needs.similar_share"
GROUP, APPLIES = _("Perhaps the same"), _("For what is shown from then on.")
VALUES.add(
    WEEKS,
    whole(_("Needs are compared over"), group=GROUP, default=4, low=1, high=26, unit=_("weeks"), applies=APPLIES),
)
VALUES.add(
    SHARE,
    whole(
        _("Needs are similar with so many words in common"),
        group=GROUP,
        default=40,
        low=10,
        high=100,
        unit=_("% of the shorter text"),
        applies=APPLIES,
    ),
)
SHOWN, COMPARED = 5, 200
AT_LEAST = 2


def share(one: str, other: str) -> float:
    """How many of the shorter text's words stand in the other, 0 to 1; below two common words nothing (overlap
    coefficient, |A∩B| ÷ min(|A|, |B|)). Single characters do not count."""
    first, second = ({word for word in words_of(text) if len(word) > 1} for text in (one, other))
    common = len(first & second)
    return common / min(len(first), len(second)) if common >= AT_LEAST else 0.0


def nearby(kind: str, *, community_id: int, grid_id: int | None, compound_id: int | None, filed_at: datetime) -> Q:
    """Open needs of the kind in the same grid or compound (the community where neither is known), in the same weeks.

    Complaints and what is walled off are never compared.
    """
    places = Q(grid_id=grid_id) if grid_id else Q(pk__in=[])
    if compound_id:
        places |= Q(compound_id=compound_id)
    weeks = timedelta(weeks=value(WEEKS))
    return (
        (places if grid_id or compound_id else Q())
        & Q(community_id=community_id, kind=kind, status__in=OPEN, ended_at=None, hidden_path="", walled=False)
        & Q(filed_at__gte=filed_at - weeks, filed_at__lte=filed_at + weeks)
    )


def alike(text: str, category: Category, needs: Iterable[Need]) -> list[Need]:
    """Of `needs`, at the most five that say the same in similar words; the most similar first."""
    enough = value(SHARE) / 100
    # The same category says as much as a word.
    rated = [(share(text, need.text) + (0.1 if need.category_id == category.pk else 0), need) for need in needs]
    found = sorted((each for each in rated if each[0] >= enough), key=lambda each: -each[0])
    return [need for _share, need in found[:SHOWN]]


def to_asked(asked: Asked, *, actor: Actor, at: datetime) -> list[Need]:
    """What may be the same as something that is about to be filed. Nothing holds an emergency up. One query."""
    if Urgency.EMERGENCY in (asked.urgency, asked.category.urgency) or asked.subject_kind or not asked.text.strip():
        return []
    there = nearby(
        asked.kind,
        community_id=asked.community.pk,
        grid_id=asked.grid.pk if asked.grid else None,
        compound_id=asked.compound.pk if asked.compound else None,
        filed_at=at,
    )
    needs: NeedQuerySet = Need.objects.visible_to(actor).filter(there).order_by("-filed_at", "-pk")
    return alike(asked.text, asked.category, needs.select_related("category")[:COMPARED])
