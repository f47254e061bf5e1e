"""Marking notices as read; erasing old ones."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lianxin.accounts.actors import Actor, require_clock
from lianxin.core.clock import now
from lianxin.core.operation import operation
from lianxin.core.paging import COUNT_CAP, shown_count
from lianxin.core.values import VALUES, whole
from lianxin.notifications.models import Notice, ReadMark

AT_ONCE = 5_000
KEPT = "notifications.kept_days"


def _erase_notices(new: int) -> list[str]:
    """How many notices would be erased. Their numbers rise with time: the first thousand are looked at, no more."""
    before = now() - timedelta(days=new)
    first = Notice.objects.order_by("pk").values_list("at", flat=True)[: COUNT_CAP + 1]
    count = sum(at < before for at in first)
    words = ngettext(
        "If it held now, the next run would erase %(n)s notice.",
        "If it held now, the next run would erase %(n)s notices.",
        count,
    )
    return [words % {"n": shown_count(count)}]


VALUES.add(
    KEPT,
    whole(
        _("Notices are kept for"),
        group=_("Erasing"),
        default=90,
        low=7,
        high=730,
        unit=_("days"),
        applies=_("At the next daily run: older notices, and what is kept of sending them, are erased."),
        effect=_erase_notices,
    ),
)


@operation
def mark_read(*, actor: Actor, at: datetime, up_to: int) -> None:
    """Remember that the actor has read every notice up to the number `up_to`."""
    if actor.user_id is not None:
        mark, _made = ReadMark.objects.get_or_create(user_id=actor.user_id)
        ReadMark.objects.filter(pk=mark.pk, notice_id__lt=up_to).update(notice_id=up_to)


@operation
def forget_notices(*, actor: Actor, at: datetime, before: datetime) -> int:
    """Erase notices written before a time, 5,000 at the most; how many. Raises NotAllowed for anybody but the clock."""
    require_clock(actor)
    old = list(Notice.objects.filter(at__lt=before).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    Notice.objects.filter(pk__in=old).delete()
    return len(old)
