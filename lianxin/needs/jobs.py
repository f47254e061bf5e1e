"""What the clock does: remind, escalate, let claims lapse, close what nobody answered, forget old forms, erase
what is no longer needed.

Each job asks what is due, then calls one operation for each, which looks again under its lock: a job that
dies is run again, and two that run together do the work once.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import SYSTEM
from lianxin.core.errors import Refusal
from lianxin.core.once import forget_before
from lianxin.core.values import days, hours, value
from lianxin.jobs.registry import EACH_DAY, EACH_HOUR, EACH_MINUTE, JOBS, Job
from lianxin.needs import clocks
from lianxin.needs import due as finding
from lianxin.needs.models import Commitment, Need, Photo
from lianxin.needs.operations import (
    close_unanswered,
    erase_contact,
    erase_words,
    escalate_need,
    lapse_claim,
    remind_of_need,
    stop_waiting,
)
from lianxin.needs.photos import photo_folder
from lianxin.needs.states import UNDELIVERED
from lianxin.personal.jobs import TRACES, forget_old_looks, leave_no_trace
from lianxin.personal.models import Erasure
from lianxin.personal.operations import note_run
from lianxin.search import index
from lianxin.sheets import drafts

PIECE = 200
LOG = logging.getLogger("lianxin.needs")


@dataclass(frozen=True)
class Done:
    """How much a run did."""

    reminded: int
    escalated: int
    waited: int
    lapsed: int
    closed: int
    forgotten: int
    contacts_erased: int
    words_erased: int


def _in_pieces(due: QuerySet[Any]) -> Iterator[Any]:
    """The rows that are due, as they stand when their turn comes.

    No read stays open while one after the other is written: on SQLite it would hold on to the database as it was, so
    that a write after anybody else's is refused, and the log beside the database grows without end.
    """
    keys = list(due.values_list("pk", flat=True))
    for start in range(0, len(keys), PIECE):
        some = keys[start : start + PIECE]
        found = due.model._default_manager.in_bulk(some)
        yield from (found[key] for key in some if key in found)


def _each(due: QuerySet[Any], do: Callable[..., bool], at: datetime) -> int:
    """Do it for each that is due; how many it was done for. What is refused keeps no other from its turn."""
    done = 0
    for one in _in_pieces(due):
        try:
            done += do(one, actor=SYSTEM, at=at)
        except Refusal as refusal:
            LOG.warning("%s refused for %s %s: %s", do.__name__, one._meta.model_name, one.pk, refusal.code)
    return done


def remind(at: datetime) -> int:
    """Say what is due within a day, once; how many."""
    return _each(finding.to_remind(at, hours(clocks.REMIND)), remind_of_need, at)


def escalate(at: datetime) -> int:
    """Hand to the next level what was not answered or done in time; how many."""
    due = Need.objects.filter(escalates_at__lte=at)
    return _each(due.order_by("escalates_at", "id"), escalate_need, at)


def end_waiting(at: datetime) -> int:
    """Let the clocks run again that have waited for an asker long enough; how many."""
    waiting = Need.objects.filter(waiting_since__isnull=False).open()
    over = [need.pk for need in waiting if (until := clocks.waits_until(need)) and until <= at]
    waiting = Need.objects.filter(pk__in=over)
    return _each(waiting.order_by("waiting_since", "id"), stop_waiting, at)


def lapse_claims(at: datetime) -> int:
    """Return what was not delivered in time to the pool; how many."""
    return _each(lapsing(at), lapse_claim, at)


def lapsing(at: datetime) -> QuerySet[Commitment]:
    """Claims whose time is over, unless the asker is waited for; the earliest first, by needs_commitment_lapses."""
    due = Commitment.objects.filter(status__in=UNDELIVERED, lapses_at__lte=at)
    # Not joined: SQLite would read every open need first.
    stands_still = Need.objects.filter(
        Q(ended_at__isnull=False) | Q(waiting_since__isnull=False), pk=OuterRef("need_id")
    )
    return due.exclude(Exists(stands_still)).order_by("lapses_at", "id")


def close_silent(at: datetime) -> int:
    """Close what was delivered and, after two attempts and 15 days, never answered; how many."""
    return _each(silent(at), close_unanswered, at)


def silent(at: datetime) -> QuerySet[Commitment]:
    """What was done long enough ago, with attempts enough since."""
    return finding.silent(at - days(clocks.UNANSWERED), value(clocks.ATTEMPTS))


def erase_contacts(at: datetime) -> int:
    """Erase the contacts of needs that ended 30 days ago; how many."""
    before = at - days(clocks.CONTACT_KEPT)
    count = _each(finding.contacts_to_erase(before), erase_contact, at)
    note_run(Erasure.What.CONTACT, actor=SYSTEM, at=at, count=count, before=before)
    return count


def erase_old_words(at: datetime) -> int:
    """Erase words and photos of needs that ended 12 months ago; how many."""
    before = at - days(clocks.WORDS_KEPT)
    count = _each(finding.words_to_erase(before), erase_words, at)
    note_run(Erasure.What.WORDS, actor=SYSTEM, at=at, count=count, before=before)
    return count


def sweep_photos(at: datetime) -> int:
    """Remove photos that belong to nothing: somebody was cut off while sending or erasing one; how many."""
    old = [path for path in photo_folder().glob("*/*.jpg") if path.stat().st_mtime < (at - EACH_DAY).timestamp()]
    gone = 0
    for start in range(0, len(old), 500):
        some = old[start : start + 500]
        known = set(Photo.objects.filter(file__in=[path.name for path in some]).values_list("file", flat=True))
        for path in some:
            if path.name not in known:
                path.unlink(missing_ok=True)
                gone += 1
    return gone


TRACES.add("search", index.compact)
TRACES.add("drafts", drafts.forget_all)

for _code, _job in {
    "needs.remind": Job(_("Say what is due soon"), remind, EACH_MINUTE * 15),
    "needs.escalate": Job(_("Hand what is late to the next level"), escalate, EACH_MINUTE),
    "needs.waiting": Job(_("End the waiting for askers"), end_waiting, EACH_HOUR),
    "needs.lapse": Job(_("Return lapsed claims"), lapse_claims, EACH_MINUTE * 5),
    "needs.close": Job(_("Close what nobody answered"), close_silent, EACH_HOUR),
    "core.forms": Job(_("Forget forms that were sent"), forget_before, EACH_HOUR),
    "needs.contacts": Job(_("Erase contacts that are no longer needed"), erase_contacts, EACH_HOUR),
    "needs.words": Job(_("Erase words and photos that are no longer needed"), erase_old_words, EACH_HOUR),
    "sheets.drafts": Job(_("Remove workbooks that were not imported"), drafts.forget_old, EACH_HOUR),
    "needs.photos": Job(_("Remove photos that belong to nothing"), sweep_photos, EACH_DAY),
    "personal.looks": Job(_("Forget old looks at contacts"), forget_old_looks, EACH_DAY),
    "personal.traces": Job(_("Leave no trace of what was erased"), leave_no_trace, EACH_HOUR),
}.items():
    JOBS.add(_code, _job)


def run(at: datetime) -> Done:
    """Everything that is due at `at`."""
    return Done(
        reminded=remind(at),
        escalated=escalate(at),
        waited=end_waiting(at),
        lapsed=lapse_claims(at),
        closed=close_silent(at),
        forgotten=forget_before(at),
        contacts_erased=erase_contacts(at),
        words_erased=erase_old_words(at),
    )
