"""The documents say what the code does: variables, operations, READMEs, links, no address of ours."""

import importlib
import pkgutil
import re
import subprocess
from pathlib import Path

import pytest

import lianxin
from lianxin.core.operation import OPERATIONS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lianxin"
AREAS = sorted(p.parent.name for p in PACKAGE.glob("*/apps.py"))
MAX_LINES = 40

_VARIABLE = re.compile(r"\bLIANXIN_[A-Z][A-Z_]*[A-Z]\b")
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?\)")
_HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# Paths of a developer's machine and addresses of a package index; the bars are apart so that this file is clean.
TRACES = ("/" + "work/", "/tmp" + "/w/", "/" + "simple/", "--" + "index-url")


def committed() -> list[Path]:
    """Every file that git knows and that is there."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        pytest.fail("this test reads `git ls-files`: run it in a clone")
    return [ROOT / name for name in found.stdout.split("\0") if name and (ROOT / name).is_file()]


def documents() -> list[Path]:
    return [p for p in committed() if p.suffix == ".md" and "static/vendor" not in p.as_posix()]


def operations_of(area: str) -> list[str]:
    """The names of an area's operations, whichever of its modules holds them."""
    return sorted({name.rsplit(".", 1)[1] for name in OPERATIONS if name.split(".")[0] == area})


@pytest.fixture(scope="module", autouse=True)
def _every_operation_is_known() -> None:
    for module in pkgutil.walk_packages(lianxin.__path__, "lianxin."):
        if ".operations" in module.name:
            importlib.import_module(module.name)


def test_every_variable_of_the_code_is_documented() -> None:
    said = set(_VARIABLE.findall((ROOT / "docs/operating.md").read_text(encoding="utf-8")))
    sources = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "tests/run.sh", ROOT / ".ci/run"]
    used = {name for path in sources for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))}
    assert used - said == set()


def test_every_documented_variable_is_used() -> None:
    said = set(_VARIABLE.findall((ROOT / "docs/operating.md").read_text(encoding="utf-8")))
    sources = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "tests/run.sh"]
    used = {name for path in sources for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))}
    assert {name.removesuffix("_FILE") for name in said} - used == set()


@pytest.mark.parametrize("area", AREAS)
def test_every_area_has_a_readme_that_can_be_read_at_once(area: str) -> None:
    path = PACKAGE / area / "README.md"
    assert path.exists(), f"{area} has no README.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_LINES, f"{area}/README.md has {len(lines)} lines"
    assert lines[0] == f"# {area}"


@pytest.mark.parametrize("area", AREAS)
def test_every_operation_stands_in_its_areas_readme(area: str) -> None:
    text = (PACKAGE / area / "README.md").read_text(encoding="utf-8")
    said = set(re.findall(r"`(\w+)`", text))
    assert [name for name in operations_of(area) if name not in said] == []


def test_operations_were_found_at_all() -> None:
    assert "file_need" in operations_of("needs")
    assert len(OPERATIONS) >= 50


@pytest.mark.parametrize("area", AREAS)
def test_every_readme_names_the_areas_that_are_imported(area: str) -> None:
    text = (PACKAGE / area / "README.md").read_text(encoding="utf-8")
    said = set(re.findall(r"\w+", text[text.index("**Imports**") :]))
    used = set()
    for path in (PACKAGE / area).rglob("*.py"):
        if {"tests", "migrations"}.isdisjoint(path.relative_to(PACKAGE).parts):
            used |= set(
                re.findall(r"^\s*(?:from|import) lianxin\.(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
            )
    assert (used & set(AREAS)) - said - {area} == set()


def slug(heading: str) -> str:
    """The fragment under which a heading is reached."""
    kept = re.sub(r"[^\w\s-]", "", heading.strip().lower())
    return re.sub(r"\s", "-", kept)


def test_links_lead_somewhere() -> None:
    wrong = []
    for path in documents():
        text = _CODE.sub("", path.read_text(encoding="utf-8"))
        for link in _LINK.findall(text):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, fragment = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            if target.match("docs/screenshots/*.png"):
                continue
            if not target.exists():
                wrong.append(f"{path.relative_to(ROOT)}: {link}")
            elif fragment and slug(fragment) not in map(slug, _HEADING.findall(target.read_text(encoding="utf-8"))):
                wrong.append(f"{path.relative_to(ROOT)}: {link} (no such heading)")
    assert wrong == []


def test_decisions_are_numbered_once_and_say_context_decision_consequences() -> None:
    notes = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in notes]
    assert len(set(numbers)) == len(numbers)
    for number, path in zip(numbers, notes, strict=True):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. "), path.name
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), path.name


def test_no_committed_file_names_a_machine_or_a_package_index() -> None:
    found = []
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {trace}" for trace in TRACES if trace in text]
    assert found == []
