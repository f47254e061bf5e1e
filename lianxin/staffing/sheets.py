"""The workbook of staff: users and their posts. Passwords never come in by workbook."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.models import ROLE_SCOPE, Appointment, Role, Scope, ScopeKind, User
from lianxin.core.clock import local_day
from lianxin.history.bulk import upsert
from lianxin.sheets.registry import Column, Import, Row, Sheet, register


def save_staff(rows: list[Row], work: Import) -> None:
    """One row a post; a person with two posts has two rows with the same user name.

    New users have no password: they are invited by a printed code.
    """
    scopes = {(s.kind, s.path.rstrip("/").rsplit(":", 1)[-1]): s for s in Scope.objects.all()}
    wanted: dict[str, dict[str, str]] = {}
    posts = []
    for row in rows:
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
    existing = {u.username: u for u in User.objects.all()}
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
    held = set(Appointment.objects.filter(to_on=None).values_list("user_id", "scope_id", "role"))
    new = []
    for row, scope in posts:
        user = everyone[row["username"]]
        if scope is None or (user.pk, scope.pk, row["role"]) in held:
            work.unchanged += 1
            continue
        from_on = row["from_on"] or local_day(work.at)
        new.append(Appointment(user=user, scope=scope, role=row["role"], from_on=from_on))
    Appointment.objects.bulk_create(new, batch_size=1_000)
    work.created += len(new)


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
