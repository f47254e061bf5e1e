"""Two that ask the same become one need, and two again; and what becomes of the one when the other ends."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import SYSTEM, Actor
from lianxin.core.errors import Invalid, WrongState
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.needs.models import Need
from lianxin.needs.operations import notify
from lianxin.needs.operations.steps import change_status, lock, responded, settle, stood_before
from lianxin.needs.queries import joined
from lianxin.needs.rules import require
from lianxin.needs.states import Status as S
from lianxin.notifications.notices import Say


@operation
def merge_need(need: Need, *, actor: Actor, at: datetime, into: Need) -> Need:
    """The need asks the same as `into`: counts once from now on; its asker keeps hearing and answers too, and so do
    those whose needs were merged into this one before.

    Raises Invalid when `into` is the same need, has ended, lies elsewhere or is a complaint; WrongState when a giver
    holds a part of the need.
    """
    first, second = sorted((need, into), key=lambda n: n.pk)
    locked = {n.pk: n for n in (lock(first), lock(second))}
    need, into = locked[need.pk], locked[into.pk]
    require(actor, need, "merge")
    require(actor, into, "comment")
    if need.pk == into.pk or not into.is_open or into.community_id != need.community_id:
        raise Invalid(_("Choose another open need of the same community."), field="into")
    if need.hidden_path != into.hidden_path or need.walled or into.walled:
        raise Invalid(_("Complaints are merged with complaints about the same subject only."), field="into")
    if need.commitments.all():
        raise WrongState(_("A part of it has been taken on: merge the other one into this one."))
    before = need.status
    change_status(need, S.MERGED, at=at)
    need.merged_into = into
    responded(need, at=at)
    settle(need, "merged", before, actor=actor, at=at, into=into.number)
    settle(into, "absorbed", into.status, actor=actor, at=at, number=need.number)
    return need


@operation
def unmerge_need(need: Need, *, actor: Actor, at: datetime) -> Need:
    """It was not the same after all: the need goes back to where it was, and counts for itself again.

    Those that were merged into it before go along. Raises WrongState when the joint need has ended or one of their
    askers has answered for it.
    """
    need = Need.objects.get(pk=need.pk)
    all_ = {need.pk, need.merged_into_id, getattr(need.joint, "pk", None), *(each.pk for each in joined(need))}
    locked = {pk: lock(Need(pk=pk)) for pk in sorted(pk for pk in all_ if pk)}
    need = locked[need.pk]
    require(actor, need, "unmerge")
    into, whole = locked.get(need.merged_into_id or 0), need.joint
    answered = any(each.answered_at for each in (need, *joined(need)))
    if into is None or whole is None or not whole.is_open or answered:
        raise WrongState(_("The joint request has ended; ask anew if something is left to do."))
    before = need.status
    stand_alone(need, at=at)
    settle(need, "unmerged", before, actor=actor, at=at, number=into.number)
    settle(into, "let_go", into.status, actor=actor, at=at, number=need.number)
    return need


def lock_with_joined(need: Need) -> tuple[Need, list[Need]]:
    """`need` and what was merged into it, locked in the order that merging locks them in.

    Raises WrongState when one more was merged into it before its row was locked.
    """
    joined = Need.objects.filter(merged_into=need).values_list("pk", flat=True)
    locked = {pk: lock(Need(pk=pk)) for pk in sorted([need.pk, *joined])}
    if not locked.keys() >= set(joined.all()):
        raise WrongState(_("Another request was merged into it just now; please look at it again."))
    return locked.pop(need.pk), [each for each in locked.values() if each.merged_into_id == need.pk]


def lock_with_parent(need: Need) -> tuple[Need, Need | None]:
    """`need` and what it was merged into, if anything, locked in the order that merging locks them in.

    Raises WrongState when it was merged elsewhere before its row was locked.
    """
    parent_id = Need.objects.values_list("merged_into_id", flat=True).get(pk=need.pk)
    locked = {pk: lock(Need(pk=pk)) for pk in sorted({need.pk, parent_id or need.pk})}
    need = locked[need.pk]
    if need.merged_into_id != parent_id:
        raise WrongState(_("Another request was merged into it just now; please look at it again."))
    return need, locked[parent_id] if parent_id else None


def stand_alone(need: Need, *, at: datetime) -> None:
    """A merged need stands again where it stood, and those that were merged into it go along. The caller settles."""
    change_status(need, stood_before(need), at=at)
    need.merged_into = None


def not_solved_for(need: Need, parent: Need, *, actor: Actor, at: datetime) -> Say:
    """A merged need is not solved with the joint one: it stands for itself again, and its office is told.

    Both are locked; settles `parent`, the caller settles `need` and sends.
    """
    stand_alone(need, at=at)
    need.outside_replied_at = None
    settle(parent, "let_go", parent.status, actor=actor, at=at, number=need.number)
    return notify.to_handler(need, "need.joined_not_solved")


def let_go(need: Need, joined: Iterable[Need], *, at: datetime) -> None:
    """`need` ends without being done: each of `joined` stands where it stood, for whoever asked for it wants it still.

    Those that were merged into them before go along. The caller has locked all and settles `need`.
    """
    for each in joined:
        stand_alone(each, at=at)
        settle(each, "left_alone", S.MERGED, actor=SYSTEM, at=at, number=need.number)
        chain.record(need, "need.let_go", actor=SYSTEM, at=at, number=each.number)
