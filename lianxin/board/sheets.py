"""The workbook of the public column."""

from django.utils.translation import gettext_lazy as _

from lianxin.board.models import Post
from lianxin.history.bulk import by_codes, upsert
from lianxin.places.models import Community, Compound
from lianxin.places.sheets import CODE
from lianxin.sheets.registry import Column, Import, Row, Sheet, register


def save_posts(rows: list[Row], work: Import) -> None:
    """Notices of communities and of the city."""
    communities = by_codes(Community, [r["community"] for r in rows])
    compounds = by_codes(Compound, [r["compound"] for r in rows])
    wanted = [
        (
            row["code"],
            {name: row[name] for name in ("category", "title", "title_en", "body", "published_on")}
            | {
                "community": work.look_up(row, "community", communities),
                "compound": work.look_up(row, "compound", compounds),
            },
        )
        for row in rows
    ]
    if work.errors:
        return
    existing = {p.code: p for p in Post.objects.select_related("community", "compound")}
    upsert(wanted, existing, work=work, make=lambda code, values: Post(code=code, **values), code="post")


register(
    Sheet(
        "notices",
        _("Public column"),
        (
            CODE,
            Column("community", _("Community"), "code"),
            Column("compound", _("Compound"), "code"),
            Column("category", _("Category"), "choice", required=True, choices=tuple(Post.Category.values)),
            Column("title", _("Title"), required=True, most=120),
            Column("title_en", _("Title in English"), most=200),
            Column("body", _("Text"), required=True, most=8000),
            Column("published_on", _("Published on"), "date", required=True),
        ),
        ("code",),
        save_posts,
        {
            "code": "2026-water-fees",
            "community": "river-street",
            "category": "fees",
            "title": "水费标准",
            "body": "…",
            "published_on": "2026-03-01",
        },
        160,
    )
)
