"""What a person wants to get outside."""

import re
from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import User
from lianxin.accounts.names import normal_phone
from lianxin.channels.models import ChannelKind, Choice
from lianxin.channels.rules import sms_number
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.core.operation import operation
from lianxin.history import chain

_PHONE = re.compile(r"\+?\d{5,18}")


def forget_choice(user: User) -> None:
    """Erase what a user chose, the telephone number with it; for the operation that closes the account."""
    Choice.objects.filter(user=user).delete()


@operation
def choose_channels(
    *, actor: Actor, at: datetime, phone: str, ways: Collection[str], digest: bool, emergencies: bool
) -> Choice:
    """Choose one's own ways and what is wanted; history keeps which of them changed, not what they say.

    E-mail goes to the address of the account, by which one logs in (staffing.operations.change_contacts). Text messages
    go to `phone`; the work telephone, typed or not, is kept once, with the account. A way without an address reaches
    nobody. Raises NotAllowed for somebody who is not logged in, Invalid for a number that is none.
    """
    if actor.user is None:
        raise NotAllowed(_("Please log in first."))
    user = User.objects.select_for_update().get(pk=actor.user.pk)
    choice = Choice.objects.filter(user=user).first() or Choice(user=user)
    phone = sms_number(phone)
    if phone and not _PHONE.fullmatch(phone):
        raise Invalid(_("This is no telephone number."), field="phone")
    if user.phone and normal_phone(phone) == normal_phone(user.phone):
        phone = ""
    wanted = {
        "phone": phone,
        "by_email": ChannelKind.EMAIL in ways,
        "by_sms": ChannelKind.SMS in ways,
        "digest": digest,
        "emergencies": emergencies,
    }
    changed = sorted(name for name, value in wanted.items() if getattr(choice, name) != value)
    if changed:
        for name in changed:
            setattr(choice, name, wanted[name])
        choice.save()
        chain.record(user, "user.notices_chosen", actor=actor, at=at, fields=changed)
        user.save(update_fields=["history_seq", "history_head"])
    return choice
