"""What every part of the API shares: how it refuses, what its parameters look like, how a call is repeated."""

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.http import parse_etags
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from ninja import Header, NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from lianxin.core import rates
from lianxin.core.clock import now
from lianxin.core.crypto import keyed_digest, keyed_digests
from lianxin.core.errors import Refusal
from lianxin.core.models import SentForm
from lianxin.core.once import once
from lianxin.core.operation import in_one_go
from lianxin.core.said import keepable
from lianxin.core.throttle import Throttle, client_network

logger = logging.getLogger("lianxin.api")

MAX_KEY = 64
TYPE = "urn:lianxin:problem:"
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt].+")


class FieldProblem(Schema):
    """One field of a request and what is wrong with it."""

    field: str
    code: str
    detail: str


class Problem(Schema):
    """Why a call was not carried out (RFC 9457)."""

    type: str = Field(description="urn:lianxin:problem: and the code")
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field(description="a sentence for a person, in the language of Accept-Language")
    code: str = Field(description="stable; for programs")
    errors: list[FieldProblem] = []
    number: str = Field("", description="already_sent: the number under which the first call was kept")
    scope: str = Field("", description="no_scope: what the token would have to be for")
    theirs: dict[str, Any] = Field({}, description="stale: how it stands by now")
    yours: dict[str, Any] = Field({}, description="stale: what the call went by")


READ = {200: None} | dict.fromkeys((400, 401, 403, 404, 405, 413, 422, 429), Problem)
WRITE = READ | dict.fromkeys((409, 412, 415), Problem)

TITLES = {
    400: _("Not readable"),
    401: _("Who calls is not known"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Not this method"),
    409: _("Not as it stands"),
    412: _("Changed meanwhile"),
    413: _("Too large"),
    415: _("Not this type of content"),
    422: _("Does not fit"),
    429: _("Too many"),
    500: _("Failed"),
}


def answers(model: Any, *, write: bool = False, creates: bool = False) -> dict[int, Any]:
    """Every status that a call can answer with. `creates`: 201 the first time, 200 when it is repeated."""
    known: dict[int, Any] = dict(WRITE if write or creates else READ | {304: None})
    return known | {200: model} | ({201: model} if creates else {})


def _clean(text: str) -> str:
    if not keepable(text):
        raise ValueError("not text")
    return text


def _day_as_text(said: Any) -> Any:
    if isinstance(said, date) or (isinstance(said, str) and DAY.fullmatch(said)):
        return said
    raise ValueError("not a day")


def _moment(said: Any, read: ValidatorFunctionWrapHandler) -> datetime:
    try:
        if isinstance(said, datetime) or (isinstance(said, str) and MOMENT.fullmatch(said)):
            moment: datetime = read(said)
            return moment
    except ValueError:
        pass
    raise PydanticCustomError("moment", "not a moment")


Words = Annotated[str, Field(max_length=2_000), AfterValidator(_clean)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_clean)]
Code = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,40}$", examples=["books"])]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,64}$",
        description="A UUID of your own: the same key and body again give the same answer and do nothing twice.",
    ),
]
MaybeKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,64}$",
        description="Optional: the same key and body again give the same answer and do nothing twice.",
    ),
]
Cursor = Annotated[str, Field(max_length=700, pattern=r"^[-_A-Za-z0-9]*$", description="`next` of the page before")]
Limit = Annotated[int, Field(ge=1, le=100)]
# In a body JSON says what is a number, a yes and a text: "1" is no number and 0 is no day.
Yes = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
Day = Annotated[date, BeforeValidator(_day_as_text)]
# A time of this century, with its offset.
Moment = Annotated[AwareDatetime, WrapValidator(_moment)]


class Body(Schema):
    """Base of what callers send: a misspelt field is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class TooMany(Refusal):
    """This caller has tried too often. `wait`: seconds until it may try again."""

    code = "too_many"
    status = 429

    def __init__(self, wait: int, words: Any = "") -> None:
        """`wait`: seconds until the next try may be made."""
        super().__init__(words or _("Too many tries from here. Please wait a few minutes."))
        self.wait = wait


class ChangedMeanwhile(Refusal):
    """If-Match names another version than the present one."""

    code = "stale"
    status = 412


def require_match(request: HttpRequest, version: int, theirs: dict[str, Any]) -> None:
    """Raise ChangedMeanwhile when the call's If-Match, if it has one, does not name `version`.

    `theirs`: how the thing stands by now, for the caller to read. A tag is the version, a dash and a digest of the
    answer in the reader's language; the version alone is compared.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    tags = parse_etags(wanted)
    if tags == ["*"] or any(tag.startswith(f'"{version}-') for tag in tags):
        return
    error = ChangedMeanwhile(_("Somebody changed this since you read it. How it stands now is in “theirs”."))
    error.told = {"theirs": theirs | {"version": version}, "yours": {"if_match": wanted[:200]}}
    raise error


def entity_tag(content: bytes, version: int | None) -> str:
    """The strong tag of an answer."""
    digest = hashlib.sha256(content).hexdigest()[:20]
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


def count_call(request: HttpRequest, what: str, key: str) -> None:
    """Count this call, once, against the city's limit `what`. Raises TooMany when it is one too many."""
    if hasattr(request, "rate"):
        return
    rate = rates.take(what, key, now())
    request.rate = rate  # type: ignore[attr-defined]
    if rate.spent:
        raise TooMany(rate.reset, _("Too many calls in this minute; see Retry-After."))


def count_address(request: HttpRequest) -> None:
    """Count a call without a valid token against its address. Raises TooMany."""
    count_call(request, rates.PER_ADDRESS, keyed_digest("rate", client_network(request))[:40])


def throttle(limit: Throttle, request: HttpRequest) -> None:
    """Raise TooMany when the caller's address has used up `limit`."""
    if wait := limit.wait(request, now()):
        raise TooMany(wait)


def own_key(request: HttpRequest, who: object, key: str) -> str:
    """`key` made the caller's own, for this address of the API: nobody is answered with another's result."""
    newest, *before = keyed_digests("api-key", f"{who}:{request.path}:{key}")
    used = SentForm.objects.filter(key__in=before).values_list("key", flat=True).first() if before else None
    return used or newest


def repeatable(
    operation: str, key: str, *, body: dict[str, Any], at: datetime, run: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """The answer of `run`, once for each key, and whether it is a repetition; without a key simply `run`."""
    if not key:
        return run(), False
    return in_one_go(lambda: once(operation=f"api.{operation}", key=key, body=body, at=at, run=run))


def problem(
    status: int, code: str, detail: object, *, errors: list[dict[str, str]] | None = None, **told: Any
) -> HttpResponse:
    """A refusal as problem+json; `told`: further fields of Problem."""
    said = {
        "type": TYPE + code,
        "title": str(TITLES.get(status, HTTPStatus(status).phrase)),
        "status": status,
        "detail": str(detail),
        "code": code,
        "errors": errors or [],
    } | told
    response = JsonResponse(said, status=status, content_type="application/problem+json")
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    errors = [{"field": error.field, "code": error.code, "detail": str(error)}] if error.field else []
    response = problem(error.status, error.code, error, errors=errors, **error.told)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.wait)
    if scope := error.told.get("scope"):
        response["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
    return response


# pydantic's name of a mistake → a sentence in the caller's language
MISTAKES = {
    "missing": _("This is needed."),
    "extra_forbidden": _("There is no such field."),
    "string_too_long": _("This is too long."),
    "string_too_short": _("This is too short."),
    "too_long": _("These are too many."),
    "too_short": _("This is needed."),
    "enum": _("This is not one of the choices."),
    "literal_error": _("This is not one of the choices."),
    "moment": _("Write the time with its offset, like 2026-03-07T17:00:00+08:00."),
}


def _where(loc: tuple[Any, ...]) -> str:
    source, *rest = loc
    # A body is one parameter of ours; its name means nothing to the caller.
    words = rest[1:] if source in ("body", "query") and len(rest) > 1 else rest
    return ".".join(str(w) for w in words) or str(source)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    errors = [
        {
            "field": "body" if e["loc"][0] == "body" and len(e["loc"]) == 2 else _where(e["loc"]),
            "code": e["type"],
            "detail": str(MISTAKES.get(e["type"], _("This value does not fit."))),
        }
        for e in error.errors
    ]
    return problem(422, "invalid", __("Something in the call does not fit; see errors."), errors=errors)


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    if error.status_code == 400:
        return problem(400, "bad_json", __("The body could not be read as JSON."))
    code = HTTPStatus(error.status_code).name.lower()
    return problem(error.status_code, code, HTTPStatus(error.status_code).phrase)


def _unknown_caller(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(401, "no_token", __("Send a valid token: Authorization: Bearer lx_…"))


def not_found(request: HttpRequest, error: object = None) -> HttpResponse:
    """No such thing, or not for this caller."""
    return problem(404, "not_found", __("There is nothing here, or not for you."))


def _too_large(request: HttpRequest, error: object) -> HttpResponse:
    return problem(413, "too_large", __("This is too large."))


def _cut_off(request: HttpRequest, error: object) -> HttpResponse:
    return problem(400, "bad_json", __("The body could not be read as JSON."))


def _failed(request: HttpRequest, error: object) -> HttpResponse:
    logger.exception("%s %s failed", request.method, request.resolver_match and request.resolver_match.route)
    return problem(500, "failed", __("Something went wrong here. Nothing was changed."))


def answer_with_problems(api: NinjaAPI) -> None:
    """Turn whatever a call raises into problem+json; nothing else leaks."""
    handlers: list[tuple[type[Exception], Callable[[HttpRequest, Any], HttpResponse]]] = [
        (Refusal, _refused),
        (ValidationError, _invalid),
        (AuthenticationError, _unknown_caller),
        (HttpError, _http),
        (Http404, not_found),
        (RequestDataTooBig, _too_large),
        (TooManyFieldsSent, _too_large),
        (UnreadablePostError, _cut_off),
        (Exception, _failed),
    ]
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)
