"""A channel's address: what an administrator pastes, checked and turned into the one form that is kept.

apprise reads it. Group chats may be given as the webhook address that the service shows. apprise and what it needs
take 24 MB: only what sends or checks an address imports this module.
"""

import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from apprise.asset import AppriseAsset
from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.custom_form import NotifyForm
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.lark import NotifyLark
from apprise.plugins.wecombot import NotifyWeComBot

from lianxin.channels.models import ChannelKind

PHONE = "{phone}"
SCHEMAS: dict[str, dict[str, Any]] = {
    ChannelKind.EMAIL: {"mailto": NotifyEmail, "mailtos": NotifyEmail},
    ChannelKind.SMS: {"form": NotifyForm, "forms": NotifyForm, "json": NotifyJSON, "jsons": NotifyJSON},
    ChannelKind.WECOM: {"wecombot": NotifyWeComBot},
    ChannelKind.DINGTALK: {"dingtalk": NotifyDingTalk},
    ChannelKind.FEISHU: {"feishu": NotifyFeishu, "lark": NotifyLark},
}
_ASSET = AppriseAsset(app_id="Lianxin", app_desc="Lianxin", app_url="", async_mode=False)
_HOOK = re.compile(r"/open-apis/bot/v2/hook/([\w-]+)/?")


class BadAddress(ValueError):
    """It is no address of this kind of channel."""


def _from_webhook(typed: str) -> str:
    """The webhook address of a service as apprise writes it; anything else unchanged."""
    parts = urlsplit(typed)
    asked = parse_qs(parts.query)
    if parts.scheme != "https":
        return typed
    if parts.hostname == "qyapi.weixin.qq.com" and parts.path.rstrip("/") == "/cgi-bin/webhook/send":
        return f"wecombot://{quote(asked.get('key', [''])[0], safe='')}/"
    if parts.hostname == "oapi.dingtalk.com" and parts.path.rstrip("/") == "/robot/send":
        return f"dingtalk://{quote(asked.get('access_token', [''])[0], safe='')}/"
    schema = {"open.feishu.cn": "feishu", "open.larksuite.com": "lark"}.get(parts.hostname or "")
    hook = _HOOK.fullmatch(parts.path)
    return f"{schema}://{hook[1]}/" if schema and hook else typed


def plugin(kind: str, address: str, to: str = "") -> Any:
    """What apprise makes of an address, for the reader `to` (e-mail address or telephone number).

    Raises BadAddress.
    """
    schema = address.partition("://")[0].lower()
    reads = SCHEMAS[kind].get(schema)
    if reads is None:
        raise BadAddress
    if kind == ChannelKind.SMS:
        address = address.replace(PHONE, quote(to, safe=""))
    try:
        said = reads.parse_url(address)
        made = reads(**said, asset=_ASSET) if said else None
    except (AppriseImproperlyConfigured, TypeError, ValueError) as error:
        raise BadAddress from error
    if made is None:
        raise BadAddress
    if kind == ChannelKind.EMAIL:
        # The reader alone, whatever the address says: no copies, and no name beside it.
        made.targets = [(False, to)] if to else []
        made.cc, made.bcc, made.names = set(), set(), {}
    return made


def checked(kind: str, typed: str) -> str:
    """The address as it is kept. Raises BadAddress for one that does not belong to this kind of channel."""
    address = _from_webhook(typed.strip())
    made = plugin(kind, address, "13800000000")
    if kind == ChannelKind.SMS and (PHONE not in address or made.method != "POST"):
        raise BadAddress
    if kind == ChannelKind.DINGTALK and made.targets:
        raise BadAddress  # telephone numbers of members, to be called out in the group
    if kind == ChannelKind.EMAIL and not (made.smtp_host or made.host):
        raise BadAddress
    return address


def masked(kind: str, address: str) -> str:
    """The address as pages show it: which service or server, no secret."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}" if kind in (ChannelKind.EMAIL, ChannelKind.SMS) else parts.scheme
