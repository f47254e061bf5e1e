"""Before a workbook is read: does it unpack to something that fits? What it says of itself is not believed.

The reader of workbooks makes room for every cell from A1 to the last one, so one cell in the last corner would cost
gigabytes: the corners are looked up first, piece by piece. It takes for a worksheet whatever the workbook's relations
name, so every member is looked at that holds a worksheet's element; and of a file that holds two workbooks it may take
the other one, so it gets what was looked at, packed anew.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

MAX_UNPACKED = 48 * 1024 * 1024
MAX_MEMBERS = 500
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELLS = 600_000
PIECE = 256 * 1024
# Longer than any reference to a cell with its quotes: what a piece may cut in two.
OVERLAP = 64
OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MEMBER = b"PK\x01\x02"
# No cell is read outside of this element.
_CELLS = b"sheetData"
# The reader would take the file for one of these formats when its .xlsx is damaged.
_OTHER_KINDS = {"xl/workbook.bin", "content.xml"}
_ROW = re.compile(rb"<(?:[\w.-]+:)?row(?=[\s/>])")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c(?=[\s/>])")
_PLAIN = (b"<c ", b"<c>", b"<c/", b"<c\n", b"<c\r", b"<c\t")
# What rows and cells say of where they are: the letters of a column, the number of a row.
_PLACES = re.compile(rb"""[\s"']r\s*=\s*["']\s*([A-Za-z]{0,4})(\d{1,9})""")


class Unreadable(Exception):
    """The file is no workbook that can be read; the words say why."""


def fitting(data: bytes) -> io.BytesIO:
    """The workbook, unpacked, for the reader. Raises Unreadable for what is none, too large, or unpacks too far."""
    if len(data) > settings.WORKBOOK_MAX_BYTES:
        raise Unreadable(
            _("A workbook may have %(n)s MB at the most.") % {"n": settings.WORKBOOK_MAX_BYTES // 1024 // 1024}
        )
    if data.startswith(OLD_OR_LOCKED):
        raise Unreadable(
            _("This is an old Excel file or one with a password. Please save it as .xlsx, without a password.")
        )
    if data.count(_MEMBER) > MAX_MEMBERS:
        raise Unreadable(_("This workbook unpacks to too much."))
    unpacked = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(unpacked, "w") as anew:
            members = archive.infolist()
            names = {m.filename.replace("\\", "/").lower() for m in members}
            if "xl/workbook.xml" not in names or names & _OTHER_KINDS or len(names) < len(members):
                raise zipfile.BadZipFile
            left = MAX_UNPACKED
            for member in members:
                with anew.open(member.filename, "w") as out:
                    left = _walk(data, member, left, out)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(_("This file is not an Excel workbook (.xlsx).")) from error
    unpacked.seek(0)
    return unpacked


def _walk(data: bytes, member: zipfile.ZipInfo, left: int, out: IO[bytes]) -> int:
    """Unpack one member; how much may still come. Raises Unreadable beyond that."""
    corner, rest, is_sheet = _Corner(), b"", False
    for piece in _pieces(data, member):
        left -= len(piece)
        if left < 0:
            raise Unreadable(_("This workbook unpacks to too much."))
        out.write(piece)
        rest += piece
        if not is_sheet:
            start = rest.find(_CELLS)
            is_sheet = start >= 0
            rest = rest[start if is_sheet else -OVERLAP :]
        # A tag that is not whole yet waits for the next piece; one of that length is nobody's.
        cut = rest.rfind(b"<") if rest.rfind(b"<") > len(rest) - PIECE else len(rest) - OVERLAP
        if is_sheet and cut > 0:
            corner.look(rest[:cut])
            rest = rest[cut:]
    if is_sheet:
        corner.look(rest)
    return left


class _Corner:
    """The last row and column that a worksheet names, or counts up to where it names none."""

    def __init__(self) -> None:
        self.rows = self.columns = self.row_tags = self.in_row = self.tags = 0

    def look(self, xml: bytes) -> None:
        """Read on. Raises Unreadable as soon as the worksheet is too long, too wide or too much."""
        # Row by row and not cell by cell: half a million turns of a loop would take a second. Where no prefix stands
        # before the names, counting costs a tenth of what the expressions do.
        parts = _ROW.split(xml) if b":row" in xml else xml.split(b"<row")
        named = b":c" in xml
        before, *rows = (len(_CELL.findall(part)) if named else sum(map(part.count, _PLAIN)) for part in parts)
        letters, digits = set(), 0
        for column, row in _PLACES.findall(xml):
            letters.add(column)
            digits = max(digits, int(row))
        self.tags += before + sum(rows)
        self.row_tags += len(rows)
        self.columns = max(self.columns, self.in_row + before, *rows, *map(_column, letters))
        self.in_row = rows[-1] if rows else self.in_row + before
        self.rows = max(self.rows, digits)
        last = max(self.rows, self.row_tags)
        if last > MAX_ROWS + 1:
            raise Unreadable(_("A workbook may have %(n)s rows at the most.") % {"n": MAX_ROWS})
        if self.columns > MAX_COLUMNS:
            raise Unreadable(_("This worksheet is too wide. Delete the empty columns on the right, please."))
        if self.tags > MAX_CELLS or last * self.columns > MAX_CELLS:
            raise Unreadable(_("This workbook unpacks to too much."))


def _column(letters: bytes) -> int:
    return column_number(letters.decode().upper())


def _pieces(data: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What the member really unpacks to, however long it says it is. Raises BadZipFile for what Excel never writes."""
    at = member.header_offset
    if data[at : at + 4] != b"PK\x03\x04" or member.flag_bits & 1:
        raise zipfile.BadZipFile
    names = int.from_bytes(data[at + 26 : at + 28], "little") + int.from_bytes(data[at + 28 : at + 30], "little")
    packed = memoryview(data)[at + 30 + names : at + 30 + names + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        for i in range(0, len(packed), PIECE):
            yield bytes(packed[i : i + PIECE])
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile
    unpack = zlib.decompressobj(-15)
    for i in range(0, len(packed), PIECE):
        rest: bytes = bytes(packed[i : i + PIECE])
        while rest and not unpack.eof:
            yield unpack.decompress(rest, PIECE)
            rest = unpack.unconsumed_tail


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
