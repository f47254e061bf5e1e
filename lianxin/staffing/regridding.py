"""When grids are drawn anew, their workers look after what they looked after before."""

from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Appointment, Role
from lianxin.core.clock import local_day
from lianxin.places.models import Grid
from lianxin.places.regridding import MOVERS, Mover, Regrid
from lianxin.staffing.queries import held_on
from lianxin.staffing.steps import end_post, give_post, lock_user


def _workers(grid: Grid, day: date) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(scope_id=grid.pk, role=Role.GRID_WORKER)
    return held_on(rows, day).select_related("scope", "user")


def _count(regrid: Regrid, at: datetime) -> int:
    return _workers(regrid.old, local_day(at)).count()


def _move(regrid: Regrid, new: Grid, *, actor: Actor, at: datetime) -> int:
    """Each worker of the old grid gets the new one too, until the same day; of a grid that ended, instead."""
    day = local_day(at)
    there = set(_workers(new, day + timedelta(days=1)).values_list("user_id", flat=True))
    moved = 0
    for post in _workers(regrid.old, day).order_by("user_id", "pk"):
        user = lock_user(post.user)
        if user.pk not in there:
            give_post(user, Role.GRID_WORKER, new.scope, actor=actor, at=at, to_on=post.to_on)
            there.add(user.pk)
        if regrid.whole:
            end_post(user, post, day, actor=actor, at=at)
        user.save(update_fields=["history_seq", "history_head"])
        moved += 1
    return moved


MOVERS.add("staffing", Mover(_("Posts of grid workers"), _count, _move))
