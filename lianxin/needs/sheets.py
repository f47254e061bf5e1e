"""The workbooks of the pipeline: categories, batches, past needs."""

import re

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.core import numbers
from lianxin.history.bulk import by_codes, upsert
from lianxin.needs.kinds import KINDS
from lianxin.needs.models import Category, WishBatch
from lianxin.needs.past import save_past_needs
from lianxin.needs.states import Channel, DeclineReason, Satisfaction, SubjectKind, Urgency, Via
from lianxin.organisations.models import Organisation
from lianxin.places.models import Community
from lianxin.places.sheets import CODE, NAMES
from lianxin.sheets.registry import Column, Import, Row, Sheet, register

# Numbers as we give them: new ones go on after the highest that came in.
OUR_BATCH = re.compile(r"B-(?P<year>\d\d)-(?P<n>\d{1,9})")
ENDS = ("declined", "withdrawn", "merged", "closed_unanswered")


def save_categories(rows: list[Row], work: Import) -> None:
    """What needs are about."""
    wanted = []
    for row in rows:
        if row["kind"] and row["kind"] not in KINDS:
            work.error(row, "kind", _("There is no such kind."))
        values = {name: row[name] for name in ("kind", "name", "name_en", "around_the_clock", "urgency")}
        wanted.append((row["code"], values))
    if work.errors:
        return
    existing = {c.code: c for c in Category.objects.all()}
    upsert(wanted, existing, work=work, make=lambda code, values: Category(code=code, **values), code="category")


def save_batches(rows: list[Row], work: Import) -> None:
    """Batches of wishes that were handed in."""
    units = by_codes(Organisation, [r["organisation"] for r in rows])
    communities = by_codes(Community, [r["community"] for r in rows])
    wanted = [
        (
            row["number"],
            {
                "organisation": work.look_up(row, "organisation", units),
                "community": work.look_up(row, "community", communities),
                "handed_in_at": row["handed_in_at"],
            },
        )
        for row in rows
    ]
    if work.errors:
        return
    existing = {b.number: b for b in WishBatch.objects.select_related("organisation", "community")}
    upsert(
        wanted,
        existing,
        work=work,
        make=lambda number, values: WishBatch(number=number, **values),
        code="batch",
    )
    for number in (row["number"] for row in rows):
        if found := OUR_BATCH.fullmatch(number):
            numbers.at_least(f"batches-{found['year']}", int(found["n"]))


def _time(code: str, label: object) -> Column:
    return Column(code, label, "datetime")  # type: ignore[arg-type]


register(
    Sheet(
        "categories",
        _("Categories"),
        (
            CODE,
            Column("kind", _("Kind"), required=True, most=20),
            *NAMES,
            Column("around_the_clock", _("Answered around the clock"), "yes_no"),
            Column("urgency", _("Usual urgency"), "choice", required=True, choices=tuple(Urgency.values)),
        ),
        ("code",),
        save_categories,
        {
            "code": "water",
            "kind": "repair",
            "name": "供水",
            "name_en": "Water",
            "around_the_clock": "yes",
            "urgency": "urgent",
        },
        70,
    )
)
register(
    Sheet(
        "batches",
        _("Batches of wishes"),
        (
            Column("number", _("Number"), required=True, most=40),
            Column("organisation", _("Organisation"), "code", required=True),
            Column("community", _("Community"), "code", required=True),
            Column("handed_in_at", _("Handed in"), "datetime", required=True),
        ),
        ("number",),
        save_batches,
        {
            "number": "B-26-001",
            "organisation": "sample-company",
            "community": "river-street",
            "handed_in_at": "2026-03-01 10:00",
        },
        140,
    )
)
register(
    Sheet(
        "needs",
        _("Past needs"),
        (
            Column("number", _("Number"), required=True, most=20, hint="TR-26-00001"),
            Column("kind", _("Kind"), required=True, most=20),
            Column("category", _("Category"), "code", required=True),
            Column("channel", _("Came in by"), "choice", required=True, choices=tuple(Channel.values)),
            Column("outside_number", _("Outside number"), most=40),
            Column("community", _("Community"), "code", required=True),
            Column("grid", _("Grid"), "code"),
            Column("compound", _("Compound"), "code"),
            Column("subject_kind", _("Complaint about"), "choice", choices=tuple(SubjectKind.values)),
            Column("subject", _("Which one"), "code"),
            Column("batch", _("Batch"), most=40),
            Column("text", _("In the asker's words"), most=2000),
            Column("public_text", _("Public text"), most=120),
            Column("publish_ok", _("May be published"), "yes_no"),
            Column("urgency", _("Urgency"), "choice", required=True, choices=tuple(Urgency.values)),
            Column("filed_at", pgettext_lazy("a time", "Filed"), "datetime", required=True),
            _time("responded_at", _("First answer")),
            _time("verified_at", pgettext_lazy("a time", "Verified")),
            _time("published_at", _("Published")),
            Column("giver", _("Giver"), "code"),
            _time("claimed_at", pgettext_lazy("a time", "Taken on")),
            _time("started_at", _("Begun")),
            _time("delivered_at", _("Delivered")),
            Column("delivery_note", _("What was done"), most=500),
            _time("answered_at", _("Answered")),
            Column("solved", _("Solved"), "choice", choices=("yes", "no")),
            Column("satisfaction", _("Satisfaction"), "choice", choices=tuple(Satisfaction.values)),
            Column("answered_via", _("Answered by"), "choice", choices=tuple(Via.values)),
            Column("end", _("Ended as"), "choice", choices=ENDS),
            _time("ended_at", pgettext_lazy("a time", "Ended")),
            Column("end_reason", _("Why"), most=300),
            Column("decline_reason", _("Reason for declining"), "choice", choices=tuple(DeclineReason.values)),
            Column("right_owner", _("The right owner"), most=120),
            Column("merged_into", _("Merged into"), most=20),
            Column("reopened_count", _("Reopened"), "int", most=100),
        ),
        ("number",),
        save_past_needs,
        {
            "number": "TR-26-00001",
            "kind": "repair",
            "category": "water",
            "channel": "phone",
            "community": "river-street",
            "text": "厨房没水了",
            "urgency": "urgent",
            "filed_at": "2026-03-01 10:00",
        },
        150,
    )
)
