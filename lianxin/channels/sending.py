"""Sending one message by one channel, and saying what went wrong without a secret.

E-mail and SMS gateways are spoken to by apprise. For group chats apprise reads the address; the request is made here,
because these services answer 200 and say in the body that they refused, which apprise takes for success.
"""

import base64
import hashlib
import hmac
import logging
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from apprise.common import NotifyFormat
from django.conf import settings

from lianxin.channels.addresses import BadAddress, plugin
from lianxin.channels.models import PERSONAL, Channel, ChannelKind
from lianxin.channels.words import Message

TIMEOUT = (5, 10)  # seconds: to connect, to answer
# "Too often" in the answers of WeCom, DingTalk, Feishu.
TOO_OFTEN = {45009, 130101, 660026, 9499, 11232}
_STATUS = re.compile(r"error=(\d{3})")


class NotSent(Exception):
    """It did not go out; `str()` says why, in code words that hold no secret and nothing of a person."""


class TooOften(NotSent):
    """The service wants us to wait a minute."""


class _Heard(logging.Logger):
    """Listens to apprise instead of letting it log: its lines hold addresses and messages."""

    def __init__(self) -> None:
        super().__init__("lianxin.channels.heard", logging.WARNING)
        self.propagate = False
        self.said: list[str] = []

    def handle(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())

    def trace(self, *args: Any, **kwargs: Any) -> None:
        """apprise's own level below debug."""


def _reason(said: list[str]) -> str:
    status = _STATUS.search(" ".join(said))
    if status:
        return f"HTTP {status[1]}"
    return "no connection, or not logged in" if any("onnection" in line for line in said) else "refused"


def _at_relay(url: str) -> str:
    """`url` at the relay that the city named, if any."""
    if not settings.NOTICES_RELAY:
        return url
    relay, asked = urlsplit(settings.NOTICES_RELAY), urlsplit(url)
    return urlunsplit((relay.scheme, relay.netloc, relay.path.rstrip("/") + asked.path, asked.query, ""))


Request = tuple[str, dict[str, str], dict[str, Any]]


def _wecom(made: Any, body: str) -> Request:
    return made.notify_url.format(key=made.key), {}, {"msgtype": "text", "text": {"content": body}}


def _dingtalk(made: Any, body: str) -> Request:
    signed = {}
    if made.secret:
        # Not by apprise's get_signature: it is quoted there, and once more by requests; the service refuses that.
        stamp = str(round(time.time() * 1000))
        digest = hmac.new(made.secret.encode(), f"{stamp}\n{made.secret}".encode(), hashlib.sha256).digest()
        signed = {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    return made.notify_url.format(token=made.token), signed, {"msgtype": "text", "text": {"content": body}}


def _feishu(made: Any, body: str) -> Request:
    url = getattr(made, "webhook_url", "") or made.notify_url.format(token=made.token).rstrip("/")
    signed = {}
    if made.user:
        # apprise signs nothing here. The key of the digest is time and secret, the message is empty.
        stamp = str(int(time.time()))
        digest = hmac.new(f"{stamp}\n{unquote(made.user)}".encode(), b"", hashlib.sha256).digest()
        signed = {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    return url, {}, {**signed, "msg_type": "text", "content": {"text": body}}


BOTS: dict[str, Callable[[Any, str], Request]] = {"wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu}


def _post(url: str, params: dict[str, str], payload: dict[str, Any]) -> None:
    try:
        answer = requests.post(_at_relay(url), params=params, json=payload, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise NotSent(type(error).__name__) from None
    if answer.status_code == 429:
        raise TooOften("HTTP 429")
    try:
        said = answer.json()
        code = int(said.get("errcode", said.get("code", said.get("StatusCode"))))
    except (ValueError, TypeError, AttributeError):
        raise NotSent(f"HTTP {answer.status_code}") from None
    if code in TOO_OFTEN:
        raise TooOften(f"code {code}")
    if code or answer.status_code != 200:
        raise NotSent(f"HTTP {answer.status_code}, code {code}")


def send(channel: Channel, to: str, message: Message) -> None:
    """Send `message` by `channel`; `to`: the reader's e-mail address or telephone number, '' for a group.

    Raises NotSent, and TooOften when it may go out in a minute.
    """
    if not channel.address:
        raise NotSent("the address can't be read: another field key")
    try:
        made = plugin(channel.kind, channel.address, to)
    except BadAddress:
        raise NotSent("no address of this kind") from None
    if channel.kind not in PERSONAL:
        _post(*BOTS[channel.kind](made, message.body))
        return
    heard = made.logger = _Heard()
    title = message.subject if channel.kind == ChannelKind.EMAIL else ""
    if not made.notify(body=message.body, title=title, body_format=NotifyFormat.TEXT):
        reason = _reason(heard.said)
        raise TooOften(reason) if reason == "HTTP 429" else NotSent(reason)
