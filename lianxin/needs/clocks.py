"""By when a need is to be answered and solved (DOMAIN §4).

Counted in hours of the clock; the working calendar and the duty roster come with the calendar area
(docs/decisions/0006-clocks-count-hours-first.md).
"""

from datetime import datetime, timedelta

from lianxin.needs.models import Category
from lianxin.needs.states import Urgency

RESPONSE = {
    Urgency.EMERGENCY: timedelta(hours=1),
    Urgency.URGENT: timedelta(hours=24),
    Urgency.NORMAL: timedelta(hours=24),
    Urgency.LONG: timedelta(hours=24),
}
AROUND_THE_CLOCK_RESPONSE = timedelta(hours=2)
SOLUTION = {
    Urgency.EMERGENCY: timedelta(hours=24),
    Urgency.URGENT: timedelta(hours=24),
    Urgency.NORMAL: timedelta(days=7),
    Urgency.LONG: timedelta(days=15),
}
CLAIM_LAPSES_AFTER = timedelta(days=10)
UNANSWERED_AFTER = timedelta(days=15)
ATTEMPTS_BEFORE_CLOSING = 2
REOPEN_WITHIN = timedelta(days=30)
CONTACT_KEPT = timedelta(days=30)
WORDS_KEPT = timedelta(days=365)


def response_due(filed_at: datetime, urgency: str, category: Category) -> datetime:
    """When the asker must have heard something."""
    due = filed_at + RESPONSE[Urgency(urgency)]
    if category.around_the_clock:
        due = min(due, filed_at + AROUND_THE_CLOCK_RESPONSE)
    return due


def solution_due(filed_at: datetime, urgency: str) -> datetime:
    """When it must be done."""
    return filed_at + SOLUTION[Urgency(urgency)]
