"""Encryption of personal fields, keyed digests, tracking codes."""

import base64
import functools
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

# Crockford's alphabet: no I, L, O, U, so that a code can be read out over the telephone.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16  # 16 × 5 bits = 80 bits


@functools.lru_cache(maxsize=4)
def _fernet(keys: str) -> MultiFernet:
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"lianxin.fields:{key}".encode()).digest()))
            for key in keys.split(",")
        ]
    )


def encrypt(text: str) -> str:
    """`text` encrypted with the first of the keys in LIANXIN_FIELD_KEY (comma-separated, newest first)."""
    return _fernet(settings.FIELD_KEY).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind `token`; empty when no key fits (a restored backup without its key)."""
    try:
        return _fernet(settings.FIELD_KEY).decrypt(token.encode()).decode()
    except InvalidToken:
        return ""


def renewed(token: str) -> str | None:
    """`token` under the newest key, the same where it is that already; None when no key fits."""
    try:
        _fernet(settings.FIELD_KEY.split(",")[0]).decrypt(token.encode())
    except InvalidToken:
        try:
            return _fernet(settings.FIELD_KEY).rotate(token.encode()).decode()
        except InvalidToken:
            return None
    return token


def encrypt_bytes(data: bytes) -> bytes:
    """A file's content, encrypted in the same way."""
    return _fernet(settings.FIELD_KEY).encrypt(data)


def decrypt_bytes(sealed: bytes) -> bytes | None:
    """What `encrypt_bytes` was given; None when no key fits."""
    try:
        return _fernet(settings.FIELD_KEY).decrypt(sealed)
    except InvalidToken:
        return None


def _digest_under(secret: str, purpose: str, value: str) -> str:
    key = hashlib.sha256(f"lianxin.digest:{purpose}:{secret}".encode()).digest()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def keyed_digest(purpose: str, value: str) -> str:
    """HMAC-SHA256 of `value` under the server's key, as 64 hex digits; `purpose` keeps uses apart."""
    return _digest_under(settings.SECRET_KEY, purpose, value)


def keyed_digests(purpose: str, value: str) -> list[str]:
    """The digests by which `value` may have been kept: under the server's key, then under those of before."""
    return [_digest_under(key, purpose, value) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def salted_digest(salt: bytes, value: str) -> str:
    """HMAC-SHA256 of `value` under `salt`: what history keeps of a personal value. Dies with the salt."""
    return hmac.new(salt, value.encode(), hashlib.sha256).hexdigest()


def new_code() -> str:
    """A new tracking code of 80 random bits, e.g. `7Q2M-94XD-K0TB-3ZFA`."""
    raw = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(raw[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def normal_code(typed: str) -> str:
    """`typed` as it would be stored: upper case, without separators, I/L read as 1 and O as 0."""
    text = "".join(c for c in typed.upper() if c.isalnum())
    return text.translate(str.maketrans("ILO", "110"))


def code_digest(code: str) -> str:
    """What the database keeps of a tracking or invitation code."""
    return keyed_digest("code", normal_code(code))


def code_digests(code: str) -> list[str]:
    """What to look a code up by."""
    return keyed_digests("code", normal_code(code))
