"""What the clock does for personal data: forget old looks; leave no trace of what was erased."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Max

from lianxin.accounts.actors import SYSTEM
from lianxin.core.registry import Registry
from lianxin.core.traces import checkpoint
from lianxin.personal.models import Erasure
from lianxin.personal.operations import forget_looks, note_clean

# Whatever keeps something of rows that are gone: an index, a file. Called outside a transaction.
TRACES: Registry[Callable[[], None]] = Registry("keeper of traces")
TRACES.add("database", checkpoint)


def forget_old_looks(at: datetime) -> int:
    """Erase looks that are no longer kept; how many."""
    return forget_looks(actor=SYSTEM, at=at)


def leave_no_trace(at: datetime) -> int:
    """Clean what keeps traces, after something was erased; for how many erasures."""
    last = Erasure.objects.filter(clean_at=None).aggregate(last=Max("pk"))["last"]
    if last is None:
        return 0
    # The database's own file last: cleaning the others writes to it.
    for code in reversed(TRACES.codes()):
        TRACES[code]()
    done = note_clean(actor=SYSTEM, at=at, up_to=last)
    checkpoint()
    return done
