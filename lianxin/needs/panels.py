"""What an organisation took on, on its page."""

from typing import Any

from django.db.models import Count, Q

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.needs.models import Commitment
from lianxin.needs.states import CommitmentStatus as C
from lianxin.organisations.models import Organisation
from lianxin.panels.registry import Panel, add


def organisation(body: Organisation, actor: Actor) -> dict[str, Any]:
    """Commitments counted by where they stand; only confirmed ones count anywhere else. One query."""
    counts = Commitment.objects.filter(giver=body).aggregate(
        taken=Count("pk"),
        delivered=Count("pk", filter=Q(delivered_at__isnull=False)),
        confirmed=Count("pk", filter=Q(status=C.CONFIRMED)),
        given_back=Count("pk", filter=Q(status=C.GIVEN_BACK)),
    )
    reads_needs = any(post.role != Role.ADMIN for post in actor.posts)
    return {"counts": counts, "link": reads_needs}


add(Panel("commitments", "organisation", "needs/panels/organisation.html", organisation))
