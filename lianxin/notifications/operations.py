"""Marking notices as read."""

from datetime import datetime

from lianxin.accounts.actors import Actor
from lianxin.core.operation import operation
from lianxin.notifications.models import ReadMark


@operation
def mark_read(*, actor: Actor, at: datetime, up_to: int) -> None:
    """Remember that the actor has read every notice up to the number `up_to`."""
    if actor.user_id is not None:
        mark, _made = ReadMark.objects.get_or_create(user_id=actor.user_id)
        ReadMark.objects.filter(pk=mark.pk, notice_id__lt=up_to).update(notice_id=up_to)
