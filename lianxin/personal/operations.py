"""Looking at personal data: a write, with a purpose."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.core.operation import operation
from lianxin.personal.models import Look

VALID = timedelta(minutes=10)


@operation
def look_at(object_key: str, *, actor: Actor, at: datetime, purpose: str) -> Look:
    """Note that `actor` looks at the personal data of an object, which opens it for 10 minutes.

    The area that holds the object asks first whether the actor may. Raises NotAllowed without a user,
    Invalid without a purpose.
    """
    if actor.user is None:
        raise NotAllowed(_("Only staff can do this."))
    if purpose not in Look.Purpose.values:
        raise Invalid(_("Say what you need it for."), field="purpose")
    return Look.objects.create(user=actor.user, object_key=object_key, purpose=purpose, at=at)


def looks_at(object_key: str, limit: int = 20) -> list[Look]:
    """The newest looks at an object, with who looked. One query."""
    looks = Look.objects.filter(object_key=object_key).select_related("user")
    return list(looks.order_by("-at", "-id")[:limit])


def opened(looks: list[Look], actor: Actor, at: datetime) -> bool:
    """One of `looks` is the actor's own and not older than 10 minutes."""
    return any(look.user_id == actor.user_id and at - look.at < VALID for look in looks)
