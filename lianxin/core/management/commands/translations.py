"""`lianxin translations`: the Chinese catalogue, kept complete without any system package (Babel does the work)."""

import io
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

KEYWORDS: dict[str, Any] = {
    "_": None,
    "__": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
LOCALE = "zh_Hans"
# A call as templatize writes it; the rest of its output is filler that is no Python.
_CALL = re.compile(r"""\b(?:n?p?gettext|_)\((?:u?'(?:\\.|[^'\\])*'|u?"(?:\\.|[^"\\])*"|[^()'"])*\)""")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")

# Ours, not Babel's: the same in every run, without clock and names.
HEADER = """# Lianxin in Simplified Chinese.
msgid ""
msgstr ""
"Project-Id-Version: lianxin\\n"
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def catalogue_path() -> Path:
    """Where the Chinese catalogue lies."""
    return Path(settings.LOCALE_PATHS[0]) / LOCALE / "LC_MESSAGES" / "django.po"


def texts() -> Iterator[tuple[str, int, Any, str | None]]:
    """Every translatable text of the package: file, line, message, context."""
    package = Path(settings.PACKAGE)
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.html"), *package.rglob("*.txt")]):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            source = "\n".join(_CALL.findall(templatize(source, origin=str(path))))
        for line, message, _comments, context in extract(
            "python", io.BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            if message and message != "":
                yield str(path.relative_to(package.parent)), line, message, context


def wanted() -> Catalog:
    """A catalogue of everything that has to be translated."""
    catalogue = Catalog(locale=LOCALE, project="lianxin", charset="utf-8", fuzzy=False)
    for path, _line, message, context in texts():
        catalogue.add(message, locations=[(path, 1)], context=context)
    return catalogue


def present() -> Catalog:
    """The catalogue as it is committed."""
    path = catalogue_path()
    if not path.exists():
        return Catalog(locale=LOCALE, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, charset="utf-8")


def problems() -> list[str]:
    """What is missing, fuzzy, left over, or has other placeholders than its source."""
    have, found = present(), []
    want = wanted()
    keys = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in want if m.id}
    for message in want:
        if not message.id:
            continue
        there = have.get(message.id, message.context)
        ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        said = there.string if there else None
        strings = (said,) if isinstance(said, str) else tuple(said or ())
        if not strings or not all(strings):
            found.append(f"not translated: {ids[0]!r}")
        elif there is not None and there.fuzzy:
            found.append(f"fuzzy: {ids[0]!r}")
        elif any(_placeholders(string) != _placeholders(ids[-1]) for string in strings):
            found.append(f"other placeholders: {ids[0]!r}")
    for message in have:
        if message.id and (message.id if isinstance(message.id, str) else message.id[0], message.context) not in keys:
            found.append(f"no longer used: {message.id!r}")
    return found


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def compile_catalogue(*, only_when_old: bool = False) -> None:
    """Write the compiled catalogue that Django reads; `only_when_old`: unless it is as new as its source."""
    source = catalogue_path()
    target = source.with_suffix(".mo")
    if not source.exists():
        return
    if only_when_old and target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    # Whole or not at all: another process may be reading it.
    with NamedTemporaryFile(dir=target.parent, suffix=".mo", delete=False) as file:
        write_mo(file, present())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(target)


class Command(BaseCommand):
    help = "Compiles the Chinese catalogue; --check says what is missing, --update adds new texts to it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when a text has no Chinese")
        parser.add_argument("--update", action="store_true", help="add new texts, drop unused ones")
        parser.add_argument("--compile-only", action="store_true", help="only write the compiled catalogue")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["update"]:
            self._update()
        compile_catalogue()
        if options["check"] and (found := problems()):
            raise CommandError("\n".join(found[:60]) + f"\n{len(found)} texts")

    def _update(self) -> None:
        have, want = present(), wanted()
        for message in want:
            there = have.get(message.id, message.context) if message.id else None
            if there and isinstance(there.string, str) == isinstance(message.id, str):
                message.string = there.string
        path = catalogue_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(HEADER.encode())
            write_po(file, want, width=110, sort_output=True, omit_header=True, include_lineno=False)
