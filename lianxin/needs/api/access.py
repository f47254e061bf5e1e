"""How a call finds its need: as staff by token, as the asker by tracking code."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.db.models import Model
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Schema
from ninja.errors import AuthenticationError
from ninja.security import APIKeyHeader
from pydantic import Field

from lianxin.accounts.actors import Actor
from lianxin.accounts.api import caller, staff
from lianxin.accounts.models import TokenScope
from lianxin.core.api import Body, count_address, own_key, repeatable, require_match, throttle
from lianxin.core.clock import now
from lianxin.core.errors import Invalid
from lianxin.core.operation import in_one_go
from lianxin.needs import queries
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations.steps import as_it_stands
from lianxin.needs.states import HOLDING
from lianxin.needs.tracking import WRONG_CODES

Number = Annotated[str, Path(pattern=r"^[\w-]{1,20}$", examples=["SC-26-00001"])]
Id = Annotated[int, Path(ge=1, lt=2**63)]

M = TypeVar("M", bound=Model)


class TrackingCode(APIKeyHeader):
    """The code on the asker's slip: opens one need, as its asker."""

    param_name = "X-Tracking-Code"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        if key is None:
            return None
        count_address(request)
        throttle(WRONG_CODES, request)
        need = queries.need_by_code(key)
        if need is None:
            WRONG_CODES.count(request, now())
            raise AuthenticationError
        return Actor(asks_for=need.pk, channel="api")


def asker(scope: TokenScope) -> list[Any]:
    """For `auth=`: a call for the asker by code, and for tokens with `scope`."""
    return [*staff(scope), TrackingCode()]


BY_STAFF, BY_ASKER = staff(TokenScope.ACT), asker(TokenScope.ACT)


class Moved(Schema):
    """Where a need stands after a call; `commitment` is the one that the call made or changed."""

    number: str
    status: str
    version: int = Field(description="send it with the next edit: a stale one is refused")
    commitment: int | None = None


def find_need(request: HttpRequest, number: str) -> Need:
    """The need as the caller may see it; 404 otherwise."""
    need = queries.need_for(caller(request), number)
    if need is None:
        raise Http404
    return need


def find_commitment(need: Need, pk: int) -> Commitment:
    """A commitment that holds a part of `need`; 404 otherwise."""
    for commitment in need.commitments.all():
        if commitment.pk == pk and commitment.status in HOLDING:
            return commitment
    raise Http404


def by_code(model: type[M], code: str, field: str, *related: str) -> M:
    """The thing with this code. Raises Invalid for a code that names nothing."""
    found = model._default_manager.select_related(*related).filter(code=code).first()
    if found is None:
        raise Invalid(_("Nothing is known under the code %(code)s.") % {"code": code}, field=field)
    return found


def by_code_if(model: type[M], code: str | None, field: str, *related: str) -> M | None:
    """The thing with this code; None when none was named."""
    return by_code(model, code, field, *related) if code else None


def act(
    request: HttpRequest,
    verb: str,
    number: str,
    key: str | None,
    run: Callable[[Need, Actor, datetime], Any],
    *,
    body: Body | None = None,
) -> dict[str, Any]:
    """Carry out `run` on a need that the caller sees; with `key`, once."""
    actor, at = caller(request), now()
    who = actor.user_id or f"asker {actor.asks_for}"

    def once() -> dict[str, Any]:
        need = find_need(request, number)
        if "If-Match" in request.headers:
            version = Need.objects.select_for_update().values_list("version", flat=True).get(pk=need.pk)
            require_match(request, version, as_it_stands(need))
        done = run(need, actor, at)
        return _moved(done)

    said = body.model_dump(mode="json") if body else {}
    own = own_key(request, who, key) if key else ""
    return in_one_go(lambda: repeatable(verb, own, body=said, at=at, run=once)[0])


def _moved(done: Any) -> dict[str, Any]:
    """What the operation left behind: a need, or a commitment or other detail with its need."""
    need_id = done.pk if isinstance(done, Need) else done.need_id
    commitment = done.pk if isinstance(done, Commitment) else getattr(done, "commitment_id", None)
    need = Need.objects.only("number", "status", "version").get(pk=need_id)
    return {"number": need.number, "status": need.status, "version": need.version, "commitment": commitment}
