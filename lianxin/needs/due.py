"""What the clock closes, erases or reminds of, for lengths that are given: jobs ask it with those in force, the
settings pages with those that somebody thinks of. Each is found by an index."""

from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from lianxin.needs.answers import CallAttempt
from lianxin.needs.models import Commitment, Need
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.states import OPEN
from lianxin.needs.states import CommitmentStatus as C


def to_remind(at: datetime, ahead: timedelta) -> NeedQuerySet:
    """Open needs that are due within `ahead` and were not reminded of."""
    soon = Need.objects.filter(due_at__gt=at, due_at__lte=at + ahead, status__in=OPEN)
    return soon.filter(Q(reminded_for=None) | ~Q(reminded_for=F("due_at"))).order_by("due_at", "id")


def silent(delivered_by: datetime, attempts: int) -> QuerySet[Commitment]:
    """What was done by a time, with attempts enough since; the earliest first, by needs_commitment_silent."""
    due = Commitment.objects.filter(status=C.DELIVERED, delivered_at__lte=delivered_by)
    since = CallAttempt.objects.filter(need_id=OuterRef("need_id"), at__gte=OuterRef("delivered_at")).order_by()
    tried = Subquery(since.values("need_id").annotate(times=Count("pk")).values("times"))
    return due.alias(tried=tried).filter(tried__gte=attempts).order_by("delivered_at", "id")


def contacts_to_erase(ended_by: datetime) -> NeedQuerySet:
    """Needs that were over at a time and whose contact is kept, by needs_contact_to_erase."""
    return Need.objects.filter(contact_erased_at=None).over_since(ended_by).order_by("ended_at", "id")


def words_to_erase(ended_by: datetime) -> NeedQuerySet:
    """Needs that were over at a time and whose words and photos are kept, by needs_words_to_erase."""
    return Need.objects.filter(words_erased_at=None).over_since(ended_by).order_by("ended_at", "id")
