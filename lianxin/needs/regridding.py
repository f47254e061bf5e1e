"""When grids are drawn anew, open needs go with them; a need that has ended keeps the grid it was filed in."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.needs import searching
from lianxin.needs.models import Need
from lianxin.needs.operations.steps import lock, settle
from lianxin.needs.querysets import NeedQuerySet
from lianxin.places.models import Grid
from lianxin.places.regridding import MOVERS, Mover, Regrid


def _moving(regrid: Regrid) -> NeedQuerySet:
    """Open needs of the grid; of a part of it those in compounds that move as a whole: no need names a household."""
    needs = Need.objects.open().filter(grid=regrid.old)
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
