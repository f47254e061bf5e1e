"""Every registered figure over the API."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.accounts.actors import Actor
from lianxin.accounts.api import caller, staff
from lianxin.accounts.models import Scope, ScopeKind, TokenScope
from lianxin.core.api import Body, Code, Day, answers
from lianxin.core.clock import local_day, now
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.figures.registry import FIGURES, Area, Count, Figure, Period, Ratio, quotient
from lianxin.figures.rules import READERS, places_of

router = Router(tags=["figures"])
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class AnswersOut(Schema):
    """A rate of the answers of some askers only."""

    numerator: int
    denominator: int
    value: float | None


class SplitOut(Schema):
    """A rate by who answered: the askers themselves, somebody for them; the silent are in neither."""

    own: AnswersOut = Field(serialization_alias="self")
    proxy: AnswersOut
    silent: int


class FigureOut(Schema):
    """A count has a `value`; a ratio has numerator, denominator, the unanswered beside, and its quotient as `value`.

    A rate of answers has `by`: who gave them.
    """

    code: str
    label: str
    formula: str
    unit: str
    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    unanswered: int | None = None
    by: SplitOut | None = None


class FiguresOut(Schema):
    """The figures of a place in a period, both days included."""

    scope: str = Field(description="code of the place; empty when none was asked for")
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    figures: list[FigureOut]


class FiguresAsked(Body):
    """Which place, which days; the widest place that is the caller's since 1 January when nothing is said."""

    scope: Code | None = None
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")


def _area(actor: Actor, code: str | None) -> Area:
    """The place asked for, else the widest that the actor reads. Raises NotAllowed where it is not theirs to read."""
    mine = places_of(actor) if actor.has(*READERS) else []
    if not mine:
        raise NotAllowed(_("These figures are for those responsible for the place."))
    if not code:
        return Area(mine[0].kind, mine[0].pk)
    places = Scope.objects.exclude(kind=ScopeKind.ORGANISATION).filter(path__iendswith=f":{code}/").order_by("pk")
    scope = next((place for place in places if place.path.endswith(f":{code}/")), None)
    if scope is None:
        raise Invalid(_("There is no such place."), field="scope")
    if scope not in mine and not any(scope.path.startswith(post.path) for post in actor.posts):
        raise NotAllowed(_("These figures are for those responsible for the place."))
    return Area(scope.kind, scope.pk)


def _by(rate: Ratio) -> SplitOut | None:
    if rate.split is None:
        return None
    own, proxy = (
        AnswersOut(numerator=count, denominator=of, value=quotient(count, of))
        for count, of in (rate.split.self, rate.split.proxy)
    )
    return SplitOut(own=own, proxy=proxy, silent=rate.unanswered)


def _said(figure: Figure, found: Count | Ratio) -> FigureOut:
    said = FigureOut(
        code=figure.code,
        label=str(figure.label),
        formula=str(figure.formula),
        unit=figure.unit,
        value=found.value,
    )
    if isinstance(found, Ratio):
        said.numerator, said.denominator, said.unanswered = found.numerator, found.denominator, found.unanswered
        said.by = _by(found)
    return said


@router.get("", response=answers(FiguresOut), auth=staff(TokenScope.FIGURES), by_alias=True)
def list_figures(request: HttpRequest, asked: Query[FiguresAsked]) -> Any:
    """Every registered figure, as `lianxin stats` prints it."""
    today = local_day(now())
    period = Period(asked.first or date(today.year, 1, 1), asked.last or today)
    if not EARLIEST <= period.first <= period.last <= LATEST:
        raise Invalid(_("The first day comes before the last."), field="from")
    area = _area(caller(request), asked.scope)
    rows = [_said(figure, figure.compute(area, period)) for figure in FIGURES]
    return FiguresOut(scope=asked.scope or "", first=period.first, last=period.last, figures=rows)
