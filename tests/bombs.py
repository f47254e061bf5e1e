"""Files that nobody sends by mistake: small, and enormous once opened; or not what they say they are."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

from openpyxl import Workbook
from PIL import Image

MB = 1024 * 1024


# --- Pictures -----------------------------------------------------------------------------------------------
def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *, rows: int | None = None) -> bytes:
    """A black PNG of one bit a pixel; with `rows`, the header promises more than there is."""
    packer = zlib.compressobj(1)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def gif(frames: int) -> bytes:
    """A GIF of many frames, each a screen of 60,000 by 60,000."""
    head = b"GIF89a" + struct.pack("<HHBBB", 60_000, 60_000, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def picture(kind: str, size: tuple[int, int], **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#7aa").save(out, kind, **options)
    return out.getvalue()


def text_chunks() -> bytes:
    """A PNG whose comments unpack to half a gigabyte."""
    whole = png(8, 8)
    comment = _chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(60 * MB), 9))
    return whole[:33] + comment * 8 + whole[33:]


def photos() -> dict[str, bytes]:
    """By name: every picture that must be refused."""
    jpeg = picture("JPEG", (640, 480))
    return {
        "one colour, 50,000 by 50,000, as promised": png(50_000, 50_000, rows=2_000),
        "one colour, 20,000 by 20,000, for real": png(20_000, 20_000),
        "just above what may stand in memory": png(6_000, 4_100),
        "ten thousand frames of 60,000 by 60,000": gif(10_000),
        "half a gigabyte of comments": text_chunks(),
        "a progressive JPEG of 30 megapixels": picture("JPEG", (6_000, 5_000), progressive=True),
        "a WebP of 16,000 by 16,000": picture("WEBP", (16_000, 16_000), lossless=True, method=0),
        "cut off in the middle": jpeg[: len(jpeg) // 2],
        "a header that promises a million rows": png(40, 1_000_000, rows=3),
        "a header and nothing else": b"\x89PNG\r\n\x1a\n",
        "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "a page that calls itself a photo": b"<!doctype html><script>alert(1)</script>",
        "a PDF": b"%PDF-1.7\n%EOF",
        "a BMP, which is not taken": picture("BMP", (20, 20)),
        "a TIFF, which is not taken": picture("TIFF", (20, 20)),
        "zeros": bytes(4_096),
        "text in another encoding": "你好".encode("gb18030"),
    }


# --- Workbooks ----------------------------------------------------------------------------------------------
def workbook(*rows: Iterable[object], title: str = "households") -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = title
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rebuilt(parts: dict[str, bytes], *, like: bytes | None = None) -> bytes:
    """A sound workbook with some of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(like or workbook(("grid", "label")))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name), zipfile.ZIP_DEFLATED)
        for name, body in parts.items():
            new.writestr(name, body, zipfile.ZIP_DEFLATED, compresslevel=1)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


def sheet(body: bytes) -> bytes:
    return rebuilt({SHEET: HEAD + body + TAIL})


def elsewhere(path: str, body: bytes) -> bytes:
    """A workbook whose only worksheet lies at `path`, which its relationships name."""
    book = workbook(("grid", "label"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in (SHEET, path):
                new.writestr(name, old.read(name).replace(SHEET.encode(), path.encode()))
        new.writestr(path, HEAD + body + TAIL)
    return out.getvalue()


def other_kind() -> bytes:
    """A damaged .xlsx that is also a sound .ods, with a row that says it repeats a million times."""
    out = io.BytesIO()
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        manifest = f'<manifest:manifest xmlns:manifest="{space}manifest:1.0"></manifest:manifest>'
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("xl/workbook.xml", "<")
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{space}office:1.0" xmlns:table="{space}table:1.0" '
            f'xmlns:text="{space}text:1.0"><office:body><office:spreadsheet><table:table table:name="households">'
            '<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="string" '
            'table:number-columns-repeated="20"><text:p>x</text:p></table:table-cell></table:table-row>'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def two_in_one(first: bytes, second: bytes) -> bytes:
    """Two workbooks in one file: Python opens the second, other readers the first."""
    return first + second[:-22] + second[-22:-18] + b"\1\0" + second[-16:]


def gigabyte_of_zeros() -> bytes:
    """A worksheet of a gigabyte, in a megabyte."""
    out = io.BytesIO(sheet(b""))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w") as member,
    ):
        for _piece in range(64):
            member.write(bytes(16 * MB))
    return out.getvalue()


def lying(data: bytes) -> bytes:
    """The same, but its table of contents says that everything unpacks to a hundred bytes."""
    out, at = bytearray(data), 0
    while (at := out.find(b"PK\x01\x02", at)) >= 0:
        out[at + 24 : at + 28] = struct.pack("<I", 100)
        at += 4
    return bytes(out)


def many_members() -> bytes:
    out = io.BytesIO(workbook(("grid",)))
    with zipfile.ZipFile(out, "a") as archive:
        for i in range(20_000):
            archive.writestr(f"x/{i}", b"")
    return out.getvalue()


def workbooks() -> dict[str, bytes]:
    """By name: every workbook that must be refused."""
    gigabyte = gigabyte_of_zeros()
    cell = b'<row r="%d"><c r="%s%d" t="inlineStr"><is><t>x</t></is></c></row>'
    corner = cell % (1, b"A", 1) + cell % (1_048_576, b"XFD", 1_048_576)
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + b"<si><t>x</t></si>" * 6_000_000
    )
    entities = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d SYSTEM "file:///etc/hostname">]>'
    )
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("readme.txt", "hello")
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as archive:
        archive.writestr("inner.xlsx", gigabyte)
    return {
        "a gigabyte of zeros": gigabyte,
        "a gigabyte of zeros that says it is a hundred bytes": lying(gigabyte),
        "a workbook in a zip": nested.getvalue(),
        "a plain zip": plain.getvalue(),
        "a cell in the last corner": sheet(corner),
        **{
            f"a cell in the last corner of {path}": elsewhere(path, corner)
            for path in (
                "xl/worksheets/deep/s.xml",
                "xl/worksheets/s.bin",
                "xl/worksheets/s.dat",
                "xl/s.xml",
                "xl/styles.xml",
                "xl/sharedStrings.xml",
                "docProps/app.xml",
            )
        },
        "a large square elsewhere": elsewhere("xl/s.dat", cell % (1, b"A", 1) + cell % (20_000, b"ZZ", 20_000)),
        "a damaged workbook that is one of another kind too": other_kind(),
        "a cell in the last corner, in a workbook before another": two_in_one(
            sheet(corner), workbook(("a", "b"), title="something")
        ),
        "a row far below": sheet(b'<row r="1048576"><c><v>1</v></c></row>'),
        "a cell far to the right": sheet(cell % (1, b"XFD", 1)),
        "cells that do not say where they are": sheet(b"<row>" + b"<c/>" * 5_000_000 + b"</row>"),
        "a wide row over many": sheet(b"<row>" + b"<c/>" * 199 + b"</row>" + b"<row><c><v>1</v></c></row>" * 90_000),
        "a corner in a tag of a megabyte": sheet(b"<row><c " + b" " * MB + b'r="XFD1048576"><v>1</v></c></row>'),
        "a million and a half cells": sheet((b"<row>" + b"<c><v>1</v></c>" * 15 + b"</row>") * 99_000),
        "two hundred thousand rows": sheet(
            b"".join(b'<row r="%d"><c><v>1</v></c></row>' % i for i in range(1, 200_000))
        ),
        "a hundred megabytes of shared strings": rebuilt({"xl/sharedStrings.xml": strings}),
        "words that grow and ask for a file": rebuilt(
            {SHEET: entities + HEAD + b"<row><c><v>&c;&d;</v></c></row>" + TAIL}
        ),
        "twenty thousand files": many_members(),
        "no worksheet of ours": workbook(("a", "b"), title="something"),
        "a sheet that is no XML": rebuilt({SHEET: b"\xff\xfe<\x00w\x00" * 50}),
        "a sheet cut off": rebuilt({SHEET: HEAD + b'<row r="1"><c r="A1"'}),
        "formulas": workbook(("grid", "label", "compound", "head_count"), ("grid-1", "=1+1", "", "=SUM(A1:A9)")),
        "a link to another workbook": workbook(
            ("grid", "label", "compound", "head_count"), ("grid-1", "='[http://x.example/b.xlsx]S'!A1", "", 2)
        ),
        "old Excel, or one with a password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_096),
        "a workbook cut off": workbook(("grid", "label"))[:-200],
        "text with commas": "网格,户\n1,2\n".encode("gb18030"),
        "a picture": picture("JPEG", (20, 20)),
    }
