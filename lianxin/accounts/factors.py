"""Second factors: codes of an app (RFC 6238), recovery codes; passkeys lie in `passkeys`."""

import secrets
import string
import unicodedata
from datetime import datetime

import pyotp

from lianxin.accounts.models import Authenticator, Passkey, User
from lianxin.core.crypto import CODE_ALPHABET, keyed_digest, keyed_digests, normal_code

STEP = 30
RECOVERY_CODES = 10
RECOVERY_LENGTH = 12  # 12 × 5 bits = 60 bits


def has_second_factor(user: User) -> bool:
    """Has this person an app or a passkey? Two queries at the most."""
    return Authenticator.objects.filter(user=user).exists() or Passkey.objects.filter(user=user).exists()


def new_secret() -> str:
    """A secret for an app: 160 random bits in base 32."""
    return pyotp.random_base32()


def app_address(secret: str, user: User, issuer: str) -> str:
    """What the QR code for the app holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=issuer)


def step_of(secret: str, code: str, at: datetime, after: int = 0) -> int | None:
    """The half minute to which `code` belongs: this one, the one before or after; None when it is wrong.

    Only steps later than `after` count, so that no code works twice.
    """
    # A Chinese keyboard types full-width digits.
    typed = "".join(c for c in unicodedata.normalize("NFKC", code) if c in string.digits)
    app, this = pyotp.TOTP(secret), int(at.timestamp()) // STEP
    fits = [step for step in (this - 1, this, this + 1) if secrets.compare_digest(app.generate_otp(step), typed)]
    return next((step for step in fits if step > after), None)


def new_recovery_code() -> str:
    """A code for the day on which the phone is lost, e.g. `7Q2M-94XD-K0TB`."""
    raw = "".join(secrets.choice(CODE_ALPHABET) for _ in range(RECOVERY_LENGTH))
    return "-".join(raw[i : i + 4] for i in range(0, RECOVERY_LENGTH, 4))


def recovery_digest(user: User, code: str) -> str:
    """What the database keeps of a recovery code."""
    return keyed_digest("recovery", _recovery(user, code))


def recovery_digests(user: User, code: str) -> list[str]:
    """What to look a recovery code up by."""
    return keyed_digests("recovery", _recovery(user, code))


def _recovery(user: User, code: str) -> str:
    return f"{user.pk}:{normal_code(code)}"
