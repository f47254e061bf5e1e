"""List pages: sort and page by the address, a count that stops at 1,000, and the same list as a workbook."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from lianxin.core.paging import Page, by_key
from lianxin.core.workbooks import download

M = TypeVar("M", bound=Model)
PAGE_SIZE = 50
EXPORT_LIMIT = 20_000


@dataclass(frozen=True)
class Heading:
    """A column's heading: its sort code, its words, and 'ascending' or 'descending' when it leads."""

    code: str
    label: str | Promise
    direction: str
    link: str


@dataclass(frozen=True)
class Listing(Generic[M]):
    """One page of a list, sorted as the address says."""

    page: Page[M]
    headings: list[Heading]


def listing(
    request: HttpRequest,
    rows: QuerySet[M],
    *,
    sorts: Mapping[str, str],
    labels: Sequence[tuple[str, str | Promise]],
    default: str,
    size: int = PAGE_SIZE,
) -> Listing[M]:
    """The page of `rows` that the address asks for.

    `sorts`: sort code → column that `by_key` can sort by. `labels`: every column's code and heading, in order;
    a code that is not in `sorts` can't be sorted. `default`: sort code, with a minus for descending.
    """
    asked = request.GET.get("sort", default)
    code = asked.removeprefix("-")
    if code not in sorts:
        asked, code = default, default.removeprefix("-")
    falling = asked.startswith("-")
    page = by_key(
        rows,
        field=sorts[code],
        descending=falling,
        size=size,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        counted=True,
    )
    return Listing(page, headings(asked, labels, sorts))


def headings(asked: str, labels: Sequence[tuple[str, str | Promise]], sorts: Container[str]) -> list[Heading]:
    """The headings of a table that is sorted by `asked` (sort code, with a minus for descending)."""
    lead, falling = asked.removeprefix("-"), asked.startswith("-")
    found = []
    for name, label in labels:
        direction = ("descending" if falling else "ascending") if name and name == lead else ""
        link = (f"-{name}" if name == lead and not falling else name) if name in sorts else ""
        found.append(Heading(name, label, direction, link))
    return found


def wants_workbook(request: HttpRequest) -> bool:
    """The reader asked for the list as a workbook."""
    return request.GET.get("format") == "xlsx"


def as_workbook(
    name: str,
    labels: Sequence[str | Promise],
    rows: QuerySet[M],
    line: Callable[[M], Sequence[Any]],
) -> HttpResponse:
    """The filtered list as an Excel workbook, at most 20,000 rows."""
    return download(name, [str(label) for label in labels], (line(r) for r in rows[:EXPORT_LIMIT]))
