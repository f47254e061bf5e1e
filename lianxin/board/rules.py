"""Who writes on the public column, and what a careful neighbour would point out."""

import re

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.places.models import Community

WRITERS = (Role.OFFICE, Role.TOWN, Role.CITY)
_NAME = re.compile(r"(?:居民|住户|业主|老人|志愿者)[一-鿿]{2,3}(?=[，。、\s]|$)|\b(?:Mr|Mrs|Ms|Miss|Dr)\.?\s+[A-Z]\w+")


def may_post(actor: Actor, community: Community | None) -> bool:
    """An office for its community, a town for its communities, the city everywhere and for the whole city."""
    if actor.has(Role.CITY):
        return True
    if community is None:
        return False
    return actor.holds(community.pk, Role.OFFICE) or actor.holds(community.town_id, Role.TOWN)


def looks_like_a_name(text: str) -> str:
    """The first words in `text` that look like a person's name; empty when there are none. Warns, never refuses."""
    match = _NAME.search(text)
    return match.group(0) if match else ""
