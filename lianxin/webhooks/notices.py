"""What administrators read about addresses that do not answer."""

from typing import Any

from django.utils.translation import gettext as _

from lianxin.notifications.notices import SENTENCES


def given_up(params: dict[str, Any]) -> str:
    """An address did not answer for a day."""
    return _("“%(name)s” has not taken any event for a day and was switched off.") % params


SENTENCES.add("webhook.given_up", given_up)
