"""What the clock does: let claims lapse, close what nobody answered, forget old forms, erase
what is no longer needed.

Each job asks what is due, then calls one operation for each, which looks again under its lock: a job that
dies is run again, and two that run together do the work once.
"""

from dataclasses import dataclass
from datetime import datetime

from lianxin.accounts.actors import SYSTEM
from lianxin.core.errors import Refusal
from lianxin.core.once import forget_before
from lianxin.needs import clocks
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import close_unanswered, erase_contact, erase_words, lapse_claim
from lianxin.needs.states import CommitmentStatus as C


@dataclass(frozen=True)
class Done:
    """How much a run did."""

    lapsed: int
    closed: int
    forgotten: int
    contacts_erased: int
    words_erased: int


def lapse_claims(at: datetime) -> int:
    """Return what was not delivered in time to the pool; how many."""
    due = Commitment.objects.filter(status__in=[C.CLAIMED, C.UNDER_WAY], lapses_at__lte=at)
    return sum(lapse_claim(c, actor=SYSTEM, at=at) for c in due.order_by("lapses_at", "id").iterator())


def close_silent(at: datetime) -> int:
    """Close what was delivered and, after two attempts and 15 days, never answered; how many."""
    due = Commitment.objects.filter(status=C.DELIVERED, delivered_at__lte=at - clocks.UNANSWERED_AFTER)
    closed = 0
    for commitment in due.order_by("delivered_at", "id").iterator():
        try:
            closed += close_unanswered(commitment, actor=SYSTEM, at=at)
        except Refusal:
            continue  # it moved on since the list was read
    return closed


def erase_contacts(at: datetime) -> int:
    """Erase the contacts of needs that ended 30 days ago; how many."""
    due = Need.objects.filter(contact_erased_at=None, ended_at__lte=at - clocks.CONTACT_KEPT)
    return sum(erase_contact(need, actor=SYSTEM, at=at) for need in due.order_by("ended_at", "id").iterator())


def erase_old_words(at: datetime) -> int:
    """Erase words and photos of needs that ended 12 months ago; how many."""
    due = Need.objects.filter(words_erased_at=None, ended_at__lte=at - clocks.WORDS_KEPT)
    return sum(erase_words(need, actor=SYSTEM, at=at) for need in due.order_by("ended_at", "id").iterator())


def run(at: datetime) -> Done:
    """Everything that is due at `at`."""
    return Done(lapse_claims(at), close_silent(at), forget_before(at), erase_contacts(at), erase_old_words(at))
