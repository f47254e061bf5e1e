"""Looking at personal data: a write, with a purpose. Erasing it: a write, with a proof."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lianxin.accounts.actors import Actor, require_clock
from lianxin.core.clock import now
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.core.operation import operation
from lianxin.core.paging import capped_count, shown_count
from lianxin.core.values import VALUES, days, whole
from lianxin.personal.models import Erasure, Look

VALID = timedelta(minutes=10)
LOOKS_KEPT = "personal.looks_kept"


def _forget_looks(new: int) -> list[str]:
    """How many looks would be erased."""
    count = capped_count(Look.objects.filter(at__lt=now() - timedelta(days=new)))
    words = ngettext(
        "If it held now, the next run would erase the record of %(n)s look.",
        "If it held now, the next run would erase the records of %(n)s looks.",
        count,
    )
    return [words % {"n": shown_count(count)}]


VALUES.add(
    LOOKS_KEPT,
    whole(
        gettext_lazy("Who looked at a contact is kept for"),
        group=gettext_lazy("Personal data"),
        default=365,
        low=183,
        high=3650,
        unit=gettext_lazy("days"),
        applies=gettext_lazy("For all looks, also those of before."),
        effect=_forget_looks,
    ),
)


@operation
def look_at(object_key: str, *, actor: Actor, at: datetime, purpose: str) -> Look:
    """Note that `actor` looks at the personal data of an object, which opens it for 10 minutes.

    The area that holds the object asks first whether the actor may. Raises NotAllowed without a user,
    Invalid without a purpose.
    """
    if actor.user is None:
        raise NotAllowed(_("Only staff can do this."))
    if purpose not in Look.Purpose.values:
        raise Invalid(_("Say what you need it for."), field="purpose")
    return Look.objects.create(user=actor.user, object_key=object_key, purpose=purpose, at=at)


def looks_at(object_key: str, limit: int = 20) -> list[Look]:
    """The newest looks at an object, with who looked. One query."""
    looks = Look.objects.filter(object_key=object_key).select_related("user")
    return list(looks.order_by("-at", "-id")[:limit])


def opened(looks: list[Look], actor: Actor, at: datetime) -> bool:
    """One of `looks` is the actor's own and not older than 10 minutes."""
    return any(look.user_id == actor.user_id and at - look.at < VALID for look in looks)


def open_to(actor: Actor, object_keys: list[str], at: datetime) -> set[str]:
    """Which of these objects the actor looked at in the last 10 minutes. One query."""
    looks = Look.objects.filter(user_id=actor.user_id or 0, at__gt=at - VALID, object_key__in=object_keys)
    return set(looks.values_list("object_key", flat=True))


def prove(
    what: str, *, count: int, actor: Actor, at: datetime, before: datetime | None = None, object_key: str = ""
) -> Erasure:
    """Keep that something was erased; called inside the operation that erases, or after a job's run."""
    return Erasure.objects.create(what=what, count=count, before=before, object_key=object_key, user=actor.user, at=at)


@operation
def forget_looks(*, actor: Actor, at: datetime) -> int:
    """Erase looks that are older than the city keeps them; how many. Raises NotAllowed for anybody but the clock."""
    require_clock(actor)
    before = at - days(LOOKS_KEPT, at)
    gone, _each = Look.objects.filter(at__lt=before).delete()
    if gone:
        prove(Erasure.What.LOOKS, count=gone, actor=actor, at=at, before=before)
    return gone


@operation
def note_run(what: str, *, actor: Actor, at: datetime, count: int, before: datetime) -> Erasure | None:
    """The proof of a retention job's run; None when there was nothing to erase.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    return prove(what, count=count, actor=actor, at=at, before=before) if count else None


@operation
def note_clean(*, actor: Actor, at: datetime, up_to: int) -> int:
    """No trace of the erasures up to this id is left in files or indexes; how many.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    return Erasure.objects.filter(clean_at=None, pk__lte=up_to).update(clean_at=at)
