"""What tests of channels share: setting up channels and choices, sending notices."""

from datetime import datetime
from typing import Any

from lianxin.accounts.models import User
from lianxin.channels.models import Channel, Delivery
from lianxin.channels.operations import add_channel, choose_channels
from lianxin.channels.tests.outside import MailServer, Services
from lianxin.notifications import notices
from lianxin.notifications.models import Notice
from lianxin.notifications.notices import Say
from tests.cast import Cast

# What must never leave the house.
WORDS, NAME, PHONE = "二楼漏水很久了", "样例居民", "13712345678"


def wecom(cast: Cast, scope: Any = None) -> Channel:
    """The WeCom group of the north community, or of another scope."""
    scope = scope or cast.north.scope
    return add_channel("wecom", actor=cast.actor("admin"), at=cast.clock.at, scope=scope, address="wecombot://sec-ret/")


def email(cast: Cast, mail: MailServer) -> Channel:
    """The city's mail server."""
    address = f"mailto://127.0.0.1:{mail.port}/?from=lianxin@city.example&mode=insecure"
    return add_channel("email", actor=cast.actor("admin"), at=cast.clock.at, scope=None, address=address)


def sms(cast: Cast, services: Services) -> Channel:
    """The city's SMS gateway."""
    address = f"json://key:sec-ret@127.0.0.1:{services.port}/send?:mobile={{phone}}&:message=content"
    return add_channel("sms", actor=cast.actor("admin"), at=cast.clock.at, scope=None, address=address)


def choose(cast: Cast, name: str, **wanted: Any) -> None:
    """A person's choice; e-mail, digest and emergencies where nothing else is said."""
    said: dict[str, Any] = {"phone": "", "ways": ["email"], "digest": True, "emergencies": True} | wanted
    address = said.pop("email", f"{name}@city.example")
    User.objects.filter(pk=cast.users[name].pk).update(email=address)
    choose_channels(actor=cast.actor(name), at=cast.clock.at, **said)
    cast.users[name].refresh_from_db()


def say(cast: Cast, at: datetime, *, urgent: bool = False, number: str = "SC-26-00001", **changes: Any) -> Notice:
    """A notice to the north office, written by an operation that told more than it should."""
    said: dict[str, Any] = {"scope_id": cast.north.pk, "role": "office"}
    said |= {"params": {"number": number, "text": WORDS, "name": NAME, "phone": PHONE}} | changes
    notices.send([Say("need.word", f"/workspace/needs/{number}/", urgent=urgent, **said)], at=at)
    return Notice.objects.order_by("-pk")[0]


def states() -> list[str]:
    """The states of all deliveries, oldest first."""
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))
