"""Workbooks in: every error by row and column, nothing saved half way, importing twice changes nothing."""

import io
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from lianxin.accounts.actors import SYSTEM
from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed
from lianxin.history.models import Entry
from lianxin.needs.operations import hand_in_batch
from lianxin.needs.operations.batches import Wished
from lianxin.organisations.models import Organisation
from lianxin.places.models import Community, Grid, Household, Town
from lianxin.places.operations import with_scope
from lianxin.sheets.operations import Outcome, import_workbook
from lianxin.sheets.registry import SHEETS, in_order
from lianxin.sheets.writing import safe, template, with_errors
from tests import bombs
from tests.cast import Cast

HOUSEHOLDS = ("grid", "label", "compound", "head_count")


def book(name: str, *rows: Sequence[Any]) -> bytes:
    workbook = Workbook()
    page = workbook.active
    assert page is not None
    page.title = name
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def pages(worksheets: dict[str, list[Sequence[Any]]]) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in worksheets.items():
        page = workbook.create_sheet(name)
        for row in rows:
            page.append(list(row))
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def load(data: bytes, *, dry_run: bool = False) -> Outcome:
    return import_workbook(data, actor=SYSTEM, at=now(), dry_run=dry_run)


def test_planted_errors_are_all_told_and_nothing_is_saved(cast: Cast) -> None:
    before = Household.objects.count()
    outcome = load(
        book(
            "households",
            HOUSEHOLDS,
            ("grid-1", "2号楼201", "", 3),
            ("no-such-grid", "2号楼202", "", 3),
            ("grid-1", "2号楼201", "", 2),
            ("grid-1", "2号楼204", "", -1),
            ("grid-1", "2号楼205", "", "three"),
            ("grid-1", "2号楼206", "", "=1+1"),
            ("grid-3", "2号楼207", "garden", 2),
        )
    )
    assert not outcome.saved
    assert [(e.row, e.column) for e in outcome.errors] == [
        (3, "grid"),
        (4, "label"),
        (5, "head_count"),
        (6, "head_count"),
        (7, "head_count"),
        (8, "compound"),
    ]
    assert Household.objects.count() == before
    assert not Entry.objects.filter(object_key__startswith="household:").exists()


def test_a_duplicate_grid_and_an_unknown_community_are_told(cast: Cast) -> None:
    outcome = load(
        book(
            "grids",
            ("code", "community", "name", "name_en"),
            ("grid-8", "north", "8号网格", ""),
            ("grid-8", "north", "8号网格", ""),
            ("grid-9", "nowhere", "9号网格", ""),
        )
    )
    assert [(e.row, e.column) for e in outcome.errors] == [(3, "code"), (4, "community")]
    assert not outcome.saved


def test_one_workbook_with_several_worksheets_is_saved_whole_or_not_at_all(cast: Cast) -> None:
    grids = ("code", "community", "name", "name_en")
    good = {"households": [HOUSEHOLDS, ("grid-8", "1号楼101", "", 3)], "grids": [grids, ("grid-8", "north", "8号", "")]}
    bad = {
        "households": [HOUSEHOLDS, ("grid-9", "1号楼101", "", "=2+1"), ("grid-9", "1号楼102", "", -1)],
        "grids": [
            grids,
            ("grid-9", "north", "9号", ""),
            ("grid-9", "north", "9号", ""),
            ("grid-10", "nowhere", "10", ""),
        ],
        "towns": [("code", "name"), ("west", 7)],
    }
    outcome = load(pages(bad))
    assert not outcome.saved and not Grid.objects.filter(code="grid-9").exists()
    assert {(e.sheet, e.row, e.column) for e in outcome.errors} >= {
        ("towns", 1, "phone"),
        ("grids", 3, "code"),
        ("grids", 4, "community"),
        ("households", 2, "head_count"),
        ("households", 3, "head_count"),
    }
    outcome = load(pages(good))
    assert outcome.saved and outcome.created == 2
    assert Household.objects.filter(grid__code="grid-8").exists()


def test_a_missing_column_is_told(cast: Cast) -> None:
    outcome = load(book("households", ("grid", "label", "compound"), ("grid-1", "2号楼201", "")))
    assert [(e.row, e.column) for e in outcome.errors] == [(1, "head_count")]


@pytest.mark.parametrize("junk", [b"", b"hello", os.urandom(3 * 1024 * 1024), b"PK\x03\x04" + b"0" * 1000])
def test_junk_is_refused_at_once(cast: Cast, junk: bytes) -> None:
    start = time.monotonic()
    outcome = load(junk)
    assert time.monotonic() - start < 1
    assert outcome.errors[0].row == 0 and not outcome.saved


def test_the_errors_come_back_in_a_workbook(cast: Cast) -> None:
    outcome = load(book("households", HOUSEHOLDS, ("grid-1", "2号楼201", "", "many")))
    back = CalamineWorkbook.from_filelike(io.BytesIO(with_errors(outcome.parts, outcome.errors)))
    listing = back.get_sheet_by_index(0).to_python()
    assert listing[1][:2] == [2.0, "head_count"]
    assert "head_count" in back.get_sheet_by_index(1).to_python()[1][-1]


@pytest.mark.parametrize("sign", ["&#1;", "\x0b", "_x0001_", "_x0000_", "_x001F_"])
def test_signs_that_are_no_text_are_told_by_row_and_column(cast: Cast, sign: str) -> None:
    def line(number: int, *texts: str) -> str:
        cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
        return f'<row r="{number}">{cells}</row>'

    rows = (
        line(1, *HOUSEHOLDS) + line(2, "grid-1", f"2号{sign}楼", "", "3") + line(3, "grid-1", "_x000D_\n3号楼", "", "2")
    )
    outcome = load(bombs.sheet(rows.encode()))
    assert [(e.row, e.column) for e in outcome.errors] == [(2, "label")]
    assert not outcome.saved
    back = CalamineWorkbook.from_filelike(io.BytesIO(with_errors(outcome.parts, outcome.errors)))
    assert "label" in back.get_sheet_by_index(1).to_python()[1][-1]


def test_a_time_before_all_times_is_told(cast: Cast) -> None:
    for code in ("roster", "needs"):
        columns = [column.code for column in SHEETS[code].columns]
        times = {column.code for column in SHEETS[code].columns if column.kind == "datetime"}
        for said in ("0001-01-01", "2026-01-01T00:00:00+08:00"):
            outcome = load(book(code, columns, [said if name in times else "" for name in columns]))
            assert times <= {e.column for e in outcome.errors if "2026-01-31 14:00" in str(e.words)}


def test_a_dry_run_saves_nothing_and_says_what_it_would_do(cast: Cast) -> None:
    data = book("households", HOUSEHOLDS, ("grid-1", "2号楼201", "", 3), ("grid-1", "1号楼101", "", 4))
    before = list(Household.objects.order_by("pk").values_list("label", "head_count"))
    outcome = load(data, dry_run=True)
    assert (outcome.created, outcome.changed, outcome.unchanged, outcome.saved) == (1, 1, 0, False)
    assert list(Household.objects.order_by("pk").values_list("label", "head_count")) == before


def test_importing_twice_changes_nothing_and_says_so(cast: Cast) -> None:
    data = book("households", HOUSEHOLDS, ("grid-1", "2号楼201", "garden", 3), ("grid-1", "1号楼101", "", 4))
    first = load(data)
    assert (first.created, first.changed) == (1, 1)
    entries = Entry.objects.count()
    again = load(data)
    assert again.nothing_new and again.unchanged == 2
    assert Entry.objects.count() == entries


def test_no_place_is_moved_by_workbook(cast: Cast) -> None:
    west = Town(code="west", name="西镇", city=cast.city)
    with_scope(west, cast.city.scope, "town").save()
    grids, compounds = ("code", "community", "name", "name_en"), [c.code for c in SHEETS["compounds"].columns]
    communities = [c.code for c in SHEETS["communities"].columns]
    for sheet, columns, row, column in (
        ("grids", grids, ("grid-1", "south", "1号网格", "Grid 1"), "community"),
        ("compounds", compounds, ("garden", "south", "花园小区"), "community"),
        ("communities", communities, ("north", "west", "北社区"), "town"),
    ):
        outcome = load(book(sheet, columns, row))
        assert [(e.row, e.column) for e in outcome.errors] == [(2, column)]
        assert "can't be moved" in str(outcome.errors[0].words) and not outcome.saved
    assert Grid.objects.get(code="grid-1").community == cast.north
    assert Community.objects.get(code="north").town == cast.town
    renamed = load(book("grids", grids, ("grid-1", "north", "甲网格", "Grid A"), ("grid-8", "south", "8号网格", "")))
    assert (renamed.errors, renamed.created, renamed.changed) == ([], 1, 1)


def test_an_organisation_keeps_its_kind_and_an_office_its_community(cast: Cast) -> None:
    columns = ("code", "kind", "level", "community", "name", "name_en", "phone", "active")
    outcome = load(
        book(
            "organisations",
            columns,
            ("company", "unit", "", "", "样例company", "Company", "", "yes"),
            ("office", "community_office", "", "south", "样例office", "Office", "", "yes"),
            ("factory", "unit", "", "south", "样例factory", "Factory", "", "yes"),
        )
    )
    assert [(e.row, e.column) for e in outcome.errors] == [(2, "kind"), (3, "community")]
    assert not outcome.saved and Organisation.objects.get(code="factory").community is None


def test_a_units_home_community_changes_and_its_scope_stays_below_the_city(cast: Cast) -> None:
    columns = ("code", "kind", "level", "community", "name", "name_en", "phone", "active")
    data = book("organisations", columns, ("factory", "unit", "", "south", "样例factory", "Factory", "", "yes"))
    assert load(data).changed == 1 and load(data).nothing_new
    unit = Organisation.objects.select_related("scope").get(code="factory")
    assert (unit.community, unit.scope.parent_id) == (cast.south, cast.city.pk)


def test_only_administrators_and_the_city_import(cast: Cast) -> None:
    data = book("households", HOUSEHOLDS)
    for name in ("clerk", "liaison", "town_officer", "grid_worker"):
        with pytest.raises(NotAllowed):
            import_workbook(data, actor=cast.actor(name), at=now())
    assert import_workbook(data, actor=cast.actor("admin"), at=now()).saved


def test_every_template_can_be_read_back_by_its_sheet() -> None:
    for sheet in in_order():
        pages = CalamineWorkbook.from_filelike(io.BytesIO(template(sheet)))
        assert pages.get_sheet_by_index(0).to_python()[0] == [c.code for c in sheet.columns]
        assert SHEETS[sheet.code] is sheet


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@x", "\t="])
def test_exports_cannot_hold_formulas(text: str) -> None:
    assert safe(text) == f"'{text}"


def test_exports_hold_text_only() -> None:
    assert safe("a\x01b\x0bc\n\td\r=") == "abc\n\td="


def test_a_corrected_city_is_imported_again_without_its_old_errors(db: None, tmp_path: Path) -> None:
    for number, name in enumerate(("city", "towns", "communities")):
        (tmp_path / f"{number}-{name}.xlsx").write_bytes(template(SHEETS[name]))
    broken = book("communities", [c.code for c in SHEETS["communities"].columns], ("north", "nowhere", "北社区"))
    (tmp_path / "2-communities.xlsx").write_bytes(broken)
    with pytest.raises(CommandError):
        call_command("import_city", tmp_path, stderr=io.StringIO(), stdout=io.StringIO())
    assert (tmp_path / "2-communities.errors.xlsx").exists()
    (tmp_path / "2-communities.xlsx").write_bytes(template(SHEETS["communities"]))
    call_command("import_city", tmp_path, stdout=io.StringIO())
    assert Community.objects.count() == 1


def test_a_new_batch_takes_the_number_after_the_highest_that_came_in(cast: Cast) -> None:
    row = ["B-26-007", "factory", "north", "2026-02-20 10:25"]
    assert not load(book("batches", ["number", "organisation", "community", "handed_in_at"], row)).errors
    handed = hand_in_batch(
        [Wished("想要一盏台灯", cast.books)],
        actor=cast.actor("factory_liaison"),
        at=cast.clock(),
        organisation=cast.factory,
        community=cast.north,
        key="batch",
    )
    assert handed.batch.number == "B-26-008"
