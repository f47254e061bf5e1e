"""What a person wants to get outside."""

import re
from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
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


def _set(thing: User | Choice, wanted: dict[str, object]) -> list[str]:
    changed = sorted(name for name, value in wanted.items() if getattr(thing, name) != value)
    for name in changed:
        setattr(thing, name, wanted[name])
    return changed


def _require_addresses(email: str, phone: str) -> None:
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid(_("This is no e-mail address."), field="email") from error
    if phone and not _PHONE.fullmatch(phone):
        raise Invalid(_("This is no telephone number."), field="phone")


def forget_choice(user: User) -> None:
    """Erase what a user chose, the telephone number with it; for the operation that closes the account."""
    Choice.objects.filter(user=user).delete()


@operation
def choose_channels(
    *, actor: Actor, at: datetime, email: str, phone: str, ways: Collection[str], digest: bool, emergencies: bool
) -> Choice:
    """Choose one's own ways, addresses, and what is wanted; history keeps which of them changed, not what they say.

    Text messages go to `phone`; the work telephone, typed or not, is kept once, with the account. A way without an
    address reaches nobody. Raises NotAllowed for somebody who is not logged in, Invalid for an
    address that is none.
    """
    if actor.user is None:
        raise NotAllowed(_("Please log in first."))
    user = User.objects.select_for_update().get(pk=actor.user.pk)
    choice = Choice.objects.filter(user=user).first() or Choice(user=user)
    email, phone = email.strip(), sms_number(phone)
    _require_addresses(email, phone)
    if user.phone and normal_phone(phone) == normal_phone(user.phone):
        phone = ""
    wanted = {
        "phone": phone,
        "by_email": ChannelKind.EMAIL in ways,
        "by_sms": ChannelKind.SMS in ways,
        "digest": digest,
        "emergencies": emergencies,
    }
    changed = [*_set(user, {"email": email}), *_set(choice, wanted)]
    if changed:
        choice.save()
        chain.record(user, "user.notices_chosen", actor=actor, at=at, fields=changed)
        user.save(update_fields=["email", "history_seq", "history_head"])
    return choice
