"""A signed POST to an address outside, and to no address inside."""

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from lianxin.core.errors import Invalid

SECONDS = 5
IN_ALL = 10
MAX_URL = 300
# Ways in which an address of the inside can be written as one of the outside.
WRAPPED = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]


class Unreachable(Exception):
    """The address could not be reached, or may not be; the text is a word for the log."""


def check_url(url: str) -> SplitResult:
    """The parts of an address that events may be sent to. Raises Invalid.

    https only; http only to this machine itself, in the demo and in tests (WEBHOOKS_TO_LOOPBACK).
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        raise Invalid(_("This is no address."), field="url") from None
    fits = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_URL
    if not fits or not parts.hostname or parts.username is not None or parts.fragment:
        raise Invalid(_("Give an address like https://example.org/lianxin, without user name and #."), field="url")
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.WEBHOOKS_TO_LOOPBACK):
        raise Invalid(_("The address must begin with https://."), field="url")
    return parts


def is_outside(address: str) -> bool:
    """Whether an IP address belongs to the internet, and not to this machine, its network or a special purpose."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_outside(str(ip.ipv4_mapped))
        if any(ip in net for net in WRAPPED):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def reachable(parts: SplitResult) -> tuple[str, int]:
    """IP address and port to connect to. Raises Unreachable when any address of the name lies inside."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("name") from None
    addresses = [str(info[4][0]) for info in found]
    if settings.WEBHOOKS_TO_LOOPBACK and all(ipaddress.ip_address(a.partition("%")[0]).is_loopback for a in addresses):
        return addresses[0], port
    if parts.scheme != "https" or not addresses or not all(map(is_outside, addresses)):
        raise Unreachable("inside")
    return addresses[0], port


class _Pinned(http.client.HTTPConnection):
    """Connects to the IP address that was checked; the name is asked for no second time."""

    def __init__(self, parts: SplitResult, address: tuple[str, int]) -> None:
        super().__init__(parts.hostname or "", address[1], timeout=SECONDS)
        self.address, self.safe = address, parts.scheme == "https"

    def connect(self) -> None:
        self.sock = socket.create_connection(self.address, timeout=SECONDS)
        if self.safe:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def body_of(event_id: str, event: str, number: str, at: str, url: str) -> bytes:
    """What is sent: number, event, time, link; never words, names or telephone numbers."""
    said = {"id": event_id, "event": event, "number": number, "at": at, "url": url}
    return json.dumps(said, separators=(",", ":")).encode()


def signature(secrets: Iterable[str], timestamp: int, body: bytes) -> str:
    """`t=…,v1=…`: HMAC-SHA256 over the time of sending, a dot and the body, once for each secret that holds."""
    signed = f"{timestamp}.".encode() + body
    marks = [f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={timestamp}", *marks])


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer, whose words are not read; no redirect is followed. Raises Unreachable."""
    try:
        parts = check_url(url)
    except Invalid:
        raise Unreachable("address") from None
    connection = _Pinned(parts, reachable(parts))
    said: dict[str, Any] = {"Content-Type": "application/json", "User-Agent": "lianxin-webhooks", **headers}
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
        # An answer that drips in byte by byte must not hold up everybody else's.
        alarm = threading.Timer(IN_ALL, connection.sock.shutdown, [socket.SHUT_RDWR])
        alarm.start()
        try:
            connection.request("POST", target, body, said)
            return connection.getresponse().status
        finally:
            alarm.cancel()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(type(error).__name__) from None
    finally:
        connection.close()
