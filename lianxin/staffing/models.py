"""Who is on duty where, and when; users and posts themselves lie in accounts."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from lianxin.accounts.models import Scope
from lianxin.history.models import Chained


class Shift(Chained):
    """Somebody is on duty for a community, company, town or the city, from one time to another (值班)."""

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="shifts", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "user", "from_at"], name="staffing_shift_once"),
            models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="staffing_shift_order"),
        ]
        indexes = [
            models.Index(fields=["scope", "to_at", "from_at"], name="staffing_shift_now"),
            models.Index(fields=["from_at", "id"], name="staffing_shift_list"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.from_at:%Y-%m-%d %H:%M}"

    @property
    def chain_key(self) -> str:
        return f"shift:{self.scope_id}:{self.user_id}:{self.from_at:%Y%m%d%H%M}"
