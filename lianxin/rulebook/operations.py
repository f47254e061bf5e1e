"""Setting the city's values."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core import values
from lianxin.core.edits import require_version
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.models import CityValue
from lianxin.core.operation import operation
from lianxin.core.values import VALUES
from lianxin.history import chain

EDITORS = (Role.CITY, Role.ADMIN)


def _locked(code: str, actor: Actor) -> CityValue:
    """The row of a value, locked; made where there is none yet."""
    if not (actor.has(*EDITORS) or actor.is_system):
        raise NotAllowed(_("Only the city or an administrator can change settings."))
    CityValue.objects.bulk_create([CityValue(code=code)], ignore_conflicts=True)
    return CityValue.objects.select_for_update().get(code=code)


def _save(row: CityValue) -> None:
    row.version += 1
    row.save()
    values.forget()


@operation
def set_value(code: str, value: Any, *, actor: Actor, at: datetime, version: int, from_at: datetime) -> CityValue:
    """Let the value `code` be `value` (as its form field gives it) from `from_at` on.

    A step that was to begin at the same time or later is replaced. Raises KeyError for a code that no area
    registered, NotAllowed for anybody but the city and administrators, Invalid for a time that has passed or a value
    that does not go with the others, Stale when it was changed meanwhile.
    """
    of = VALUES[code]
    row = _locked(code, actor)
    theirs = values.value_in(row.steps, of, from_at)
    require_version(row.version, version, theirs={"value": of.shown(theirs)}, mine={"value": of.shown(value)})
    if from_at < at:
        raise Invalid(_("It can hold from now on, not from a time that has passed."), field="from_on")
    if of.check:
        of.check(value, from_at)
    later = [step for step in row.steps if datetime.fromisoformat(step["from"]) >= from_at]
    if theirs == value and not later:
        return row
    stored = of.to_json(value)
    row.steps = [s for s in row.steps if s not in later] + [{"from": from_at.isoformat(), "value": stored}]
    chain.record(row, "value.set", actor=actor, at=at, value=stored, from_at=from_at.isoformat())
    _save(row)
    return row


@operation
def call_off_value(code: str, *, actor: Actor, at: datetime, version: int) -> CityValue:
    """Take back what was to hold from a later time.

    Raises NotAllowed, Stale, WrongState when nothing is to come, Invalid where what stays does not go with the others.
    """
    of = VALUES[code]
    row = _locked(code, actor)
    require_version(row.version, version, theirs={}, mine={})
    begun = [step for step in row.steps if datetime.fromisoformat(step["from"]) <= at]
    if begun == row.steps:
        raise WrongState(_("Nothing is to change later."))
    row.steps = begun
    still = values.value_in(begun, of, at)
    if of.check:
        of.check(still, at)
    chain.record(row, "value.called_off", actor=actor, at=at, value=of.to_json(still))
    _save(row)
    return row
