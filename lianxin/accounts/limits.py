"""What the city sets about logging in."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lianxin.accounts.models import Appointment, Authenticator, Passkey, User
from lianxin.core.clock import local_day, now
from lianxin.core.paging import capped_count, shown_count
from lianxin.core.values import VALUES, switch, whole

GROUP = _("Logging in")
SECOND_FACTOR = "accounts.second_factor"
IDLE_HOURS = "accounts.idle_hours"


def _without_factor(required: bool) -> list[str]:
    """How many people with a post today have no second factor."""
    today = local_day(now())
    posts = Appointment.objects.filter(Q(to_on=None) | Q(to_on__gte=today), user=OuterRef("pk"), from_on__lte=today)
    has_one = [Exists(kind.objects.filter(user=OuterRef("pk"))) for kind in (Authenticator, Passkey)]
    count = capped_count(User.objects.filter(Exists(posts), ~has_one[0], ~has_one[1], is_active=True))
    if required:
        words = ngettext(
            "%(n)s person with a post today has no second factor and would be led to set one up.",
            "%(n)s people with a post today have no second factor and would be led to set one up.",
            count,
        )
    else:
        words = ngettext(
            "%(n)s person with a post today has no second factor and could go on without.",
            "%(n)s people with a post today have no second factor and could go on without.",
            count,
        )
    return [words % {"n": shown_count(count)}]


VALUES.add(
    SECOND_FACTOR,
    switch(
        _("Everybody who works here needs a second factor to log in"),
        group=GROUP,
        default=False,
        applies=_(
            "Whoever has none is led to set one up after the password, or within ten minutes when logged in, and can "
            "open nothing else until then. Otherwise it is offered."
        ),
        effect=_without_factor,
    ),
)
VALUES.add(
    IDLE_HOURS,
    whole(
        _("Log out whoever did nothing for"),
        group=GROUP,
        default=8,
        low=1,
        high=12,
        unit=_("hours"),
        applies=_("Sessions end 12 hours after logging in at the latest."),
    ),
)
