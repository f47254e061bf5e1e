"""Leave and substitutes (代班): what waits for one person passes to another, for a time or for good."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor, require_clock
from lianxin.accounts.models import Appointment, User
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, WrongState
from lianxin.core.operation import operation
from lianxin.core.registry import Registry
from lianxin.history import chain
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.staffing.duty import LEFT, rosters_of
from lianxin.staffing.models import Shift
from lianxin.staffing.queries import held_between
from lianxin.staffing.steps import ACCOUNT_PAGE, end_post, give_post, lock_user, require_above, require_lasting

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Passing:
    """What the holder of `post` has in hand passes to the user `to`.

    `stand_in`: the substitute's post with which it passes; None for good. On the way back it is `post` itself.
    """

    post: Appointment
    to: User
    stand_in: Appointment | None = None

    @property
    def back(self) -> bool:
        """From the substitute to whoever was away."""
        return self.post == self.stand_in


class PassOn(Protocol):
    """Carries a passing out; how many things passed."""

    def __call__(self, passing: Passing, *, actor: Actor, at: datetime) -> int: ...


@dataclass(frozen=True)
class Hands:
    """What an area keeps in a person's own hands, beside the queue that the post has anyway.

    `count(post, at)`: how much of it is open at a time.
    """

    count: Callable[[Appointment, datetime], int]
    pass_on: PassOn


HANDS: Registry[Hands] = Registry("kind of thing in hand")


def in_hand(post: Appointment, at: datetime) -> int:
    """How many open things are in the hands of the person who holds `post`. A query for each area."""
    return sum(hands.count(post, at) for hands in HANDS)


def _pass_all(passing: Passing, *, actor: Actor, at: datetime) -> int:
    return sum(hands.pass_on(passing, actor=actor, at=at) for hands in HANDS)


def standing_in(post: Appointment, at: datetime) -> QuerySet[Appointment]:
    """Whoever stands in for `post` now or will, or has not given back yet what was in hand."""
    has_some = Q(to_on__gte=local_day(at)) | Q(handed_at__isnull=False)
    return Appointment.objects.filter(has_some, stands_in_for=post, handed_back_at=None)


def _checked(
    post: Appointment, to: User, *, actor: Actor, at: datetime
) -> tuple[Appointment, User, list[tuple[User, Appointment]]]:
    """The post, the successor, and whoever stands in, with their posts: all locked. Raises as the operations say."""
    theirs = list(_with_both(standing_in(post, at)).order_by("pk"))
    wanted = {post.user_id, to.pk, *(other.user_id for other in theirs)}
    users = {u.pk: u for u in User.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    post = Appointment.objects.select_for_update(of=("self",)).select_related("scope", "user").get(pk=post.pk)
    require_above(actor, post.role, post.scope)
    require_lasting(post, at)
    if to.pk == post.user_id:
        raise Invalid(_("Choose somebody else."), field="to")
    if not users[to.pk].is_active:
        raise Invalid(_("This account is closed."), field="to")
    return post, users[to.pk], [(users[other.user_id], other) for other in theirs]


@operation
def stand_in(
    post: Appointment, *, actor: Actor, at: datetime, to: User, from_on: date, to_on: date
) -> tuple[Appointment, int]:
    """`to` holds the post too, from one day to another; everything in hand passes when it begins, and back after it.

    Returns the substitute's post and how much passed now. Raises NotAllowed for a post that is not the actor's to
    give, WrongState when it has ended, the substitute stands in for another one there in these days or another one
    stands in, Invalid for days that do not fit. A colleague who holds the same post for good may stand in.
    """
    post, user, _others = _checked(post, to, actor=actor, at=at)
    today = local_day(at)
    if from_on < today:
        raise Invalid(_("This day has passed."), field="from_on")
    if not from_on <= to_on <= from_on + LONGEST:
        raise Invalid(_("Choose a last day after the first, within a year."), field="to_on")
    same = user.appointments.filter(scope=post.scope, role=post.role, stands_in_for__isnull=False)
    if held_between(same.filter(handed_back_at=None), from_on, to_on).exists():
        raise WrongState(_("This person stands in for somebody there already."))
    if post.to_on is not None and to_on > post.to_on:
        raise Invalid(_("The post itself ends on %(day)s.") % {"day": post.to_on}, field="to_on")
    if held_between(post.stand_ins.filter(handed_back_at=None), from_on, to_on).exists():
        raise WrongState(_("Somebody stands in for this post on some of these days already."))
    theirs = give_post(
        user, post.role, post.scope, actor=actor, at=at, from_on=from_on, to_on=to_on, stands_in_for=post
    )
    user.save(update_fields=["history_seq", "history_head"])
    params = {"from_on": str(from_on), "to_on": str(to_on)}
    notices.send([Say("staff.stands_in", ACCOUNT_PAGE, user_id=user.pk, params=params)], at=at)
    passed = _begin(theirs, actor=actor, at=at) if from_on <= today else 0
    return theirs, passed


def _begin(theirs: Appointment, *, actor: Actor, at: datetime) -> int:
    """Everything in hand passes to a substitute; also what the one before has, when their days are over."""
    post = theirs.stands_in_for
    assert post is not None
    for before in _over(at).filter(stands_in_for=post):
        _give_back(before, actor=actor, at=at)
    theirs.handed_at = at
    theirs.save(update_fields=["handed_at"])
    return _pass_all(Passing(post, theirs.user, theirs), actor=actor, at=at)


def _give_back(theirs: Appointment, *, actor: Actor, at: datetime) -> int:
    """What a substitute has passes back, as long as the other one holds the post; else it stays in the queue."""
    post = theirs.stands_in_for
    assert post is not None
    theirs.handed_back_at = at
    theirs.save(update_fields=["handed_back_at"])
    held = post.to_on is None or post.to_on >= local_day(at)
    return _pass_all(Passing(theirs, post.user, theirs), actor=actor, at=at) if held and post.user.is_active else 0


def _with_both(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    locked = rows.select_for_update(of=("self",))
    return locked.select_related("scope", "user", "stands_in_for__scope", "stands_in_for__user")


def waiting_to_begin(at: datetime) -> QuerySet[Appointment]:
    """Substitutes whose first day has come and who have nothing in hand yet."""
    return Appointment.objects.filter(stands_in_for__isnull=False, handed_at=None, from_on__lte=local_day(at))


def waiting_to_end(at: datetime) -> QuerySet[Appointment]:
    """Substitutes whose last day is over and who still have what was in hand."""
    begun = Appointment.objects.filter(stands_in_for__isnull=False, handed_at__isnull=False)
    return begun.filter(handed_back_at=None, to_on__lt=local_day(at))


def _over(at: datetime) -> QuerySet[Appointment]:
    return _with_both(waiting_to_end(at))


@operation
def begin_stand_in(theirs: Appointment, *, actor: Actor, at: datetime) -> bool:
    """On a substitute's first day everything in hand passes to them. False when that was done already.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    found = _with_both(waiting_to_begin(at)).filter(pk=theirs.pk).first()
    if found is None:
        return False
    _begin(found, actor=actor, at=at)
    return True


@operation
def end_stand_in(theirs: Appointment, *, actor: Actor, at: datetime) -> bool:
    """After a substitute's last day everything in hand passes back. False when that was done already.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    found = _over(at).filter(pk=theirs.pk).first()
    if found is None:
        return False
    _give_back(found, actor=actor, at=at)
    return True


def running(at: datetime) -> QuerySet[Appointment]:
    """Posts of substitutes whose last day is not over, begun or not."""
    return Appointment.objects.filter(stands_in_for__isnull=False, handed_back_at=None, to_on__gte=local_day(at))


@operation
def stop_stand_in(theirs: Appointment, *, actor: Actor, at: datetime) -> int:
    """Whoever was away is back before the day: today is the substitute's last day, and everything passes back now.

    One who has not begun does not begin. Returns how much passed. Raises NotAllowed for a post that is not the actor's
    to give, WrongState for one that is no substitute's or is over.
    """
    user, today = lock_user(theirs.user), local_day(at)
    found = _with_both(running(at)).filter(pk=theirs.pk).first()
    if found is None:
        raise WrongState(_("Nobody stands in here any more."))
    require_above(actor, found.role, found.scope)
    passed = _stop(user, found, actor=actor, at=at)
    user.save(update_fields=["history_seq", "history_head"])
    notices.send([Say("staff.ended", ACCOUNT_PAGE, user_id=user.pk, params={"last_on": str(today)})], at=at)
    return passed


def stop_all(user: User, *, actor: Actor, at: datetime) -> None:
    """A locked user stands in nowhere any more; the caller saves the user."""
    for theirs in _with_both(running(at)).filter(user=user).order_by("pk"):
        _stop(user, theirs, actor=actor, at=at)


def _stop(user: User, theirs: Appointment, *, actor: Actor, at: datetime) -> int:
    """The substitute, whose user is locked, gives back and goes; the caller saves the user."""
    today = local_day(at)
    passed = _give_back(theirs, actor=actor, at=at) if theirs.handed_at else 0
    if theirs.to_on is None or theirs.to_on > today:
        end_post(user, theirs, today, actor=actor, at=at)
    return passed


@operation
def hand_over(post: Appointment, *, actor: Actor, at: datetime, to: User) -> tuple[Appointment, int]:
    """`to` takes the post over for good: holds it from today, has all that was in hand, and the old post ends today.

    What a substitute has passes too, and nobody stands in any more. Returns the successor's post and how much passed.
    Raises as `stand_in` does.
    """
    post, user, others = _checked(post, to, actor=actor, at=at)
    for mate, other in others:
        _stop(mate, other, actor=actor, at=at)
        mate.save(update_fields=["history_seq", "history_head"])
    theirs = user.appointments.filter(scope=post.scope, role=post.role, to_on=None).first()
    if theirs is None:
        theirs = give_post(user, post.role, post.scope, actor=actor, at=at)
        user.save(update_fields=["history_seq", "history_head"])
        notices.send([Say("staff.appointed", ACCOUNT_PAGE, user_id=user.pk)], at=at)
    passed = _pass_all(Passing(post, user), actor=actor, at=at)
    before = lock_user(post.user)
    last = max(local_day(at), post.from_on)
    end_post(before, post, last, actor=actor, at=at)
    before.save(update_fields=["history_seq", "history_head"])
    notices.send([Say("staff.ended", ACCOUNT_PAGE, user_id=before.pk, params={"last_on": str(last)})], at=at)
    return theirs, passed


def _coming(post: Appointment, at: datetime) -> QuerySet[Shift]:
    """The shifts for which `post` is enough and that are neither over nor taken off the roster."""
    mine = Shift.objects.filter(user_id=post.user_id, scope__path__in=rosters_of(post), to_at__gt=at)
    return mine.filter(to_at__gt=F("from_at") + LEFT)


def _by_this_post(post: Appointment, at: datetime) -> list[int]:
    """Of those, the ones for which its holder has no other post on that day. Two queries."""
    others = list(Appointment.objects.filter(user_id=post.user_id).exclude(pk=post.pk).select_related("scope"))

    def by_another(path: str, day: date) -> bool:
        held = (o for o in others if o.from_on <= day and (o.to_on is None or o.to_on >= day))
        return any(path in rosters_of(other) for other in held)

    rows = _coming(post, at).values_list("pk", "scope__path", "from_at")
    return [pk for pk, path, from_at in rows if not by_another(path, local_day(max(from_at, at)))]


def _pass_shifts(passing: Passing, *, actor: Actor, at: datetime) -> int:
    """Shifts that are not over pass: to a substitute those that begin before their last day ends; to a successor, and
    back, those for which there is no other post."""
    passed, post, to = 0, passing.post, passing.to
    until = passing.stand_in.to_on if passing.stand_in is not None and not passing.back else None
    theirs = _coming(post, at)
    if until is None:
        theirs = theirs.filter(pk__in=_by_this_post(post, at))
    for shift in theirs.select_for_update(of=("self",)).order_by("from_at", "pk"):
        if until is not None and local_day(shift.from_at) > until:
            continue
        begins = max(shift.from_at, at)
        there = Shift.objects.select_for_update().filter(scope=shift.scope_id, user=to, from_at=begins).first()
        if there is None or there.to_at < shift.to_at:
            new = there or Shift(scope_id=shift.scope_id, user=to, from_at=begins)
            new.to_at = shift.to_at
            chain.record(new, "shift.set", actor=actor, at=at, to_at=shift.to_at.isoformat())
            new.save()
        shift.to_at = max(at, shift.from_at + LEFT)
        chain.record(shift, "shift.ended", actor=actor, at=at)
        shift.save()
        passed += 1
    return passed


def _count(post: Appointment, at: datetime) -> int:
    return len(_by_this_post(post, at))


HANDS.add("shifts", Hands(_count, _pass_shifts))
