"""Passkeys (WebAuthn level 2, by python-fido2): what is asked of a browser, and whether its answer is right.

Nothing is stored here. The question (challenge) lies in the session and is taken out when the answer comes.
"""

import base64
import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.conf import settings
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from lianxin.accounts.models import Passkey, User
from lianxin.core.crypto import keyed_digest

ASKED = "passkey"
# What parsing and checking a strange answer may raise; a caller hears only that it did not fit.
_WRONG = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, NotImplementedError),
    *(OverflowError, InvalidSignature, UnsupportedAlgorithm),
)


class WrongPasskey(Exception):
    """The browser's answer does not fit the question."""


@dataclass(frozen=True)
class Shown:
    """A passkey that answered rightly, and what its counter said."""

    passkey: Passkey
    counter: int


@dataclass(frozen=True)
class Made:
    """A new passkey as the browser made it."""

    digest: str
    credential: str
    counter: int


def possible(request: HttpRequest) -> bool:
    """Browsers know passkeys on a named host with https, and on localhost; never on a bare number."""
    host = _host(request)
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return settings.SECURE or host == "localhost"
    return False


def _host(request: HttpRequest) -> str:
    full = request.get_host()
    return full if full.endswith("]") else full.rsplit(":", 1)[0]


def _server(request: HttpRequest) -> Fido2Server:
    # The host is one of LIANXIN_ALLOWED_HOSTS; a passkey belongs to the host on which it was made.
    origin = f"{'https' if settings.SECURE else 'http'}://{request.get_host()}"
    party = PublicKeyCredentialRpEntity(name="Lianxin", id=_host(request))
    return Fido2Server(party, attestation="none", verify_origin=lambda said: said == origin)  # type: ignore[arg-type]


def _keys(passkeys: Sequence[Passkey]) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(base64.b64decode(p.credential)) for p in passkeys]


def digest_of(credential_id: bytes) -> str:
    """By which a passkey is found."""
    return hashlib.sha256(credential_id).hexdigest()


def ask_to_make(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser needs to make a passkey for `user`, as JSON."""
    person = PublicKeyCredentialUserEntity(
        id=bytes.fromhex(keyed_digest("passkey", str(user.pk))), name=user.username, display_name=user.name
    )
    options, state = _server(request).register_begin(
        person,
        _keys(list(user.passkeys.all())),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[ASKED] = dict(state) | {"for": user.pk, "to": "make"}
    return dict(options)


def made(request: HttpRequest, user: User, answer: Any) -> Made:
    """The passkey in the browser's answer. Raises WrongPasskey."""
    state = _asked(request, "make", user.pk)
    try:
        data = _server(request).register_complete(state, answer)
        key = data.credential_data
        if key is None:
            raise WrongPasskey
        return Made(digest_of(key.credential_id), base64.b64encode(bytes(key)).decode(), data.counter)
    except _WRONG as error:
        raise WrongPasskey from error


def ask_to_show(request: HttpRequest, user: User | None) -> dict[str, Any]:
    """What the browser needs to show a passkey, as JSON.

    Of `user`, as the second step after the password; of anybody (None), as the only step, with the device's own
    check of its holder.
    """
    need = UserVerificationRequirement.PREFERRED if user else UserVerificationRequirement.REQUIRED
    keys = _keys(list(user.passkeys.all())) if user else None
    options, state = _server(request).authenticate_begin(keys, user_verification=need)
    request.session[ASKED] = dict(state) | {"for": user.pk if user else None, "to": "show"}
    return dict(options)


def shown(request: HttpRequest, user: User | None, answer: Any) -> Shown:
    """Which passkey answered. Raises WrongPasskey, also for one of somebody else and of a closed account."""
    state = _asked(request, "show", user.pk if user else None)
    try:
        said = AuthenticationResponse.from_dict(answer)
        known = Passkey.objects.filter(digest=digest_of(said.raw_id), user__is_active=True).select_related("user")
        passkey = (known.filter(user=user) if user else known).first()
        if passkey is None:
            raise WrongPasskey
        _server(request).authenticate_complete(state, _keys([passkey]), answer)
        return Shown(passkey, said.response.authenticator_data.counter)
    except _WRONG as error:
        raise WrongPasskey from error


def _asked(request: HttpRequest, to: str, user_id: int | None) -> dict[str, Any]:
    """The question that was asked; it is good for one answer."""
    state = request.session.pop(ASKED, None)
    if not state or state["to"] != to or state["for"] != user_id:
        raise WrongPasskey
    need = state["user_verification"]
    return {**state, "user_verification": UserVerificationRequirement(need) if need else None}
