"""Who says which units belong, report and help."""

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.alliance.models import Membership
from lianxin.organisations.models import Organisation


def speaks_for(actor: Actor, unit: Organisation) -> bool:
    """The unit's own liaison."""
    return actor.holds(unit.pk, Role.LIAISON)


def may_see_helpers(actor: Actor, unit: Organisation) -> bool:
    """Helpers are named to the unit's liaison and to the offices of its alliances; others see how many."""
    if speaks_for(actor, unit):
        return True
    offices = actor.scope_ids(Role.OFFICE)
    return bool(offices) and Membership.objects.filter(organisation=unit, community_id__in=offices).exists()
