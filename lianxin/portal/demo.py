"""The demo: the sample city moved to end today, and one account for each role. Never outside demo mode."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Count
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from lianxin.accounts.models import Appointment, Role, User
from lianxin.needs.models import Commitment, Need

PASSWORD = "lianxin-demo-2026"
SAMPLE = Path(settings.PACKAGE).parent / "examples" / "tongren"
SAMPLE_ENDS_ON = date(2026, 10, 25)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?")


def weeks_to(today: date) -> timedelta:
    """The whole weeks by which the sample city is moved, so that it ends today or up to six days before."""
    return timedelta(weeks=(today - SAMPLE_ENDS_ON).days // 7)


def moved_copy(to: Path, shift: timedelta) -> Path:
    """Write the sample workbooks into the folder `to`, every day and time later by `shift`."""
    to.mkdir(parents=True, exist_ok=True)
    for path in sorted(SAMPLE.glob("*.xlsx")):
        source = CalamineWorkbook.from_path(str(path))
        name = source.sheet_names[0]
        rows = source.get_sheet_by_index(0).to_python(skip_empty_area=False)
        # Holidays are where they are; everything that happened moves.
        moves = any(isinstance(cell, str) and _MOMENT.fullmatch(cell) for row in rows[1:50] for cell in row)
        if name == "calendar" or not moves:
            (to / path.name).write_bytes(path.read_bytes())
            continue
        book = Workbook(write_only=True)
        page = book.create_sheet(name)
        for row in rows:
            page.append([_moved(cell, shift) for cell in row])
        book.save(to / path.name)
    return to


def _moved(cell: object, shift: timedelta) -> object:
    if isinstance(cell, str) and _MOMENT.fullmatch(cell):
        if _DAY.fullmatch(cell):
            return (date.fromisoformat(cell) + shift).isoformat()
        return (datetime.fromisoformat(cell) + shift).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def set_passwords() -> None:
    """Give every user without a password the demo password."""
    User.objects.filter(password="!").update(password=make_password(PASSWORD))


# Whose accounts the demo page names: people who meet in the same story, around one community.
STORY = "longwu-street"
STORY_POSTS: dict[str, dict[str, str]] = {
    Role.OFFICE: {"scope__community__code": STORY},
    Role.GRID_WORKER: {"scope__grid__community__code": STORY},
    Role.LIAISON: {"scope__organisation__memberships__community__code": STORY},
    Role.COMPANY: {"scope__organisation__serves__compound__community__code": STORY},
    Role.DEPARTMENT: {},
    Role.TOWN: {},
    Role.CITY: {},
    Role.ADMIN: {},
}


def accounts() -> list[dict[str, str]]:
    """Two demo accounts of each role, those with the most behind them first: role, login, password, scope."""
    found = []
    busy = dict(Need.objects.order_by().values_list("grid_id").annotate(Count("id")))
    busy |= dict(Commitment.objects.order_by().values_list("giver_id").annotate(Count("id")))
    for role, where in STORY_POSTS.items():
        posts = (
            Appointment.objects.filter(role=role, to_on=None, **where)
            .select_related("user", "scope")
            .order_by("pk")
            .distinct()
        )
        seen: set[str] = set()
        for post in sorted(posts, key=lambda p: -busy.get(p.scope_id, 0)):
            if post.user.username not in seen and len(seen) < 2:
                seen.add(post.user.username)
                found.append(
                    {
                        "role": role,
                        "role_label": str(Role(role).label),
                        "login": post.user.username,
                        "password": PASSWORD,
                        "name": post.user.name,
                        "scope": post.scope.name,
                        "scope_en": post.scope.name_en,
                        "path": post.scope.path,
                    }
                )
    return found
