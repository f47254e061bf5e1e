"""Work that is in one person's hands passes to another; called inside the operations on posts."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from lianxin.accounts.actors import Actor, Post, actor_for, posts_of
from lianxin.accounts.models import PLACE_ROLES, Appointment
from lianxin.core.clock import local_day
from lianxin.history import chain
from lianxin.history.models import Entry
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations.steps import lock
from lianxin.needs.rules import sees
from lianxin.needs.states import ACTIVE
from lianxin.staffing.handing import HANDS, Hands, Passing

PLACES = ("need__grid__scope", "need__community__scope")


def named_work(post: Appointment) -> QuerySet[Commitment]:
    """Open commitments at the post's place or organisation on which its holder is named."""
    here = Q(giver_id=post.scope_id)
    for place in ("need__grid", "need__community", "need__town"):
        here |= Q(**{f"{place}__scope__path__startswith": post.scope.path})
    return Commitment.objects.filter(here, staff_id=post.user_id, status__in=ACTIVE)


def _count(post: Appointment, at: datetime) -> int:
    return named_work(post).count()


def _lent_for(need: Need) -> str:
    """The user name of whoever was away when the work on `need` last passed from hand to hand; else nothing."""
    passed = Entry.objects.filter(object_key=need.chain_key, code="need.passed_on").order_by("-seq").first()
    return str(passed.params.get("away", "")) if passed else ""


def _stays(commitment: Commitment, post: Appointment, others: Sequence[Post]) -> bool:
    """On a substitute's last day: is it work that did not come with `post`, and theirs by one of their `others`?"""
    need = commitment.need
    path = need.grid.scope.path if need.grid else need.community.scope.path
    by_another = any(
        commitment.giver_id == other.scope_id or (other.role in PLACE_ROLES and path.startswith(other.path))
        for other in others
    )
    assert post.stands_in_for is not None
    return by_another and _lent_for(need) != post.stands_in_for.user.username


def _pass_on(passing: Passing, *, actor: Actor, at: datetime) -> int:
    """Name the other person on every open commitment that they may see; what is walled off from them stays.

    How many passed. A query for each that goes back.
    """
    passed, day, post = 0, local_day(at), passing.post
    theirs = actor_for(passing.to, day)
    mine = [p for p in posts_of(post.user, day) if (p.role, p.scope_id) != (post.role, post.scope_id)]
    params = {"role": post.role}
    if passing.stand_in is not None and not passing.back:
        params["away"] = post.user.username
    for commitment in named_work(post).select_related("need", *PLACES).order_by("need_id", "pk"):
        if passing.back and _stays(commitment, post, mine):
            continue
        need = lock(commitment.need)
        if not sees(theirs, need):
            continue
        named = Commitment.objects.filter(pk=commitment.pk, staff_id=post.user_id, status__in=ACTIVE)
        if named.update(staff=passing.to):
            chain.record(need, "need.passed_on", actor=actor, at=at, **params)
            need.save(update_fields=["history_seq", "history_head"])
            passed += 1
    return passed


HANDS.add("needs", Hands(_count, _pass_on))
