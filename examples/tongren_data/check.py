"""Reads the finished workbooks back, as a stranger would, and says what is wrong with them."""

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from tongren_data.book import END, FIRST_DAY, day, minute

Row = dict[str, Any]

_STEPS = ("filed_at", "verified_at", "published_at", "claimed_at", "started_at", "delivered_at", "answered_at")
_KEYS: dict[str, tuple[str, ...]] = {
    "city": ("code",), "towns": ("code",), "communities": ("code",), "compounds": ("code",), "grids": ("code",),
    "households": ("grid", "label"), "categories": ("code",), "organisations": ("code",),
    "alliances": ("community", "organisation"), "serves": ("organisation", "compound"),
    "registrations": ("organisation",), "helpers": ("code",), "staff": ("username", "role", "scope_code"),
    "batches": ("number",), "needs": ("number",), "notices": ("code",),
}  # fmt: skip
# sheet, column, sheet the code lives in
_REFERENCES = (
    ("communities", "town", "towns"), ("compounds", "community", "communities"),
    ("grids", "community", "communities"), ("households", "grid", "grids"), ("households", "compound", "compounds"),
    ("organisations", "community", "communities"), ("alliances", "community", "communities"),
    ("alliances", "organisation", "organisations"), ("serves", "organisation", "organisations"),
    ("serves", "compound", "compounds"), ("registrations", "organisation", "organisations"),
    ("registrations", "community", "communities"), ("helpers", "organisation", "organisations"),
    ("batches", "organisation", "organisations"), ("batches", "community", "communities"),
    ("needs", "category", "categories"), ("needs", "community", "communities"), ("needs", "grid", "grids"),
    ("needs", "compound", "compounds"), ("needs", "subject", "organisations"), ("needs", "batch", "batches"),
    ("needs", "giver", "organisations"), ("needs", "merged_into", "needs"), ("notices", "community", "communities"),
    ("notices", "compound", "compounds"),
)  # fmt: skip
_ALLOWED: dict[tuple[str, str], set[str]] = {
    ("categories", "kind"): {"wish", "repair", "complaint", "community_need", "other", "call_back"},
    ("categories", "urgency"): {"emergency", "urgent", "normal", "long"},
    ("organisations", "kind"): {
        "unit", "department", "company", "committee", "station", "community_office", "town_office", "city_office",
    },
    ("organisations", "level"): {"prefecture", "city", "town", "company", "social", ""},
    ("registrations", "kind"): {"branch", "two_new"},
    ("needs", "channel"): {"web", "phone", "visit", "grid_worker", "station", "hotline"},
    ("needs", "urgency"): {"emergency", "urgent", "normal", "long"},
    ("needs", "subject_kind"): {"office", "grid_worker", "company", "unit", "system", ""},
    ("needs", "solved"): {"yes", "no", ""},
    ("needs", "satisfaction"): {"satisfied", "fairly", "unsatisfied", ""},
    ("needs", "answered_via"): {"self", "proxy", ""},
    ("needs", "end"): {"", "declined", "withdrawn", "merged", "closed_unanswered"},
    ("needs", "decline_reason"): {"", "not_ours", "unclear", "not_possible", "misuse"},
    ("notices", "category"): {"notice", "policy", "fees", "funds", "duty", "results"},
}  # fmt: skip
_SCOPES = {
    "grid_worker": "grid", "office": "community", "town": "town", "city": "city", "admin": "city",
    "liaison": "organisation", "company": "organisation", "department": "organisation",
}  # fmt: skip
_SCOPE_SHEET = {
    "grid": "grids", "community": "communities", "town": "towns", "city": "city", "organisation": "organisations",
}  # fmt: skip
_NOT_PUBLIC = re.compile(
    r"\d|网格|号楼|单元|样例|先生|女士|奶奶|爷爷|大爷|大妈|阿姨|叔叔|岁|高龄|年级|初[一二三]|高[一二三]"
    r"|独居|空巢|孤寡|残|病|瘫|癌|血压|抑郁"
)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"TR-(\d\d)-(\d{5})")


def read(folder: Path) -> dict[str, list[Row]]:
    """Every sheet of the folder, by the name of its worksheet."""
    sheets: dict[str, list[Row]] = {}
    for path in sorted(folder.glob("*.xlsx")):
        book = CalamineWorkbook.from_path(str(path))
        name = path.stem.split("-", 1)[1]
        assert book.sheet_names == [name], f"{path.name}: worksheets {book.sheet_names}"
        columns, *rows = book.get_sheet_by_name(name).to_python()
        sheets[name] = [dict(zip(map(str, columns), row, strict=True)) for row in rows]
    return sheets


def check(folder: Path) -> dict[str, list[Row]]:
    """The sheets, read back. Raises AssertionError naming the first rows that are wrong."""
    sheets = read(folder)
    wrong = [*_keys(sheets), *_references(sheets), *_values(sheets), *_places(sheets), *_people(sheets)]
    wrong += [f"needs {row['number']}: {what}" for row in sheets["needs"] for what in _life(row)]
    wrong += [f"needs {row['number']}: {what}" for row in sheets["needs"] for what in _words(row)]
    wrong += _ties(sheets)
    assert not wrong, f"{len(wrong)} faults, first: {wrong[:8]}"
    return sheets


def _keys(sheets: dict[str, list[Row]]) -> list[str]:
    wrong = [] if set(sheets) == set(_KEYS) else [f"sheets: {sorted(sheets)}"]
    for name, columns in _KEYS.items():
        seen = Counter(tuple(row[c] for c in columns) for row in sheets[name])
        wrong += [f"{name}: {key} {n} times" for key, n in seen.items() if n > 1 or "" in key]
        if columns == ("code",):
            codes = [row["code"] for row in sheets[name]]
            wrong += [f"{name}: {code} is no slug" for code in codes if not _SLUG.fullmatch(code) or len(code) > 40]
    return wrong


def _codes(sheets: dict[str, list[Row]], name: str) -> set[str]:
    return {row[_KEYS[name][0]] for row in sheets[name]}


def _references(sheets: dict[str, list[Row]]) -> list[str]:
    wrong = []
    for name, column, target in _REFERENCES:
        known = _codes(sheets, target)
        wrong += [f"{name}.{column}: {row[column]}" for row in sheets[name] if row[column] and row[column] not in known]
    return wrong


def _values(sheets: dict[str, list[Row]]) -> list[str]:
    wrong = []
    for (name, column), allowed in _ALLOWED.items():
        wrong += [f"{name}.{column}: {row[column]!r}" for row in sheets[name] if row[column] not in allowed]
    return wrong


def _places(sheets: dict[str, list[Row]]) -> list[str]:
    """Compounds lie in the community of what names them."""
    of_grid = {row["code"]: row["community"] for row in sheets["grids"]}
    of_compound = {row["code"]: row["community"] for row in sheets["compounds"]}
    wrong = [
        f"households {row['grid']} {row['label']}: compound or head count"
        for row in sheets["households"]
        if (row["compound"] and of_compound[row["compound"]] != of_grid[row["grid"]]) or not 1 <= row["head_count"] <= 8
    ]
    for row in sheets["needs"]:
        if (row["grid"] and of_grid[row["grid"]] != row["community"]) or (
            row["compound"] and of_compound[row["compound"]] != row["community"]
        ):
            wrong.append(f"needs {row['number']}: grid or compound of another community")
    wrong += [
        f"notices {row['code']}: compound of another community"
        for row in sheets["notices"]
        if row["compound"] and of_compound[row["compound"]] != row["community"]
    ]
    sizes = Counter(row["grid"] for row in sheets["households"])
    return wrong + [f"grids {code}: {sizes[code]} households" for code in of_grid if not 60 <= sizes[code] <= 320]


def _people(sheets: dict[str, list[Row]]) -> list[str]:
    """Posts fit their scopes; a username has one name; names are plainly made up; no unit lends too many."""
    wrong = []
    names: dict[str, set[str]] = defaultdict(set)
    for row in sheets["staff"]:
        names[row["username"]].add(row["name"])
        if row["scope_kind"] != _SCOPES[row["role"]]:
            wrong.append(f"staff {row['username']}: {row['role']} of a {row['scope_kind']}")
        if row["scope_code"] not in _codes(sheets, _SCOPE_SHEET[row["scope_kind"]]):
            wrong.append(f"staff {row['username']}: no {row['scope_code']}")
    wrong += [f"staff {user}: {found}" for user, found in names.items() if len(found) > 1]
    everyone = [*(next(iter(found)) for found in names.values()), *(row["name"] for row in sheets["helpers"])]
    wrong += [f"name {name}: {n} times" for name, n in Counter(everyone).items() if n > 1 or name[:3] != "样例·"]
    members = {row["organisation"]: row["members"] for row in sheets["registrations"]}
    lent = Counter(row["organisation"] for row in sheets["helpers"] if row["organisation"])
    return wrong + [f"helpers of {unit}: {n}" for unit, n in lent.items() if n > members[unit]]


def _life(row: Row) -> list[str]:
    """Dates in order, none in the future, every end with what it needs."""
    taken = [row[step] for step in _STEPS if row[step]]
    wrong = [] if taken == sorted(taken) else ["steps out of order"]
    last = max([*taken, row["responded_at"], row["ended_at"]])
    if last > minute(END) or row["filed_at"] < day(FIRST_DAY):
        wrong.append("outside the sample's days")
    if row["responded_at"] and row["responded_at"] < row["filed_at"]:
        wrong.append("answered before it was filed")
    if any(row[step] for step in _STEPS[2:]) and not (row["verified_at"] and row["responded_at"]):
        wrong.append("not verified")
    needs = {"giver": "claimed_at", "started_at": "claimed_at", "delivered_at": "started_at"}
    wrong += [f"{column} without {step}" for column, step in needs.items() if row[column] and not row[step]]
    if bool(row["claimed_at"]) != bool(row["giver"]) or bool(row["delivered_at"]) != bool(row["delivery_note"]):
        wrong.append("giver or note")
    if bool(row["answered_at"]) != bool(row["solved"]) or bool(row["answered_at"]) != bool(row["answered_via"]):
        wrong.append("answer")
    return wrong + _end(row)


def _end(row: Row) -> list[str]:
    end, ended, solved = row["end"], row["ended_at"], row["solved"]
    confirmed = ended == row["answered_at"] and solved == "yes" and bool(row["delivered_at"])
    right = {
        "": confirmed if ended else solved != "yes",
        "declined": bool(row["decline_reason"]) and not row["claimed_at"],
        "withdrawn": not row["delivered_at"] and solved != "yes",
        "merged": bool(row["merged_into"]) and row["merged_into"] < row["number"] and not row["claimed_at"],
        "closed_unanswered": bool(row["delivered_at"]) and not row["answered_at"],
    }
    wrong = [] if right[end] else [f"end {end!r}"]
    if end and (not ended or ended < max(row[s] for s in (*_STEPS, "responded_at")) or not row["end_reason"]):
        wrong.append("ended too early or without a reason")
    if solved == "no" and (row["delivered_at"] or row["reopened_count"] != 1):
        wrong.append("not solved, yet not reopened")
    if bool(row["decline_reason"]) != (end == "declined") or bool(row["merged_into"]) != (end == "merged"):
        wrong.append("reason of another end")
    return wrong


def _words(row: Row) -> list[str]:
    """Texts as long as they may be; the public one only where it was published, and clean."""
    wrong = [] if 6 <= len(row["text"]) <= 60 else ["length of the text"]
    if bool(row["public_text"]) != bool(row["published_at"]):
        wrong.append("public text")
    if row["published_at"] and (row["publish_ok"] != "yes" or row["kind"] in ("complaint", "call_back")):
        wrong.append("must not be published")
    if len(row["public_text"]) > 60 or _NOT_PUBLIC.search(row["public_text"]):
        wrong.append(f"public text says too much: {row['public_text']}")
    if bool(row["outside_number"]) != (row["channel"] == "hotline"):
        wrong.append("outside number")
    if bool(row["subject_kind"]) != (row["kind"] == "complaint"):
        wrong.append("subject")
    if bool(row["subject"]) != (row["subject_kind"] in ("company", "unit")):
        wrong.append("subject's code")
    return wrong + (["grid worker of no grid"] if row["subject_kind"] == "grid_worker" and not row["grid"] else [])


def _ties(sheets: dict[str, list[Row]]) -> list[str]:
    """Givers may give, repeats repeat the same thing, numbers run with time, batches stay together."""
    allied = {(row["community"], row["organisation"]) for row in sheets["alliances"]}
    units = {row["code"] for row in sheets["organisations"] if row["kind"] == "unit"}
    kinds = {row["code"]: row["kind"] for row in sheets["categories"]}
    by_number = {row["number"]: row for row in sheets["needs"]}
    batches = {row["number"]: row for row in sheets["batches"]}
    same = ("community", "kind", "category")
    wrong = [f"alliances: {pair}" for pair in allied if pair[1] not in units]
    wrong += [f"batches {n}: company" for n, b in batches.items() if (b["community"], b["organisation"]) not in allied]
    previous = ("", "")
    for row in sheets["needs"]:
        number, first, batch = row["number"], by_number.get(row["merged_into"]), batches.get(row["batch"])
        if kinds[row["category"]] != row["kind"]:
            wrong.append(f"needs {number}: category of another kind")
        if row["giver"] in units and (row["community"], row["giver"]) not in allied:
            wrong.append(f"needs {number}: giver outside the alliance")
        if row["giver"] and row["giver"] == row["subject"]:
            wrong.append(f"needs {number}: given to the one it is about")
        if first and (any(first[c] != row[c] for c in same) or first["end"] == "merged"):
            wrong.append(f"needs {number}: repeats something else")
        if batch and (row["community"], row["filed_at"]) != (batch["community"], batch["handed_in_at"]):
            wrong.append(f"needs {number}: not as its batch")
        match = _NUMBER.fullmatch(number)
        if not match or match[1] != row["filed_at"][2:4] or (number, row["filed_at"]) <= previous:
            wrong.append(f"needs {number}: number")
        previous = (number, row["filed_at"])
    return wrong
