"""Lists of organisations with what the alliances know about them."""

from django.db.models import Prefetch, Q, QuerySet

from lianxin.alliance.models import Membership
from lianxin.organisations.models import Organisation


def units(
    *, words: str = "", kind: str = "", level: str = "", community: str = "", registration: str = "", active: str = ""
) -> QuerySet[Organisation]:
    """Organisations, narrowed; with registration and alliances for a row. Two queries a page.

    `community`: code of one they are at home in or allied with. `registration`: accepted, handed_in or none.
    `active`: "" only active ones, "off" only switched off, "all".
    """
    rows = Organisation.objects.select_related("registration", "community").prefetch_related(
        Prefetch("memberships", queryset=Membership.objects.select_related("community").order_by("community_id"))
    )
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(code=words))
    if kind:
        rows = rows.filter(kind=kind)
    if level:
        rows = rows.filter(level=level)
    if community:
        allied = Membership.objects.filter(community__code=community).values("organisation_id")
        rows = rows.filter(Q(pk__in=allied) | Q(community__code=community))
    if registration == "none":
        rows = rows.filter(registration=None)
    elif registration:
        rows = rows.filter(registration__isnull=False, registration__accepted_on__isnull=registration != "accepted")
    return rows if active == "all" else rows.filter(active=active != "off")
