"""Posts where work waits and nobody holds them: the tier above hears of it."""

from datetime import datetime

from django.db.models import Count

from lianxin.accounts.actors import Actor, require_clock
from lianxin.accounts.models import Appointment, Role, Scope, ScopeKind
from lianxin.core.clock import day_start, local_day
from lianxin.core.operation import operation
from lianxin.desk.models import DeskItem
from lianxin.notifications import notices
from lianxin.notifications.models import Notice
from lianxin.notifications.notices import Say
from lianxin.staffing.queries import held_on

# Who hears of it, by the kind of the place above.
ABOVE = {ScopeKind.COMMUNITY.value: Role.OFFICE, ScopeKind.TOWN.value: Role.TOWN, ScopeKind.CITY.value: Role.CITY}
CODE = "staff.post_empty"


def empty_posts(at: datetime) -> list[tuple[int, int]]:
    """Scope and how much waits, of each post that nobody holds today. Two queries.

    Of those below the city. What is new in a grid waits for its office just as well.
    """
    held = held_on(Appointment.objects.filter(user__is_active=True), local_day(at))
    posts = set(held.values_list("scope_id", "role"))
    waits = DeskItem.objects.exclude(role__in=[Role.CITY, Role.ADMIN]).exclude(role=Role.GRID_WORKER, verb="verify")
    rows = waits.values_list("scope_id", "role").order_by("scope_id", "role")
    return [(scope, n) for scope, role, n in rows.annotate(n=Count("pk")) if (scope, role) not in posts]


@operation
def tell_of_empty_post(scope_id: int, waiting: int, *, actor: Actor, at: datetime) -> bool:
    """Tell the tier above that `waiting` things wait for a post that nobody holds; once a day, False for a second time.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    scope = Scope.objects.select_for_update(of=("self",)).select_related("parent").get(pk=scope_id)
    assert scope.parent is not None  # empty_posts names none of the city's
    above = ABOVE[scope.parent.kind]
    # By the post that is told: notices have an index of it.
    told = Notice.objects.filter(scope_id=scope.parent.pk, role=above, at__gte=day_start(local_day(at)))
    if told.filter(code=CODE, params__of=scope.pk).exists():
        return False
    params = {"of": scope.pk, "count": waiting, "place": scope.name, "place_en": scope.name_en}
    say = Say(CODE, "/workspace/staff/people/", scope_id=scope.parent.pk, role=above, params=params)
    notices.send([say], at=at)
    return True
