"""The workbooks of alliances, registrations and helpers."""

from django.utils.translation import gettext_lazy as _

from lianxin.alliance.models import Helper, Membership, Registration
from lianxin.alliance.operations import waiting
from lianxin.desk import queue
from lianxin.desk.models import DeskItem
from lianxin.history.bulk import by_codes, upsert
from lianxin.organisations.models import Organisation
from lianxin.organisations.sheets import save_pairs
from lianxin.places.models import Community
from lianxin.places.sheets import CODE, NAMES
from lianxin.sheets.registry import Column, Import, Row, Sheet, register

UNIT = Column("organisation", _("Organisation"), "code", required=True)
COMMUNITY = Column("community", _("Community"), "code", required=True)


def save_alliances(rows: list[Row], work: Import) -> None:
    """Which unit belongs to which community's alliance."""
    save_pairs(
        rows,
        work,
        Membership,
        by_codes(Community, [r["community"] for r in rows]),
        by_codes(Organisation, [r["organisation"] for r in rows]),
        ("community", "organisation"),
    )


def save_registrations(rows: list[Row], work: Import) -> None:
    """Who reported to which community, with how many members; what is not accepted yet waits on its office's desk."""
    units = by_codes(Organisation, [r["organisation"] for r in rows])
    communities = by_codes(Community, [r["community"] for r in rows])
    wanted = []
    for row in rows:
        if row["accepted_on"] and row["handed_in_on"] and row["accepted_on"] < row["handed_in_on"]:
            work.error(row, "accepted_on", _("Lies before the day it was handed in."))
        values = {name: row[name] for name in ("kind", "members", "handed_in_on", "accepted_on")}
        unit = work.look_up(row, "organisation", units)
        wanted.append((unit, values | {"community": work.look_up(row, "community", communities)}))
    if work.errors:
        return
    existing = {r.organisation: r for r in Registration.objects.select_related("organisation", "community")}
    upsert(
        wanted,
        existing,
        work=work,
        make=lambda unit, values: Registration(organisation=unit, **values),
        code="registration",
    )
    _put_on_desks(list(Registration.objects.filter(organisation__in=units.values())), work)


def _put_on_desks(registrations: list[Registration], work: Import) -> None:
    """Each has the desk line that its record asks for; one that waits already keeps its time."""
    lines: dict[int, set[tuple[int, str, str]]] = {}
    items = DeskItem.objects.filter(object_type="registration", object_id__in=[r.pk for r in registrations])
    for item in items:
        lines.setdefault(item.object_id, set()).add((item.scope_id, item.role, item.verb))
    for row in registrations:
        wanted = waiting(row, work.at)
        if lines.get(row.pk, set()) != {(w.scope_id, w.role, w.verb) for w in wanted}:
            queue.replace("registration", row.pk, wanted)


def save_helpers(rows: list[Row], work: Import) -> None:
    """Named helpers, of a unit or of none."""
    units = by_codes(Organisation, [r["organisation"] for r in rows])
    wanted = [
        (
            row["code"],
            {name: row[name] for name in ("name", "name_en", "yearly_duty", "can_do")}
            | {"organisation": work.look_up(row, "organisation", units)},
        )
        for row in rows
    ]
    existing = {h.code: h for h in Helper.objects.select_related("organisation")}
    for row in rows:
        if (known := existing.get(row["code"])) and known.erased_at:
            work.error(row, "code", _("This helper was erased. Whoever agrees anew gets a new code."))
    if work.errors:
        return
    upsert(
        wanted,
        existing,
        work=work,
        make=lambda code, values: Helper(code=code, registered_at=work.at, **values),
        code="helper",
    )


register(
    Sheet(
        "alliances",
        _("Alliances"),
        (COMMUNITY, UNIT),
        ("community", "organisation"),
        save_alliances,
        {"community": "river-street", "organisation": "water-bureau"},
        90,
    )
)
register(
    Sheet(
        "registrations",
        _("Registrations"),
        (
            UNIT,
            COMMUNITY,
            Column("kind", _("Kind"), "choice", required=True, choices=tuple(Registration.Kind.values)),
            Column("members", _("Members"), "int", required=True, most=10_000),
            Column("handed_in_on", _("Handed in on"), "date", required=True),
            Column("accepted_on", _("Accepted on"), "date"),
        ),
        ("organisation",),
        save_registrations,
        {
            "organisation": "water-bureau",
            "community": "river-street",
            "kind": "branch",
            "members": 24,
            "handed_in_on": "2026-03-01",
            "accepted_on": "2026-03-05",
        },
        110,
    )
)
register(
    Sheet(
        "helpers",
        _("Helpers"),
        (
            CODE,
            Column("organisation", _("Organisation"), "code"),
            *NAMES,
            Column("yearly_duty", _("Yearly duty"), "yes_no"),
            Column("can_do", _("Can do"), most=200),
        ),
        ("code",),
        save_helpers,
        {"code": "helper-001", "organisation": "water-bureau", "name": "样例·张一", "yearly_duty": "yes"},
        120,
    )
)
