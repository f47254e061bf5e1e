"""What a worksheet says of how large it is, counted piece by piece as one would cell by cell."""

import random
import re

import pytest

from lianxin.sheets import unpacking
from lianxin.sheets.unpacking import Unreadable, _Corner, column_number, fitting
from tests import bombs

ONE_BY_ONE = re.compile(rb"""<(?:[\w.-]+:)?(row|c)(?=[\s/>])|[\s"']r\s*=\s*["']\s*([A-Za-z]{0,4})(\d{1,9})""")


def slowly(xml: bytes) -> tuple[int, int, int, int]:
    """Rows named, rows, widest row or column named, and cells: one tag after the other."""
    rows = row_tags = columns = in_row = cells = 0
    for found in ONE_BY_ONE.finditer(xml):
        tag, letters, digits = found.groups()
        if tag == b"row":
            row_tags, in_row = row_tags + 1, 0
        elif tag:
            in_row, cells = in_row + 1, cells + 1
            columns = max(columns, in_row)
        else:
            rows, columns = max(rows, int(digits)), max(columns, column_number(letters.decode().upper()))
    return rows, row_tags, columns, cells


def written(random_: random.Random, prefix: bytes) -> list[bytes]:
    """Pieces of a worksheet as different programs write it."""
    pieces = []
    for row in range(1, random_.randint(2, 30)):
        said = random_.choice([b"", b' r="%d"' % row, b"\n r = '%d'" % (row * 7), b' spans="1:5" r="%d"' % row])
        cells = b""
        for _cell in range(random_.randint(0, 9)):
            place = random_.choice([b"", b' r="%s%d"' % (random_.choice([b"A", b"k", b"GR"]), row), b' s="1"'])
            cells += b"<" + prefix + b"c" + place + random_.choice([b"/>", b"><v>1:c</v></" + prefix + b"c>"])
        pieces.append(b"<" + prefix + b"row" + said + b">" + cells + b"</" + prefix + b"row>")
    return pieces


@pytest.mark.parametrize("prefix", [b"", b"x:"])
@pytest.mark.parametrize("seed", range(40))
def test_it_counts_as_one_would_tag_by_tag(prefix: bytes, seed: int) -> None:
    pieces = written(random.Random(seed), prefix)
    corner = _Corner()
    for piece in pieces:
        # Cut where a tag begins, as the walk cuts.
        cut = piece.rfind(b"<", 0, len(piece) // 2)
        corner.look(piece[: max(cut, 0)])
        corner.look(piece[max(cut, 0) :])
    assert (corner.rows, corner.row_tags, corner.columns, corner.tags) == slowly(b"".join(pieces))


def test_what_stands_after_the_cells_is_no_cell() -> None:
    rules = b"<conditionalFormatting><cfRule/><color/></conditionalFormatting>" * (unpacking.MAX_COLUMNS + 1)
    book = bombs.HEAD + b'<row r="1"><c r="A1"><v>1</v></c></row></sheetData>' + rules + b"</worksheet>"
    assert fitting(bombs.rebuilt({bombs.SHEET: book})).getbuffer().nbytes > 0


def test_a_prefix_hides_nothing() -> None:
    head = b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
    body = (b"<x:row>" + b"<x:c><x:v>1</x:v></x:c>" * 15 + b"</x:row>") * 50_000
    with pytest.raises(Unreadable):
        fitting(bombs.rebuilt({bombs.SHEET: head + body + b"</x:sheetData></x:worksheet>"}))
