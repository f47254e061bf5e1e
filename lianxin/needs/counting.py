"""What the clock does for figures: fold differences into tallies; compare all tallies with the records at night."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import SYSTEM
from lianxin.accounts.models import Role, Scope, ScopeKind
from lianxin.figures import tallies
from lianxin.figures.operations import last_comparison, note_comparison
from lianxin.jobs.registry import EACH_HOUR, EACH_MINUTE, JOBS, Job
from lianxin.notifications import notices
from lianxin.notifications.notices import Say

NIGHT = range(1, 5)
ONCE_A_NIGHT, AT_THE_LATEST = timedelta(hours=12), timedelta(hours=30)


def fold(at: datetime) -> int:
    """Fold differences into tallies; how many."""
    return tallies.fold()


def is_due(at: datetime) -> bool:
    """Once a night, between one and five; by day only when the last comparison is older than 30 hours."""
    last = last_comparison()
    if last is None:
        return True
    quiet = timezone.localtime(at).hour in NIGHT
    return at - last.at > (ONCE_A_NIGHT if quiet else AT_THE_LATEST)


def compare(at: datetime) -> int:
    """Compare all tallies with the records and tell administrators what is wrong; how many are."""
    if not is_due(at):
        return 0
    comparison = note_comparison(tallies.compare(), actor=SYSTEM, at=at)
    if comparison.wrong:
        city = Scope.objects.filter(kind=ScopeKind.CITY).values_list("pk", flat=True).first()
        params = {"wrong": comparison.wrong}
        notices.send(
            [Say("figures.wrong", "/workspace/tallies/", scope_id=city, role=Role.ADMIN, params=params)], at=at
        )
    return comparison.wrong


JOBS.add("figures.fold", Job(_("Add up what figures are made of"), fold, EACH_MINUTE * 2))
JOBS.add(
    "figures.compare",
    Job(_("Compare the figures with the records"), compare, EACH_HOUR, lease=timedelta(hours=1)),
)
