"""Whom the pipeline tells what. Notices hold numbers and codes only."""

from typing import Any

from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations.steps import need_url
from lianxin.needs.rules import HANDLER_ROLE, decides, giver_post
from lianxin.notifications.notices import Say


def to_handler(need: Need, code: str, *, urgent: bool = False, **params: Any) -> Say:
    """A notice to the office that has `need` in hand."""
    return Say(
        code,
        need_url(need),
        scope_id=need.handler_id,
        role=HANDLER_ROLE[need.handler.kind],
        params={"number": need.number, **params},
        urgent=urgent,
    )


def to_giver(need: Need, commitment: Commitment, code: str, *, urgent: bool = False, **params: Any) -> Say:
    """A notice to the post that acts for the commitment's giver."""
    scope_id, role = giver_post(commitment.giver)
    params = {"number": need.number, **params}
    return Say(code, need_url(need), scope_id=scope_id, role=role, params=params, urgent=urgent)


def to_level_above(need: Need, code: str) -> Say:
    """A notice to the post that decides on a contested decline."""
    scope_id, role = decides(need)
    return Say(code, need_url(need), scope_id=scope_id, role=role, params={"number": need.number})
