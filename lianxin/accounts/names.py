"""What a person types to say who they are: user name, e-mail address or work telephone."""

import re
import unicodedata

from django.db.models import Q
from django.utils.translation import gettext as _

from lianxin.accounts.models import User
from lianxin.core.crypto import keyed_digest, keyed_digests

_TELEPHONE = re.compile(r"\+?[0-9 ()\-]{7,30}")
SHORTEST, LONGEST = 7, 15
MOBILE = 11


def normal_phone(typed: str) -> str:
    """The digits of a telephone number without the country's 86; '' for what is none."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if not _TELEPHONE.fullmatch(text):
        return ""
    digits = re.sub(r"\D", "", text)
    if text.startswith("+86"):
        digits = digits.removeprefix("86")
    elif digits.startswith("0086"):
        digits = digits.removeprefix("0086")
    return digits if SHORTEST <= len(digits) <= LONGEST else ""


def phone_fault(typed: str) -> str:
    """What is wrong with the length of a mobile number (one that begins with 1), in words; '' for nothing.

    Landlines, numbers of other countries and the short ones of services are as long as they are.
    """
    digits = normal_phone(typed)
    if not digits.startswith("1") or "+" in typed.replace("+86", ""):
        return ""
    words = {
        True: _("A mobile number has 11 digits, this one has %(n)s. Is one missing?"),
        False: _("A mobile number has 11 digits, this one has %(n)s. Is one too many?"),
    }[len(digits) < MOBILE]
    return "" if len(digits) == MOBILE else words % {"n": len(digits)}


def phone_digest(phone: str) -> str:
    """The keyed digest by which a work telephone is found at log-in; '' for none."""
    digits = normal_phone(phone)
    return keyed_digest("phone", digits) if digits else ""


def phone_digests(phone: str) -> list[str]:
    """What to look a work telephone up by; nothing for none."""
    digits = normal_phone(phone)
    return keyed_digests("phone", digits) if digits else []


def normal_name(typed: str) -> str:
    """One text for all spellings that lead to the same account, so that a throttle counts them together."""
    # PostgreSQL compares in upper case: what meets there must meet here, too.
    return normal_phone(typed) or unicodedata.normalize("NFKC", typed.strip()).upper().casefold()


def find_user(typed: str) -> User | None:
    """Whoever logs in with this user name, e-mail address or work telephone, in any case. One query."""
    name = normal_name(typed)
    if not name or "\x00" in name:
        return None
    wanted = Q(username__iexact=name) | Q(email__iexact=name)
    if digests := phone_digests(typed):
        wanted |= Q(phone_digest__in=digests)
    found = list(User.objects.filter(wanted).order_by("pk")[:5])
    # A user name goes before an address that reads the same; its exact spelling before another.
    found.sort(key=lambda u: (u.username != typed.strip(), u.username.casefold() != name))
    return found[0] if found else None
