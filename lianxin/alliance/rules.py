"""Who says which units belong, report and help."""

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.alliance.models import Helper, Membership
from lianxin.organisations.models import Organisation

OFFICES = (Role.OFFICE, Role.TOWN, Role.CITY)
HOLDERS = (Role.LIAISON, *OFFICES)


def speaks_for(actor: Actor, unit: Organisation) -> bool:
    """The unit's own liaison."""
    return actor.holds(unit.pk, Role.LIAISON)


def may_see_helpers(actor: Actor, unit: Organisation) -> bool:
    """Helpers are named to the unit's liaison and to the offices of its alliances; others see how many."""
    if speaks_for(actor, unit):
        return True
    offices = actor.scope_ids(Role.OFFICE)
    return bool(offices) and Membership.objects.filter(organisation=unit, community_id__in=offices).exists()


def answers_for(actor: Actor, helper: Helper) -> bool:
    """Who shows a helper what is held on them, ends it and erases it: the unit's liaison and its alliances' offices.

    A helper of no unit belongs to no place, and may come to any office.
    """
    if helper.organisation is None:
        return actor.has(*OFFICES)
    return may_see_helpers(actor, helper.organisation)
