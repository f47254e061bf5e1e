"""Past needs come in by workbook: step dates as columns, history marked imported, no notices (DESIGN §4)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from lianxin.core import numbers
from lianxin.core.values import days
from lianxin.desk.models import DeskItem
from lianxin.history import chain
from lianxin.history.bulk import by_codes
from lianxin.history.models import Entry
from lianxin.needs import clocks, public_text, searching, tallying
from lianxin.needs.answers import Answer
from lianxin.needs.clocks import Clocks
from lianxin.needs.kinds import KINDS
from lianxin.needs.models import Category, Commitment, Need, NeedPart, WishBatch
from lianxin.needs.operations.filing import Asked, place_of
from lianxin.needs.operations.steps import next_due, waiting
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Status as S
from lianxin.needs.states import Via
from lianxin.organisations.models import Organisation
from lianxin.places.models import City, Community, Compound, Grid
from lianxin.sheets.registry import Import, Row

STEPS = ("filed_at", "verified_at", "published_at", "claimed_at", "started_at", "delivered_at")
# The step's column → what history calls it.
ENTRY = {
    "verified_at": "verified",
    "published_at": "published",
    "claimed_at": "claimed",
    "started_at": "started",
    "delivered_at": "delivered",
}


@dataclass
class _Known:
    """What the codes of a workbook stand for."""

    city: City
    categories: dict[str, Any]
    communities: dict[str, Any]
    grids: dict[str, Any]
    compounds: dict[str, Any]
    organisations: dict[str, Any]
    batches: dict[str, Any]
    clocks: Clocks
    numbers: set[str]
    in_sheet: set[str] = field(default_factory=set)


def save_past_needs(rows: list[Row], work: Import) -> None:
    """Save past needs with parts, commitments, answers, history and what still waits on desks.

    A number that is known already is left as it is: what happened is not rewritten.
    """
    city = City.objects.select_related("scope").first()
    if city is None:
        work.error(rows[0] if rows else Row(1, {}), "number", _("Import the city first."))
        return
    known = _Known(
        city,
        by_codes(Category, [r["category"] for r in rows]),
        {c.code: c for c in Community.objects.select_related("scope", "town__scope", "town__city__scope")},
        {g.code: g for g in Grid.objects.select_related("scope")},
        by_codes(Compound, [r["compound"] for r in rows]),
        {o.code: o for o in Organisation.objects.select_related("scope")},
        by_codes(WishBatch, [r["batch"] for r in rows], field="number"),
        clocks.clocks(work.at),
        set(Need.objects.filter(number__in=[r["number"] for r in rows]).values_list("number", flat=True)),
        {r["number"] for r in rows},
    )
    made = []
    for row in rows:
        if row["number"] in known.numbers:
            work.unchanged += 1
            continue
        found = _read(row, known, work)
        if found:
            made.append(found)
    if not work.errors:
        _save(made, known, work)


@dataclass
class _Made:
    """A row as objects, before they are saved."""

    row: Row
    need: Need
    giver: Organisation | None


def _read(row: Row, known: _Known, work: Import) -> _Made | None:
    category = work.look_up(row, "category", known.categories)
    community = work.look_up(row, "community", known.communities)
    grid = work.look_up(row, "grid", known.grids)
    compound = work.look_up(row, "compound", known.compounds)
    subject = work.look_up(row, "subject", known.organisations)
    giver = work.look_up(row, "giver", known.organisations)
    batch = work.look_up(row, "batch", known.batches)
    if row["kind"] and row["kind"] not in KINDS:
        work.error(row, "kind", _("There is no such kind."))
    for place, column in ((grid, "grid"), (compound, "compound")):
        if place and community and place.community_id != community.pk:
            work.error(row, column, _("Lies in another community."))
    _check_steps(row, work)
    if row["merged_into"] and row["merged_into"] not in known.in_sheet | known.numbers:
        work.error(row, "merged_into", _("There is no such need."))
    if work.errors or not (category and community):
        return None
    asked = Asked(
        kind=row["kind"],
        category=category,
        community=community,
        grid=grid,
        compound=compound,
        subject_kind=row["subject_kind"],
        subject=subject,
    )
    handler_id, hidden_path, about = place_of(asked, known.city)
    places = (community, community.town, known.city)
    need = Need(
        number=row["number"],
        kind=row["kind"],
        category=category,
        channel=row["channel"],
        outside_number=row["outside_number"],
        text=row["text"],
        public_text=row["public_text"],
        publish_ok=row["publish_ok"],
        town_id=community.town_id,
        community=community,
        grid=grid,
        compound=compound,
        handler=next(p.scope for p in places if p.pk == handler_id),
        hidden_path=hidden_path,
        subject_kind=row["subject_kind"],
        subject=about,
        urgency=row["urgency"],
        batch=batch,
        imported=True,
        filed_at=row["filed_at"],
        response_due_at=known.clocks.response_due(row["filed_at"], row["urgency"], category),
        solution_due_at=known.clocks.solution_due(row["filed_at"], row["urgency"], category),
        responded_at=row["responded_at"] or row["verified_at"],
        verified_at=row["verified_at"],
        published_at=row["published_at"],
        delivered_at=row["delivered_at"],
        solved={"yes": True, "no": False}.get(row["solved"]),
        satisfaction=row["satisfaction"],
        # Of an old list nobody knows that the askers wrote it themselves.
        answered_via=row["answered_via"] or (Via.PROXY if row["solved"] else ""),
        answered_at=row["answered_at"],
        end_reason=row["end_reason"],
        decline_reason=row["decline_reason"],
        right_owner=row["right_owner"],
        reopened_count=row["reopened_count"] or 0,
    )
    need.status = _status(row)
    need.ended_at = row["ended_at"] or (row["answered_at"] if need.status == S.CONFIRMED else None)
    need.due_at = next_due(need)
    return _Made(row, need, giver)


def _status(row: Row) -> str:
    """Where the row says the need stands."""
    if row["end"]:
        return S(row["end"])
    if row["solved"] == "yes":
        return S.CONFIRMED
    if row["solved"] == "no" and not row["delivered_at"]:
        return S.UNDER_WAY
    for column, status in (
        ("delivered_at", S.DELIVERED),
        ("started_at", S.UNDER_WAY),
        ("claimed_at", S.CLAIMED),
        ("published_at", S.PUBLISHED),
        ("verified_at", S.VERIFIED),
    ):
        if row[column]:
            return status
    return S.FILED


def _check_steps(row: Row, work: Import) -> None:
    """Steps in order, and everything an end or a later step presupposes."""
    steps = [(name, row[name]) for name in STEPS if row[name]]
    for (before, earlier), (after, later) in pairwise(steps):
        if later < earlier:
            work.error(row, after, _("Lies before “%(step)s”.") % {"step": before})
    if row["filed_at"] and row["filed_at"] > work.at:
        work.error(row, "filed_at", _("Lies in the future."))
    later_steps = [n for n in STEPS[2:] if row[n]]
    if later_steps and not row["verified_at"]:
        work.error(row, "verified_at", _("Must not be empty when there is a later step."))
    if row["published_at"] and not row["publish_ok"]:
        work.error(row, "publish_ok", _("A published need needs the asker's yes."))
    if row["public_text"] and (found := public_text.found_in(row["public_text"])):
        words = {"words": found[0][1], "what": found[0][0]}
        work.error(row, "public_text", _("“%(words)s” looks like %(what)s.") % words)
    if row["claimed_at"] and not row["giver"]:
        work.error(row, "giver", _("Who took it on?"))
    if (row["started_at"] or row["delivered_at"]) and not row["claimed_at"]:
        work.error(row, "claimed_at", _("Must not be empty when there is a later step."))
    if row["end"] and not row["ended_at"]:
        work.error(row, "ended_at", _("Must not be empty when it has ended."))
    if (row["end"] == "merged") != bool(row["merged_into"]):
        work.error(row, "merged_into", _("Goes together with “merged”."))
    if row["end"] == "closed_unanswered" and not row["delivered_at"]:
        work.error(row, "delivered_at", _("Only what was delivered can be closed unanswered."))
    if row["solved"] and not row["answered_at"]:
        work.error(row, "answered_at", _("Must not be empty when there is an answer."))
    if row["solved"] == "yes" and not row["delivered_at"]:
        work.error(row, "delivered_at", _("Only what was delivered can be solved."))


def _entries(made: _Made, work: Import) -> Iterator[Entry]:
    """The chain of a past need, one entry a step, in the order of their times."""
    row, need = made.row, made.need
    steps: list[tuple[datetime, str, dict[str, Any]]] = [
        (need.filed_at, "filed", {"kind": need.kind, "channel": need.channel, "urgency": need.urgency})
    ]
    giver = {"giver": made.giver.code} if made.giver else {}
    for column, verb in ENTRY.items():
        if row[column]:
            steps.append((row[column], verb, giver if verb not in ("verified", "published") else {}))
    if row["solved"]:
        said = {"via": need.answered_via, "satisfaction": need.satisfaction}
        steps.append((row["answered_at"], "confirmed" if need.solved else "not_solved", said))
    if row["end"]:
        steps.append((row["ended_at"], row["end"], {"into": row["merged_into"]} if row["merged_into"] else {}))
    for at, verb, params in sorted(steps, key=lambda s: s[0]):
        yield chain.prepare(need, f"need.{verb}", actor=work.actor, at=at, imported=True, **params)


COMMITMENT_STATUS = {
    S.CLAIMED: C.CLAIMED,
    S.UNDER_WAY: C.UNDER_WAY,
    S.DELIVERED: C.DELIVERED,
    S.CONFIRMED: C.CONFIRMED,
    S.CLOSED_UNANSWERED: C.CLOSED_UNANSWERED,
}


def _save(made: list[_Made], known: _Known, work: Import) -> None:
    entries = [entry for one in made for entry in _entries(one, work)]
    merged = {}
    for one in made:
        if one.need.status == S.MERGED:
            merged[one.need.number] = one.row["merged_into"]
    first = [one.need for one in made if one.need.number not in merged]
    Need.objects.bulk_create(first, batch_size=500)
    ids = dict(Need.objects.filter(number__in=merged.values()).values_list("number", "pk"))
    late = [one for one in made if one.need.number in merged]
    for one in late:
        one.need.merged_into_id = ids.get(one.row["merged_into"])
        if one.need.merged_into_id is None:
            work.error(one.row, "merged_into", _("A need can't be merged into one that was merged itself."))
    if work.errors:
        return
    Need.objects.bulk_create([one.need for one in late], batch_size=500)
    parts = NeedPart.objects.bulk_create(
        [NeedPart(need=one.need, category=one.need.category) for one in made], batch_size=2_000
    )
    held = _save_commitments(made, parts)
    tallying.write_new((one.need, held[one.need.pk]) for one in made)
    chain.write(entries)
    _put_on_desks(made, work.at)
    searching.put(one.need for one in made)
    _raise_counters(made, known)
    work.created += len(made)


def _save_commitments(made: list[_Made], parts: list[NeedPart]) -> dict[int, list[Commitment]]:
    commitments, answers = [], []
    lapses = days(clocks.CLAIM_LAPSES)
    for one, part in zip(made, parts, strict=True):
        row, need = one.row, one.need
        if one.giver is None or not row["claimed_at"]:
            continue
        status = COMMITMENT_STATUS.get(S(need.status), C.CALLED_OFF)
        commitments.append(
            Commitment(
                need=need,
                part=part,
                giver=one.giver,
                status=status,
                assigned=not row["published_at"],
                claimed_at=row["claimed_at"],
                lapses_at=row["claimed_at"] + lapses if row["published_at"] else None,
                started_at=row["started_at"],
                delivered_at=row["delivered_at"],
                note=row["delivery_note"],
                solved=need.solved,
                answered_at=need.answered_at,
                ended_at=need.ended_at,
            )
        )
        if need.solved is not None:
            answers.append((commitments[-1], need))
    Commitment.objects.bulk_create(commitments, batch_size=2_000)
    Answer.objects.bulk_create(
        [
            Answer(
                need=need,
                commitment=commitment,
                solved=bool(need.solved),
                satisfaction=need.satisfaction,
                via=need.answered_via,
                at=need.answered_at or need.filed_at,
            )
            for commitment, need in answers
        ],
        batch_size=2_000,
    )
    by_need: dict[int, list[Commitment]] = defaultdict(list)
    for commitment in commitments:
        by_need[commitment.need_id].append(commitment)
    return by_need


def _put_on_desks(made: list[_Made], at: datetime) -> None:
    open_needs = [one.need for one in made if one.need.is_open]
    by_need: dict[int, list[Commitment]] = defaultdict(list)
    held = Commitment.objects.filter(need__in=open_needs).select_related("giver__scope").order_by("-claimed_at", "-id")
    for commitment in held:
        by_need[commitment.need_id].append(commitment)
    items: list[DeskItem] = []
    for need in open_needs:
        need._prefetched_objects_cache = {"commitments": by_need[need.pk]}  # type: ignore[attr-defined]
        items.extend(
            DeskItem(
                scope_id=w.scope_id,
                role=w.role,
                verb=w.verb,
                object_type="need",
                object_id=need.pk,
                due_at=w.due_at,
            )
            for w in waiting(need, at)
        )
    DeskItem.objects.bulk_create(items, batch_size=2_000)


def _raise_counters(made: list[_Made], known: _Known) -> None:
    """New numbers go on after the highest one that came in."""
    highest: dict[str, int] = {}
    for one in made:
        parts = one.need.number.split("-")
        if len(parts) == 3 and parts[0] == known.city.prefix and parts[2].isdigit():
            highest[parts[1]] = max(highest.get(parts[1], 0), int(parts[2]))
    for year, number in highest.items():
        numbers.at_least(f"needs-{year}", number)
