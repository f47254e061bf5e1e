"""What a person reads about their own posts."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.core.clock import local_day
from lianxin.desk.models import DeskItem
from lianxin.desk.queue import LOADERS, Line
from lianxin.notifications.notices import SENTENCES
from lianxin.staffing.empty import CODE
from lianxin.staffing.resets import page_of
from lianxin.staffing.steps import RESET


def appointed(params: dict[str, Any]) -> str:
    """A new post."""
    return _("You have a new post.")


def ended(params: dict[str, Any]) -> str:
    """A post came to its end."""
    return _("One of your posts ends on %(day)s.") % {"day": params.get("last_on", "")}


def stands_in(params: dict[str, Any]) -> str:
    """Somebody's substitute, from one day to another."""
    return _("You stand in for somebody from %(from_on)s to %(to_on)s.") % params


def post_empty(params: dict[str, Any]) -> str:
    """To the tier above an office or town that nobody is left in."""
    english = (get_language() or "").startswith("en")
    place = params["place_en"] if english and params["place_en"] else params["place"]
    words = _("Nobody holds the post at %(place)s, where work waits (%(count)s). Appoint somebody.")
    return words % {"count": params["count"], "place": place}


def token_ends(params: dict[str, Any]) -> str:
    """A token ends within a week."""
    day = local_day(datetime.fromisoformat(params["at"]))
    return _("Your API token …%(tail)s ends on %(day)s. Make a new one in time.") % (params | {"day": day})


def reset_asked(params: dict[str, Any]) -> str:
    """To a second person."""
    return _("A reset code waits for a second person's yes.")


def reset_about_you(params: dict[str, Any]) -> str:
    """To whoever the code is for."""
    return _("A reset code for your account was printed. Was it not you who asked? Tell your office at once.")


def reset_approved(params: dict[str, Any]) -> str:
    """To whoever printed the code."""
    return _("The reset code that you printed was approved.")


def reset_refused(params: dict[str, Any]) -> str:
    """To whoever printed the code."""
    return _("The reset code that you printed was refused.")


def load_resets(items: list[DeskItem], actor: Actor) -> list[Line]:
    """The desk lines of resets that wait for a second person. No query: name and reason stand on the page alone."""
    return [
        Line(
            title=_("Reset code"),
            where=_("People and posts"),
            url=page_of(item.object_id),
            verb=item.verb,
            verb_label=_("be the second person"),
            due_at=item.due_at,
            action=_("Look"),
        )
        for item in items
    ]


LOADERS.add(RESET, load_resets)
SENTENCES.add("staff.token_ends", token_ends)
SENTENCES.add("reset.asked", reset_asked)
SENTENCES.add("reset.about_you", reset_about_you)
SENTENCES.add("reset.approved", reset_approved)
SENTENCES.add("reset.refused", reset_refused)
SENTENCES.add("staff.stands_in", stands_in)
SENTENCES.add("staff.appointed", appointed)
SENTENCES.add("staff.ended", ended)
SENTENCES.add(CODE, post_empty)
