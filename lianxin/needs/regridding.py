"""When grids are drawn anew, open needs go with them; a need that has ended keeps the grid it was filed in."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.desk.models import DeskItem
from lianxin.needs import searching
from lianxin.needs.models import Need
from lianxin.needs.operations.steps import lock, settle
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.states import Status
from lianxin.places.models import Grid
from lianxin.places.regridding import MOVERS, Mover, Regrid


def _moving(regrid: Regrid) -> NeedQuerySet:
    """Open needs of the grid, and merged ones whose askers are still to be asked; of a part of it those in compounds
    that move as a whole: no need names a household."""
    waiting = DeskItem.objects.filter(object_type="need", verb="ask_joined").values("object_id")
    needs = Need.objects.filter(Q(ended_at=None) | Q(status=Status.MERGED, pk__in=waiting), grid=regrid.old)
    return needs if regrid.whole else needs.filter(compound_id__in=regrid.compounds)


def _count(regrid: Regrid, at: datetime) -> int:
    return _moving(regrid).count()


def _move(regrid: Regrid, new: Grid, *, actor: Actor, at: datetime) -> int:
    moved = []
    for each in _moving(regrid).order_by("pk"):
        need = lock(each)
        need.grid = new
        settle(need, "regridded", need.status, actor=actor, at=at, to=new.code)
        moved.append(need)
    searching.put(moved)
    return len(moved)


MOVERS.add("needs", Mover(_("Open needs"), _count, _move))
