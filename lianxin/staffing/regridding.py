"""When grids are drawn anew, their workers look after what they looked after before."""

from datetime import date, datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Appointment, Role
from lianxin.core.clock import local_day
from lianxin.places.models import Grid
from lianxin.places.regridding import MOVERS, Mover, Regrid
from lianxin.staffing.steps import end_post, give_post, lock_user


def _workers(grid: Grid, day: date) -> QuerySet[Appointment]:
    """Posts at the grid on that day or later, those whom others stand in for first."""
    rows = Appointment.objects.filter(Q(to_on=None) | Q(to_on__gte=day), scope_id=grid.pk, role=Role.GRID_WORKER)
    rows = rows.select_related("scope", "user")
    return rows.order_by(F("stands_in_for").asc(nulls_first=True), "user_id", "pk")


def _count(regrid: Regrid, at: datetime) -> int:
    return _workers(regrid.old, local_day(at)).count()


def _move(regrid: Regrid, new: Grid, *, actor: Actor, at: datetime) -> int:
    """Each worker of the old grid gets the new one too, for the same days; of a grid that ended, instead.

    A substitute stands in there for the same person. Who will hold the new grid on these days anyway gets no second
    post.
    """
    day = local_day(at)
    there = {post.pk: post for post in _workers(new, day + timedelta(days=1))}
    now_at: dict[int, Appointment] = {}
    posts = list(_workers(regrid.old, day))
    for post in posts:
        user = lock_user(post.user)
        first = max(post.from_on, day)
        theirs = next((p for p in there.values() if p.user_id == user.pk and _covers(p, first, post.to_on)), None)
        if theirs is None:
            away = now_at.get(post.stands_in_for_id or 0)
            theirs = give_post(
                user,
                Role.GRID_WORKER,
                new.scope,
                actor=actor,
                at=at,
                from_on=first,
                to_on=post.to_on,
                stands_in_for=away,
                handed_at=post.handed_at if away else None,
            )
            user.save(update_fields=["history_seq", "history_head"])
            there[theirs.pk] = theirs
        now_at[post.pk] = theirs
    for post in reversed(posts) if regrid.whole else ():
        user = lock_user(post.user)
        end_post(user, post, day, actor=actor, at=at)
        user.save(update_fields=["history_seq", "history_head"])
    return len(posts)


def _covers(post: Appointment, first: date, last: date | None) -> bool:
    """Is `post` held on all days from `first` to `last` (None: for good)?"""
    return post.from_on <= first and (post.to_on is None or (last is not None and last <= post.to_on))


MOVERS.add("staffing", Mover(_("Posts of grid workers"), _count, _move))
