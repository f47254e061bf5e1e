"""How registrations read in notices and on a desk."""

from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.alliance.models import Registration
from lianxin.desk.models import DeskItem
from lianxin.desk.queue import LOADERS, Line
from lianxin.notifications.notices import SENTENCES


def handed_in(params: dict[str, Any]) -> str:
    """To the office."""
    return _("%(unit)s has handed in its registration.") % {"unit": params.get("unit", "")}


def accepted(params: dict[str, Any]) -> str:
    """To the unit's liaison."""
    return _("%(community)s has accepted your registration.") % {"community": params.get("community", "")}


def load(items: list[DeskItem], actor: Actor) -> list[Line]:
    """The desk lines of registrations that wait for an office. One query."""
    rows = Registration.objects.select_related("organisation", "community").in_bulk([i.object_id for i in items])
    lines = []
    for item in items:
        row = rows.get(item.object_id)
        if row is not None:
            lines.append(
                Line(
                    title=row.organisation.label,
                    where=_("Registration · %(place)s") % {"place": row.community.label},
                    url=f"/workspace/units/{row.organisation.code}/#registration",
                    verb=item.verb,
                    verb_label=_("accept the registration"),
                    due_at=item.due_at,
                    action=_("Look"),
                )
            )
    return lines


SENTENCES.add("registration.handed_in", handed_in)
SENTENCES.add("registration.accepted", accepted)
LOADERS.add("registration", load)
