"""Organisations over the API."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema

from lianxin.accounts.api import OPEN, anybody
from lianxin.core.api import Body, Code, Cursor, Limit, Line, answers
from lianxin.core.paging import by_key
from lianxin.organisations.models import Organisation, OrganisationKind

router = Router(tags=["organisations"])


class OrganisationRow(Schema):
    """An organisation: `label` is its name in the caller's language."""

    code: str
    label: str
    name: str
    name_en: str
    kind: str
    level: str
    community: str | None
    active: bool


class OrganisationOut(OrganisationRow):
    """One organisation, with its telephone and the compounds that it serves."""

    phone: str
    compounds: list[str]


class OrganisationPage(Schema):
    """Organisations by name; `next` goes into `after`, and is empty at the end."""

    items: list[OrganisationRow]
    next: str


class OrganisationFilter(Body):
    """Which organisations."""

    kind: OrganisationKind | None = None
    community: Code | None = None
    q: Line = ""
    after: Cursor = ""
    limit: Limit = 50


def _row(body: Organisation, **more: Any) -> dict[str, Any]:
    return {
        "code": body.code,
        "label": body.label,
        "name": body.name,
        "name_en": body.name_en,
        "kind": body.kind,
        "level": body.level,
        "community": body.community.code if body.community else None,
        "active": body.active,
    } | more


@router.get("", response=answers(OrganisationPage), auth=anybody(), openapi_extra=OPEN)
def list_organisations(request: HttpRequest, wanted: Query[OrganisationFilter]) -> Any:
    """Organisations, by name."""
    rows = Organisation.objects.select_related("community")
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind.value)
    if wanted.community:
        rows = rows.filter(community__code=wanted.community)
    for word in wanted.q.split()[:5]:
        rows = rows.filter(Q(name__icontains=word) | Q(name_en__icontains=word) | Q(code__iexact=word))
    page = by_key(rows, field="name", descending=False, size=wanted.limit, after=wanted.after, strict=True)
    return {"items": [_row(body) for body in page.rows], "next": page.next}


@router.get("/{code}", response=answers(OrganisationOut), auth=anybody(), openapi_extra=OPEN)
def read_organisation(request: HttpRequest, code: Code) -> Any:
    """One organisation by its code."""
    body = Organisation.objects.select_related("community").filter(code=code).first()
    if body is None:
        raise Http404
    compounds = list(body.serves.order_by("compound__code").values_list("compound__code", flat=True))
    return _row(body, phone=body.phone, compounds=compounds)
