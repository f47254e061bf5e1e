"""The night's comparison, and mending what it found."""

from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor, require_clock
from lianxin.accounts.models import Role
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.figures import tallies
from lianxin.figures.models import Comparison, Mismatch
from lianxin.figures.tallies import Compared, Key
from lianxin.history import chain

KEPT = 10_000


@operation
def note_comparison(found: Compared, *, actor: Actor, at: datetime) -> Comparison:
    """Keep what a comparison found, at the most ten thousand wrong tallies by name.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    comparison = Comparison(at=at, compared=found.counts, wrong=len(found.wrong))
    chain.record(comparison, "figures.compared", actor=actor, at=at, compared=found.counts, wrong=len(found.wrong))
    comparison.save(force_insert=True)
    Mismatch.objects.bulk_create(
        [
            Mismatch(
                comparison=comparison,
                part=key.part,
                scope_id=key.scope,
                day=key.day,
                of=key.of,
                stored=stored,
                counted=counted,
            )
            for key, (stored, counted) in sorted(found.wrong.items())[:KEPT]
        ],
        batch_size=1_000,
    )
    return comparison


@operation
def rebuild_tallies(comparison: Comparison, *, actor: Actor, at: datetime) -> int:
    """Add to every tally that the last comparison found wrong what it was wrong by; how many were mended.

    Work that goes on meanwhile does not matter: it adds its own differences to both sides.
    Raises NotAllowed for anybody but administrators, WrongState when it was done, or a later comparison is there.
    """
    if not actor.has(Role.ADMIN):
        raise NotAllowed(_("Only an administrator can do this."))
    comparison = Comparison.objects.select_for_update().get(pk=comparison.pk)
    if comparison.rebuilt_at or comparison != last_comparison():
        raise WrongState(_("That is done already; look at the last comparison."))
    wrong = comparison.mismatches.all()
    changes = tallies.differences((Key(m.part, m.scope_id, m.day, m.of), m.stored, m.counted) for m in wrong)
    tallies.add(changes)
    comparison.rebuilt_at, comparison.rebuilt_by = at, actor.user
    chain.record(comparison, "figures.rebuilt", actor=actor, at=at, mended=len(changes))
    comparison.save()
    return len(changes)


def last_comparison() -> Comparison | None:
    """The newest comparison, or None before the first night."""
    return Comparison.objects.order_by("-at", "-pk").first()
