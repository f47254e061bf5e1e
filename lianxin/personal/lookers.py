"""For whom somebody looked at personal data: an office and a role, never a name."""

from collections.abc import Collection

from lianxin.accounts.models import Appointment
from lianxin.core.clock import local_day
from lianxin.personal.models import Look


def posts_of(looks: list[Look], near: Collection[int | None]) -> list[str]:
    """The posts that each look's user held that day; those at one of the places `near` (scope ids) if there are any.

    One query.
    """
    posts = Appointment.objects.filter(user__in={look.user_id for look in looks}).select_related("scope").order_by("pk")
    by = []
    for look in looks:
        day = local_day(look.at)
        held = [
            p for p in posts if p.user_id == look.user_id and p.from_on <= day and (p.to_on is None or p.to_on >= day)
        ]
        fit = [p for p in held if p.scope_id in near] or held
        by.append(", ".join(f"{p.scope.label} · {p.get_role_display()}" for p in fit))
    return by
