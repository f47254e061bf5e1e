"""Erasing what is no longer needed: the contact 30 days after the end, words and photos after 12 months."""

from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.core.errors import NotAllowed
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.needs import clocks
from lianxin.needs.models import Message, Need, Photo, Thanks
from lianxin.needs.operations.steps import lock
from lianxin.needs.photos import photo_path


def _due(need: Need, after: object, at: datetime) -> bool:
    return need.ended_at is not None and need.ended_at + after <= at  # type: ignore[operator]


@operation
def erase_contact(need: Need, *, actor: Actor, at: datetime) -> bool:
    """Erase name, telephone, place and tracking code of a need that ended 30 days ago, and the salt beside them.

    False when it has been reopened or erased meanwhile. Raises NotAllowed for anybody but the clock.
    """
    _require_clock(actor)
    need = lock(need)
    if need.contact_erased_at or not _due(need, clocks.CONTACT_KEPT, at):
        return False
    need.asker_name = need.asker_phone = need.place_detail = ""
    need.code_digest = None
    need.contact_salt = b""
    need.contact_erased_at = at
    chain.record(need, "need.contact_erased", actor=actor, at=at)
    need.save()
    return True


@operation
def erase_words(need: Need, *, actor: Actor, at: datetime) -> bool:
    """Erase the asker's words, what was said, and the photos of a need that ended 12 months ago.

    Number, category, dates and answers stay: they name nobody. False when it is not due.
    """
    _require_clock(actor)
    need = lock(need)
    if need.words_erased_at or not _due(need, clocks.WORDS_KEPT, at):
        return False
    photos = list(Photo.objects.filter(need=need))
    Photo.objects.filter(need=need).delete()
    Message.objects.filter(need=need).delete()
    Thanks.objects.filter(need=need).delete()
    need.commitments.update(note="", plan="", end_reason="")
    need.text = need.public_text = need.end_reason = ""
    need.salt = b""
    need.words_erased_at = at
    chain.record(need, "need.words_erased", actor=actor, at=at)
    need.save()
    for photo in photos:
        photo_path(photo.file).unlink(missing_ok=True)
    return True


def _require_clock(actor: Actor) -> None:
    if not actor.is_system:
        raise NotAllowed(_("The clock does this."))
