"""Who gets what by which channel, and what a digest holds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from lianxin.accounts.actors import actor_for
from lianxin.accounts.models import Appointment, ScopeKind, User
from lianxin.channels import words
from lianxin.channels.models import PERSONAL, Channel, ChannelKind, Choice, Delivery, State
from lianxin.channels.rules import LONGEST_MADE_UP, TOO_OLD, digest_moment, sms_number
from lianxin.core.clock import local_day
from lianxin.notifications import notices
from lianxin.notifications.models import Notice


def channels_there() -> QuerySet[Channel]:
    """Every channel but the removed ones, with its scope."""
    return Channel.objects.filter(removed_at=None).select_related("scope")


def channels_in_use() -> list[Channel]:
    """Every channel that is switched on, with its scope. One query."""
    return list(Channel.objects.filter(active=True).select_related("scope").order_by("pk"))


def personal_kinds() -> list[str]:
    """By which ways a person can be reached at present. One query."""
    found = set(Channel.objects.filter(active=True, kind__in=PERSONAL).values_list("kind", flat=True))
    return [kind.value for kind in PERSONAL if kind in found]


def choice_of(user: User) -> Choice:
    """What a user chose; the default, unsaved, where nothing was chosen."""
    return Choice.objects.filter(user=user).first() or Choice(user=user)


def reached_at(user: User, choice: Choice, kind: str) -> str:
    """The user's address for a kind of channel, '' where it is not wanted or not known."""
    if kind == ChannelKind.EMAIL:
        return user.email if choice.by_email else ""
    return (choice.phone or sms_number(user.phone)) if choice.by_sms else ""


def lacks_number(user: User) -> bool:
    """The user wants text messages, but there is no number to send them to."""
    choice = choice_of(user)
    return choice.by_sms and not reached_at(user, choice, ChannelKind.SMS)


def holders(pairs: Iterable[tuple[int, str]], at: datetime) -> dict[tuple[int, str], list[User]]:
    """(scope, role) → who holds the post on the day of `at`, with an open account. One query."""
    wanted = set(pairs)
    day = local_day(at)
    rows = Appointment.objects.filter(
        Q(to_on=None) | Q(to_on__gte=day),
        scope_id__in={scope for scope, _role in wanted},
        role__in={role for _scope, role in wanted},
        from_on__lte=day,
        user__is_active=True,
    )
    found: dict[tuple[int, str], list[User]] = {}
    for post in rows.select_related("user").order_by("pk"):
        if (post.scope_id, post.role) in wanted:
            found.setdefault((post.scope_id, post.role), []).append(post.user)
    return found


def readers(found: list[Notice], at: datetime) -> dict[int, list[User]]:
    """Notice → the persons whom it is for. Two queries."""
    posts = holders(((n.scope_id, n.role) for n in found if n.scope_id is not None), at)
    users = User.objects.in_bulk({n.user_id for n in found if n.user_id is not None})
    told: dict[int, list[User]] = {}
    for notice in found:
        people = list(posts.get((notice.scope_id, notice.role), [])) if notice.scope_id is not None else []
        if notice.user_id in users and users[notice.user_id].is_active:
            people.append(users[notice.user_id])
        told[notice.pk] = list({user.pk: user for user in people}.values())
    return told


def is_of_group(notice: Notice, channel: Channel) -> bool:
    """The notice is for a post of the channel's place or organisation, or of a grid of its community.

    `notice.scope` must be loaded.
    """
    scope = notice.scope
    if scope is None:
        return False
    return scope.pk == channel.scope_id or (scope.kind == ScopeKind.GRID and scope.parent_id == channel.scope_id)


def missed_before(delivery: Delivery) -> list[Delivery]:
    """The digests of the days just before to the same reader by the same channel that failed for good: it makes up
    for them. One query.
    """
    day = delivery.digest_on
    if day is None:
        return []
    rows = Delivery.objects.filter(channel=delivery.channel_id, user=delivery.user_id, state=State.FAILED)
    failed = {row.digest_on: row for row in rows.filter(digest_on__lt=day, digest_on__gte=day - LONGEST_MADE_UP)}
    missed = []
    while row := failed.get(day := day - timedelta(days=1)):
        missed.append(row)
    return missed


def _told_in(delivery: Delivery, days: int) -> QuerySet[Notice]:
    """The notices that a digest speaks of: those of its day and of the `days` before it, no emergencies, not read."""
    day = delivery.digest_on
    assert day is not None  # only digests come here
    if delivery.user is None:
        scope = delivery.channel.scope_id
        rows = Notice.objects.filter(Q(scope_id=scope) | Q(scope__parent_id=scope, scope__kind=ScopeKind.GRID))
    else:
        actor = actor_for(delivery.user, day)
        rows = notices.for_actor(actor).filter(pk__gt=notices.read_up_to(actor))
    since = digest_moment(day - timedelta(days=1 + days))
    return rows.filter(urgent=False, at__gte=since, at__lt=digest_moment(day)).order_by("at", "id")


def language_of(delivery: Delivery) -> str:
    """The reader's language."""
    chosen = delivery.user.language if delivery.user else delivery.channel.language
    return chosen or settings.LANGUAGE_CODE


def too_old(delivery: Delivery, at: datetime) -> bool:
    """It was missed for too long to be sent: an emergency stands on Notices, a failed digest in the next day's."""
    if delivery.notice is not None:
        return delivery.notice.at < at - TOO_OLD
    return delivery.digest_on is not None and digest_moment(delivery.digest_on) < at - TOO_OLD


def message_for(delivery: Delivery, at: datetime, missed: int = 0) -> tuple[str, words.Message] | None:
    """Where to and what; None when it is not needed any more: read, chosen away, gone, or too old.

    `missed`: for how many days before its own a digest makes up.
    """
    user, to = delivery.user, ""
    if user is not None:
        choice = choice_of(user)
        to = reached_at(user, choice, delivery.channel.kind)
        wanted = delivery.is_test or (choice.emergencies if delivery.is_urgent else choice.digest)
        if not (to and wanted and user.is_active):
            return None
    language = language_of(delivery)
    if delivery.is_test:
        return to, words.trial(language)
    if too_old(delivery, at):
        return None
    if delivery.notice is not None:
        return to, words.emergency(delivery.notice, language)
    rows = _told_in(delivery, missed)
    count = rows.count()
    return (to, words.digest(list(rows[: 4 * words.NUMBERS_SHOWN]), count, language)) if count else None


def counts_since(at: datetime) -> dict[int, dict[str, int]]:
    """Channel → state → how many deliveries were due since `at`. One query."""
    rows = Delivery.objects.filter(due_at__gte=at).values("channel", "state").annotate(n=Count("pk"))
    found: dict[int, dict[str, int]] = {}
    for row in rows.order_by():
        found.setdefault(row["channel"], {})[row["state"]] = row["n"]
    return found


def troubled(at: datetime) -> int:
    """How many deliveries of the last week wait for somebody to look at them."""
    since = at - LONGEST_MADE_UP
    return Delivery.objects.filter(state__in=[State.FAILED, State.UNCLEAR], due_at__gte=since).count()
