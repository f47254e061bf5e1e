"""What the city sets about logging in."""

from django.utils.translation import gettext_lazy as _

from lianxin.core.values import VALUES, switch, whole

GROUP = _("Logging in")
SECOND_FACTOR = "accounts.second_factor"
IDLE_HOURS = "accounts.idle_hours"
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
