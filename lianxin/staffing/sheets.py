"""The workbook of staff: users and their posts. Passwords never come in by workbook."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.models import ROLE_SCOPE, Appointment, Role, Scope, ScopeKind, User
from lianxin.core.clock import local_day
from lianxin.history import chain
from lianxin.history.bulk import upsert
from lianxin.sheets.registry import Column, Import, Row, Sheet, register
from lianxin.staffing.duty import HOURS, LONGEST, ROSTERED
from lianxin.staffing.models import Shift


def save_staff(rows: list[Row], work: Import) -> None:
    """One row a post; a person with two posts has two rows with the same user name.

    New users have no password: they are invited by a printed code. A post that is there, or has ended since the day
    of its row, stays as it is.
    """
    scopes = {(s.kind, s.path.rstrip("/").rsplit(":", 1)[-1]): s for s in Scope.objects.all()}
    existing = {u.username: u for u in User.objects.all()}
    wanted: dict[str, dict[str, str]] = {}
    posts = []
    for row in rows:
        known = existing.get(row["username"])
        if known is not None and not known.is_active:
            work.error(row, "username", _("This account is closed. Take the row out of the workbook."))
        scope = scopes.get((row["scope_kind"], row["scope_code"]))
        if row["scope_code"] and row["scope_kind"] and scope is None:
            work.error(row, "scope_code", _("There is no such code."))
        if row["role"] and row["scope_kind"] and ROLE_SCOPE[row["role"]] != row["scope_kind"]:
            work.error(row, "scope_kind", _("This role belongs to another kind of place."))
        names = {"name": row["name"], "name_en": row["name_en"]}
        if wanted.setdefault(row["username"], names) != names:
            work.error(row, "name", _("The same user name stands with another name above."))
        posts.append((row, scope))
    if work.errors:
        return
    users = Import(work.actor, work.at)
    upsert(
        list(wanted.items()),
        existing,
        work=users,
        make=lambda username, names: User(username=username, password="!", created_at=work.at, **names),
        code="user",
    )
    work.changed += users.changed
    everyone = {u.username: u for u in User.objects.filter(username__in=wanted)}
    last = _last_days(everyone.values())
    new, entries, appointed = [], [], {}
    for row, scope in posts:
        user = everyone[row["username"]]
        if scope is None or _is_there(last.get((user.pk, scope.pk, row["role"])), row["from_on"]):
            work.unchanged += 1
            continue
        from_on = row["from_on"] or local_day(work.at)
        new.append(Appointment(user=user, scope=scope, role=row["role"], from_on=from_on))
        post = {"role": row["role"], "scope": scope.path}
        entries.append(chain.prepare(user, "user.appointed", actor=work.actor, at=work.at, imported=True, **post))
        appointed[user.pk] = user
    Appointment.objects.bulk_create(new, batch_size=1_000)
    User.objects.bulk_update(appointed.values(), ["history_seq", "history_head"], batch_size=500)
    chain.write(entries)
    work.created += len(new)


def _last_days(users: Iterable[User]) -> dict[tuple[int, int, str], date]:
    """The last day of each post (user, scope, role) that these users hold, held or will hold. One query."""
    found: dict[tuple[int, int, str], date] = {}
    rows = Appointment.objects.filter(user__in=list(users))
    for user, scope, role, to_on in rows.values_list("user_id", "scope_id", "role", "to_on"):
        key = (user, scope, role)
        found[key] = max(found.get(key, date.min), to_on or date.max)
    return found


def _is_there(last: date | None, from_on: date | None) -> bool:
    """Was the post, whose last day is `last`, given already? Only a row from a later day gives an ended one anew."""
    return last is not None and (from_on is None or last >= from_on)


def save_roster(rows: list[Row], work: Import) -> None:
    """Who is on duty where: one row a shift; the same shift again changes nothing."""
    scopes = {(s.kind, s.path.rstrip("/").rsplit(":", 1)[-1]): s for s in Scope.objects.all()}
    users = {u.username: u for u in User.objects.filter(username__in=[r["username"] for r in rows])}
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
