"""Offices and towns where work waits and nobody holds the post: the tier above hears of it."""

from datetime import datetime

from django.db.models import Count

from lianxin.accounts.actors import Actor, require_clock
from lianxin.accounts.models import Appointment, Role, Scope
from lianxin.core.clock import day_start, local_day
from lianxin.core.operation import operation
from lianxin.desk.models import DeskItem
from lianxin.notifications import notices
from lianxin.notifications.models import Notice
from lianxin.notifications.notices import Say
from lianxin.staffing.queries import held_on

# Whose work a tier sees to, and the role that sees to it one tier up.
ABOVE = {Role.OFFICE.value: Role.TOWN, Role.TOWN.value: Role.CITY}
CODE = "staff.post_empty"


def empty_posts(at: datetime) -> list[tuple[int, str, int]]:
    """Scope, role and how much waits, of each post of an office or town that nobody holds today. Two queries."""
    held = held_on(Appointment.objects.filter(role__in=ABOVE, user__is_active=True), local_day(at))
    posts = set(held.values_list("scope_id", "role"))
    waits = DeskItem.objects.filter(role__in=ABOVE).values_list("scope_id", "role").order_by("scope_id", "role")
    return [(scope, role, n) for scope, role, n in waits.annotate(n=Count("pk")) if (scope, role) not in posts]


@operation
def tell_of_empty_post(scope_id: int, role: str, waiting: int, *, actor: Actor, at: datetime) -> bool:
    """Tell the tier above that `waiting` things wait for a post that nobody holds; once a day, False for a second time.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    scope = Scope.objects.select_for_update(of=("self",)).get(pk=scope_id)
    # By the post that is told: notices have an index of it.
    told = Notice.objects.filter(scope_id=scope.parent_id or 0, role=ABOVE[role], at__gte=day_start(local_day(at)))
    if told.filter(code=CODE, params__of=scope.pk).exists():
        return False
    params = {"of": scope.pk, "count": waiting, "place": scope.name, "place_en": scope.name_en}
    say = Say(CODE, "/workspace/staff/people/", scope_id=scope.parent_id, role=ABOVE[role], params=params)
    notices.send([say], at=at)
    return True
