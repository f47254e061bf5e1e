"""Erasing: the contact 30 days after the end, words and photos after 12 months, everything when the asker asks."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor, require_clock
from lianxin.core.errors import NotAllowed
from lianxin.core.once import forget_words
from lianxin.core.operation import operation
from lianxin.core.values import days
from lianxin.desk import queue
from lianxin.history import chain
from lianxin.needs import clocks, searching
from lianxin.needs.answers import Exclusion, Thanks
from lianxin.needs.models import Commitment, Message, Need, Photo
from lianxin.needs.operations import notify, second_calls
from lianxin.needs.operations.steps import change_commitment, change_status, lock, settle
from lianxin.needs.photos import unlink_photos
from lianxin.needs.rules import handles, is_asker
from lianxin.needs.states import ACTIVE
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Status as S
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.personal.models import Erasure
from lianxin.personal.operations import prove


def _due(need: Need, after: timedelta, at: datetime) -> bool:
    """Over for as long as `after`: a merged need with the one it joined, a contested decline once it is decided."""
    if need.status == S.DECLINED and need.contested_at and need.upheld_at is None:
        return False
    into = need.joint
    ends = [need.ended_at, *([into.ended_at] if into else [])]
    return all(end is not None and end + after <= at for end in ends)


@operation
def erase_contact(need: Need, *, actor: Actor, at: datetime) -> bool:
    """Erase name, telephone, place and tracking code of a need that ended 30 days ago, and the salt beside them.

    False when it has been reopened or erased meanwhile. Raises NotAllowed for anybody but the clock.
    """
    _require_clock(actor)
    need = lock(need)
    if need.contact_erased_at or not _due(need, days(clocks.CONTACT_KEPT), at):
        return False
    _blank_contact(need, at)
    chain.record(need, "need.contact_erased", actor=actor, at=at)
    need.save()
    # Whoever was merged and never reached can't be asked any more, and nobody about what was recorded.
    queue.replace("need", need.pk, [])
    second_calls.forget(need)
    return True


@operation
def erase_words(need: Need, *, actor: Actor, at: datetime) -> bool:
    """Erase the asker's words, what was said, and the photos of a need that ended 12 months ago.

    Number, category, dates and answers stay: they name nobody. False when it is not due.
    """
    _require_clock(actor)
    need = lock(need)
    if need.words_erased_at or not _due(need, days(clocks.WORDS_KEPT), at):
        return False
    photos = _blank_words(need, at)
    chain.record(need, "need.words_erased", actor=actor, at=at)
    need.save()
    unlink_photos(photos)
    return True


def may_ask_for_erasure(actor: Actor, need: Need) -> bool:
    """The asker with the code; the office that has the need in hand, for an asker who came or called."""
    return is_asker(actor, need) or handles(actor, need)


@operation
def erase_on_request(need: Need, *, actor: Actor, at: datetime) -> bool:
    """Erase everything personal about the need at once, because its asker asks. False when nothing was left of it.

    An open need ends with it: what is not done is withdrawn and its givers are told, what is done stays unanswered;
    only when others' needs were merged into it does it go on, without a word of this asker.
    Raises NotAllowed for others than `may_ask_for_erasure` names.
    """
    need = lock(need)
    if not may_ask_for_erasure(actor, need):
        raise NotAllowed(_("The asker with the code, or the office that has it in hand, can do this."))
    if need.contact_erased_at and need.words_erased_at:
        return False
    before, told = need.status, []
    if need.is_open and not need.merged.exists():
        told = _end(need, at)
    _blank_contact(need, at)
    photos = _blank_words(need, at)
    settle(need, "erased", before, actor=actor, at=at)
    second_calls.forget(need)
    forget_words(need.number)
    prove(Erasure.What.ASKED, count=1, actor=actor, at=at, object_key=need.chain_key)
    notices.send(told, at=at)
    unlink_photos(photos)
    return True


def _end(need: Need, at: datetime) -> list[Say]:
    """End an open need that loses its asker; what its givers and its office are told."""
    told = []
    for commitment in need.commitments.all():
        if commitment.status == C.DELIVERED:
            change_commitment(commitment, C.CLOSED_UNANSWERED)
        elif commitment.status in ACTIVE:
            change_commitment(commitment, C.CALLED_OFF)
            told.append(notify.to_giver(need, commitment, "need.withdrawn"))
        else:
            continue
        commitment.ended_at = at
        commitment.save()
    change_status(need, S.CLOSED_UNANSWERED if need.status == S.DELIVERED else S.WITHDRAWN, at=at)
    return told or [notify.to_handler(need, "need.withdrawn")]


def _blank_contact(need: Need, at: datetime) -> None:
    """Name, telephone, place and code, and the salt beside them."""
    need.asker_name = need.asker_phone = need.place_detail = ""
    need.code_digest = None
    need.contact_salt = b""
    need.contact_erased_at = at


def _blank_words(need: Need, at: datetime) -> list[str]:
    """Everything that was said, in the records and in the index; the photos' files, to be unlinked at the end."""
    photos = list(Photo.objects.filter(need=need).values_list("file", flat=True))
    Photo.objects.filter(need=need).delete()
    Message.objects.filter(need=need).delete()
    Thanks.objects.filter(need=need).delete()
    Commitment.objects.filter(need=need).update(note="", request="", plan="", end_reason="")
    Exclusion.objects.filter(need=need).update(words="")
    need.text = need.public_text = need.end_reason = ""
    need.salt = b""
    need.words_erased_at = at
    searching.forget([need.pk])
    return photos


def _require_clock(actor: Actor) -> None:
    require_clock(actor)
