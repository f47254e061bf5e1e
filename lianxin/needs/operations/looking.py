"""Showing the contact of a need."""

from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.core.errors import NotAllowed
from lianxin.core.operation import operation
from lianxin.needs.models import Need
from lianxin.needs.operations.steps import lock
from lianxin.needs.reading import contact_fields
from lianxin.personal.models import Look
from lianxin.personal.operations import look_at


@operation
def look_at_contact(need: Need, *, actor: Actor, at: datetime, purpose: str) -> Look:
    """Show `need`'s contact to `actor` for 10 minutes; kept in the list of looks with its `purpose`.

    Raises NotAllowed for everyone but the office that handles it, its grid worker, whoever is on call and the giver
    at work.
    """
    need = lock(need)
    if not contact_fields(actor, need):
        raise NotAllowed(_("Only the office that has it in hand, the grid worker or the giver at work can do this."))
    return look_at(need.chain_key, actor=actor, at=at, purpose=purpose)
