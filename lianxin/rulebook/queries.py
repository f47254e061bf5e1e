"""The city's values as a page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from lianxin.core.models import CityValue
from lianxin.core.values import VALUES, Value, value_in
from lianxin.history.models import Entry


@dataclass(frozen=True)
class Standing:
    """A value today: what it is, since when, who set it, what is to come (`planned`: each step, the earliest first)."""

    code: str
    of: Value
    value: Any
    since: datetime | None
    planned: list[tuple[datetime, Any]]
    version: int
    set_by: str = ""

    @property
    def shown(self) -> str:
        """The value as a person reads it."""
        return self.of.shown(self.value)

    @property
    def default(self) -> str:
        """What it is where the city set nothing."""
        return self.of.shown(self.of.default)

    @property
    def changed(self) -> bool:
        """It differs from the default."""
        return bool(self.value != self.of.default)

    @property
    def coming(self) -> tuple[datetime, Any] | None:
        """From when it will be what it is to become in the end."""
        return self.planned[-1] if self.planned else None

    @property
    def coming_shown(self) -> str:
        """What it will be, as a person reads it."""
        return self.of.shown(self.coming[1]) if self.coming else ""

    def to_come(self, since: datetime | None = None) -> list[tuple[str, datetime]]:
        """What it is planned to become, as a person reads it, and when; of that what begins at `since` or later."""
        return [(self.of.shown(value), at) for at, value in self.planned if since is None or at >= since]


def standing(code: str, row: CityValue | None, at: datetime, set_by: str = "") -> Standing:
    """How the value `code` stands at the time `at`; `row` as read, None where it was never set."""
    of = VALUES[code]
    steps = row.steps if row else []
    begun = [step for step in steps if datetime.fromisoformat(step["from"]) <= at]
    to_come = steps[len(begun) :]
    return Standing(
        code=code,
        of=of,
        value=value_in(steps, of, at),
        since=datetime.fromisoformat(begun[-1]["from"]) if begun else None,
        planned=[(datetime.fromisoformat(step["from"]), of.from_json(step["value"])) for step in to_come],
        version=row.version if row else 0,
        set_by=set_by,
    )


def all_standing(at: datetime, codes: Iterable[str] | None = None) -> list[Standing]:
    """Every value, in the order in which the areas registered them. Three queries."""
    rows = {row.code: row for row in CityValue.objects.all()}
    wanted = VALUES.codes() if codes is None else list(codes)
    # By their keys, one by one: history has an index of them, and most of it speaks of something else.
    theirs = Entry.objects.filter(object_key__in=[f"value:{code}" for code in wanted])
    last = theirs.values("object_key").annotate(last=Max("pk"))
    entries = Entry.objects.filter(pk__in=[each["last"] for each in last]).select_related("actor")
    who = {entry.object_key.removeprefix("value:"): entry.actor.name if entry.actor else "" for entry in entries}
    return [standing(code, rows.get(code), at, who.get(code, "")) for code in wanted]
