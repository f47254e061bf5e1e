"""Who may change places."""

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role

READERS = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY, Role.ADMIN)
EDITORS = (Role.CITY, Role.ADMIN)


def may_edit(actor: Actor) -> bool:
    """The city and administrators."""
    return actor.has(*EDITORS)
