"""The workbook of staff: users and their posts. Passwords never come in by workbook."""

from collections.abc import Container
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.models import ROLE_SCOPE, Appointment, Role, Scope, ScopeKind, User
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid
from lianxin.history import chain
from lianxin.history.bulk import upsert
from lianxin.organisations.models import Organisation
from lianxin.places.models import Grid
from lianxin.sheets.registry import Column, Import, Row, Sheet, register
from lianxin.staffing.duty import HOURS, LONGEST, ROSTERED
from lianxin.staffing.models import Shift
from lianxin.staffing.rules import fits
from lianxin.staffing.steps import NO_PASSWORD, require_username, small


def save_staff(rows: list[Row], work: Import) -> None:
    """One row a post; a person with two posts has two rows with the same user name.

    New users have no password: they are invited by a printed code. A post that is there, or has ended since the day
    of its row, stays as it is.
    """
    scopes = {(s.kind, s.path.rstrip("/").rsplit(":", 1)[-1]): s for s in Scope.objects.all()}
    bodies = {o.pk: o for o in Organisation.objects.all()}
    ended = set(Grid.objects.exclude(ended_at=None).values_list("pk", flat=True))
    existing = {u.username: u for u in User.objects.all()}
    taken = {small(username) for username in existing}
    last = _last_days()
    wanted: dict[str, dict[str, str]] = {}
    posts = []
    for row in rows:
        username = _kept_as(row["username"] or "", existing)
        user = existing.get(username)
        if user is not None and not user.is_active:
            work.error(row, "username", _("This account is closed. Take the row out of the workbook."))
        elif user is None and username:
            _refuse_username(row, username, username in taken, work)
        scope = scopes.get((row["scope_kind"], row["scope_code"]))
        if row["scope_code"] and row["scope_kind"] and scope is None:
            work.error(row, "scope_code", _("There is no such code."))
        if row["role"] and row["scope_kind"] and ROLE_SCOPE[row["role"]] != row["scope_kind"]:
            work.error(row, "scope_kind", _("This role belongs to another kind of place."))
        elif row["role"] and scope is not None:
            body = bodies.get(scope.pk)
            if not fits(row["role"], scope, body):
                work.error(row, "role", _("This role belongs to another kind of organisation."))
            if user is None or not _is_there(last.get((user.pk, scope.pk, row["role"])), row["from_on"]):
                _refuse_ended(row, scope.pk in ended, body, work)
        names = {"name": row["name"], "name_en": row["name_en"]}
        if username and wanted.setdefault(username, names) != names:
            work.error(row, "name", _("The same user name stands with another name above."))
        posts.append((row, username, scope))
    if work.errors:
        return
    users = Import(work.actor, work.at)
    upsert(
        list(wanted.items()),
        existing,
        work=users,
        make=lambda username, names: User(username=username, password=NO_PASSWORD, created_at=work.at, **names),
        code="user",
    )
    work.changed += users.changed
    everyone = {u.username: u for u in User.objects.filter(username__in=wanted)}
    new_posts, entries, appointed = [], [], {}
    for row, username, scope in posts:
        user = everyone[username]
        if scope is None or _is_there(last.get((user.pk, scope.pk, row["role"])), row["from_on"]):
            work.unchanged += 1
            continue
        from_on = row["from_on"] or local_day(work.at)
        new_posts.append(Appointment(user=user, scope=scope, role=row["role"], from_on=from_on))
        last[user.pk, scope.pk, row["role"]] = date.max
        post = {"role": row["role"], "scope": scope.path}
        entries.append(chain.prepare(user, "user.appointed", actor=work.actor, at=work.at, imported=True, **post))
        appointed[user.pk] = user
    Appointment.objects.bulk_create(new_posts, batch_size=1_000)
    User.objects.bulk_update(appointed.values(), ["history_seq", "history_head"], batch_size=500)
    chain.write(entries)
    work.created += len(new_posts)


def _kept_as(typed: str, existing: Container[str]) -> str:
    """Under which name the account of a cell is kept: as it stands there if there is one, else in small letters."""
    return typed if typed in existing else small(typed)


def _refuse_username(row: Row, username: str, taken: bool, work: Import) -> None:
    try:
        require_username(username, taken=taken)
    except Invalid as refusal:
        work.error(row, "username", str(refusal))


def _refuse_ended(row: Row, ended: bool, body: Organisation | None, work: Import) -> None:
    """Nobody new comes to a grid that ended or to an organisation that was switched off."""
    if ended:
        work.error(row, "scope_code", _("This grid has ended; choose the one that took it in."))
    if body is not None and not body.active:
        work.error(row, "scope_code", _("This organisation is no longer active."))


def _last_days() -> dict[tuple[int, int, str], date]:
    """The last day of each post (user, scope, role) that anybody holds, held or will hold. One query."""
    found: dict[tuple[int, int, str], date] = {}
    for user, scope, role, to_on in Appointment.objects.values_list("user_id", "scope_id", "role", "to_on"):
        key = (user, scope, role)
        found[key] = max(found.get(key, date.min), to_on or date.max)
    return found


def _is_there(last: date | None, from_on: date | None) -> bool:
    """Was the post, whose last day is `last`, given already? Only a row from a later day gives an ended one anew."""
    return last is not None and (from_on is None or last >= from_on)


def save_roster(rows: list[Row], work: Import) -> None:
    """Who is on duty where: one row a shift; the same shift again changes nothing."""
    scopes = {(s.kind, s.path.rstrip("/").rsplit(":", 1)[-1]): s for s in Scope.objects.all()}
    typed = {r["username"] for r in rows if r["username"]}
    kept = {u.username: u for u in User.objects.filter(username__in=typed | {small(name) for name in typed})}
    users = {name: kept[as_kept] for name in typed if (as_kept := _kept_as(name, kept)) in kept}
    wanted = []
    for row in rows:
        scope = scopes.get((row["scope_kind"], row["scope_code"]))
        if scope is None or scope.kind not in ROSTERED:
            work.error(row, "scope_code", _("There is no such code."))
        user = work.look_up(row, "username", users)
        if row["from_at"] and row["to_at"] and not row["from_at"] < row["to_at"] <= row["from_at"] + LONGEST:
            work.error(row, "to_at", _("It has to end after it begins, within %(n)s hours.") % {"n": HOURS})
        if scope is not None and user is not None and row["from_at"]:
            key = (scope.pk, user.pk, row["from_at"])
            wanted.append((key, {"to_at": row["to_at"]}))
    if work.errors:
        return
    existing = {(s.scope_id, s.user_id, s.from_at): s for s in Shift.objects.filter(user__in=users.values())}
    upsert(
        wanted,
        existing,
        work=work,
        make=lambda key, values: Shift(scope_id=key[0], user_id=key[1], from_at=key[2], **values),
        code="shift",
    )


register(
    Sheet(
        "roster",
        _("Duty roster"),
        (
            Column("scope_kind", _("Kind of place"), "choice", required=True, choices=tuple(ROSTERED)),
            Column("scope_code", _("Code of the place or organisation"), "code", required=True),
            Column("username", _("User name"), required=True, most=60),
            Column("from_at", _("From"), "datetime", required=True),
            Column("to_at", _("Until"), "datetime", required=True),
        ),
        ("scope_kind", "scope_code", "username", "from_at"),
        save_roster,
        {
            "scope_kind": "community",
            "scope_code": "river-street",
            "username": "office.river-street.1",
            "from_at": "2026-01-01 18:00",
            "to_at": "2026-01-02 09:00",
        },
        135,
    )
)
register(
    Sheet(
        "staff",
        _("Staff and posts"),
        (
            Column("username", _("User name"), required=True, most=60),
            Column("name", pgettext_lazy("of a person", "Name"), required=True, most=80),
            Column("name_en", _("Name in English"), most=120),
            Column("role", _("Role"), "choice", required=True, choices=tuple(Role.values)),
            Column("scope_kind", _("Kind of place"), "choice", required=True, choices=tuple(ScopeKind.values)),
            Column("scope_code", _("Code of the place or organisation"), "code", required=True),
            Column("from_on", _("From"), "date"),
        ),
        ("username", "role", "scope_code"),
        save_staff,
        {
            "username": "office.river-street.1",
            "name": "样例·张一",
            "role": "office",
            "scope_kind": "community",
            "scope_code": "river-street",
            "from_on": "2026-01-01",
        },
        130,
    )
)
