"""Offices, committees and stations on a community's page."""

from typing import Any

from lianxin.accounts.actors import Actor
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.panels.registry import Panel, add
from lianxin.places.models import Community


def offices(community: Community, actor: Actor) -> dict[str, Any] | None:
    """Everybody who is at home in the community, units aside."""
    rows = Organisation.objects.filter(community=community, active=True).exclude(kind=OrganisationKind.UNIT)
    return {"bodies": list(rows.order_by("kind", "name"))}


add(Panel("offices", "community", "organisations/_offices.html", offices))
