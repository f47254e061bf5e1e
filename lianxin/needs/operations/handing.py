"""Work that is in one person's hands passes to another; called inside the operations on posts."""

from datetime import datetime

from django.db.models import Q, QuerySet

from lianxin.accounts.actors import Actor, actor_for
from lianxin.accounts.models import Appointment, User
from lianxin.core.clock import local_day
from lianxin.history import chain
from lianxin.needs.models import Commitment
from lianxin.needs.operations.steps import lock
from lianxin.needs.rules import sees
from lianxin.needs.states import ACTIVE
from lianxin.staffing.handing import HANDS, Hands


def named_work(post: Appointment) -> QuerySet[Commitment]:
    """Open commitments at the post's place or organisation on which its holder is named."""
    here = Q(giver_id=post.scope_id)
    for place in ("need__grid", "need__community", "need__town"):
        here |= Q(**{f"{place}__scope__path__startswith": post.scope.path})
    return Commitment.objects.filter(here, staff_id=post.user_id, status__in=ACTIVE)


def _count(post: Appointment, at: datetime) -> int:
    return named_work(post).count()


def _pass_on(post: Appointment, to: User, *, actor: Actor, at: datetime) -> int:
    """Name `to` on every open commitment that `to` may see; what is walled off from them stays. How many passed."""
    passed, theirs = 0, actor_for(to, local_day(at))
    for commitment in named_work(post).select_related("need").order_by("need_id", "pk"):
        need = lock(commitment.need)
        if not sees(theirs, need):
            continue
        if Commitment.objects.filter(pk=commitment.pk, staff_id=post.user_id, status__in=ACTIVE).update(staff=to):
            chain.record(need, "need.passed_on", actor=actor, at=at, role=post.role)
            need.save(update_fields=["history_seq", "history_head"])
            passed += 1
    return passed


HANDS.add("needs", Hands(_count, _pass_on))
