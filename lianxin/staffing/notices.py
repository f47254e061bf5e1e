"""What a person reads about their own posts."""

from typing import Any

from django.utils.translation import gettext as _

from lianxin.notifications.notices import SENTENCES


def appointed(params: dict[str, Any]) -> str:
    """A new post."""
    return _("You have a new post.")


def ended(params: dict[str, Any]) -> str:
    """A post came to its end."""
    return _("One of your posts ends on %(day)s.") % {"day": params.get("last_on", "")}


SENTENCES.add("staff.appointed", appointed)
SENTENCES.add("staff.ended", ended)
