"""What askers correct of what is held on them."""

from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.names import phone_fault
from lianxin.core.errors import Invalid
from lianxin.core.operation import operation
from lianxin.needs.kinds import kind_of
from lianxin.needs.models import Need
from lianxin.needs.operations import notify
from lianxin.needs.operations.steps import change_status, contact_digest, lock, settle
from lianxin.needs.reading import LABELS
from lianxin.needs.rules import require
from lianxin.needs.states import Status as S
from lianxin.notifications import notices


@operation
def correct_own(
    need: Need,
    *,
    actor: Actor,
    at: datetime,
    name: str,
    phone: str,
    place_detail: str,
    giver_may_call: bool,
    publish_ok: bool | None = None,
) -> Need:
    """The asker says anew how to be reached and whether it may be published; the office is told that it changed.

    An empty value takes away what was there. `publish_ok`: False takes it off the wall at once, and whoever took it on
    goes on; True allows it from now on; None leaves it. Does nothing when nothing differs.
    Raises Invalid for a telephone number that can't be one, and for a kind that needs one.
    """
    need = lock(need)
    require(actor, need, "correct_own")
    if fault := phone_fault(phone):
        raise Invalid(fault, field="phone")
    if kind_of(need).needs_phone and not phone.strip():
        raise Invalid(_("Leave a telephone number, so that we can call you."), field="phone")
    said = {
        "asker_name": name.strip(),
        "asker_phone": phone.strip(),
        "place_detail": place_detail.strip(),
        "giver_may_call": giver_may_call and bool(phone.strip()),
        "publish_ok": need.publish_ok if publish_ok is None else publish_ok and kind_of(need).publishable,
    }
    changed = sorted(field for field, value in said.items() if value != getattr(need, field))
    if not changed:
        return need
    for field in changed:
        setattr(need, field, said[field])
    before = need.status
    if not need.publish_ok:
        need.published_at = None
        if need.status == S.PUBLISHED:
            change_status(need, S.VERIFIED, at=at)
    digests = {field: contact_digest(need, getattr(need, field)) for field in changed if field in LABELS}
    consent = {"publish_ok": need.publish_ok} if "publish_ok" in changed else {}
    settle(need, "corrected_own", before, actor=actor, at=at, fields=changed, digests=digests, **consent)
    notices.send([notify.to_handler(need, "need.corrected_own")], at=at)
    return need
