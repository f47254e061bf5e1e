"""What leaves the house, to the byte: a number and a link, in the reader's language; nothing of a person."""

import base64
import email
import email.policy
import hashlib
import hmac
import logging
import time
from typing import Any

import pytest

from lianxin.channels import addresses, sending, words
from lianxin.channels.addresses import BadAddress, checked
from lianxin.channels.jobs import run
from lianxin.channels.models import Channel, ChannelKind, Delivery
from lianxin.channels.operations import add_channel
from lianxin.channels.tests import setup
from lianxin.channels.tests.outside import MailServer, Services
from lianxin.needs.models import Need
from lianxin.notifications.models import Notice
from tests.cast import Cast

HELLO = words.Message("Lianxin: hello", "Lianxin: hello\nhttps://lianxin.example/workspace/notices/")


def by(kind: str, address: str) -> Channel:
    return Channel(kind=kind, address=address)


@pytest.mark.parametrize(
    ("kind", "address", "path", "asked", "body"),
    [
        (
            "wecom",
            "wecombot://a-key/",
            "/cgi-bin/webhook/send",
            {"key": "a-key"},
            {"msgtype": "text", "text": {"content": HELLO.body}},
        ),
        (
            "dingtalk",
            "dingtalk://token1/",
            "/robot/send",
            {"access_token": "token1"},
            {"msgtype": "text", "text": {"content": HELLO.body}},
        ),
        (
            "feishu",
            "feishu://token1/",
            "/open-apis/bot/v2/hook/token1",
            {},
            {"msg_type": "text", "content": {"text": HELLO.body}},
        ),
        (
            "feishu",
            "lark://token1/",
            "/open-apis/bot/v2/hook/token1",
            {},
            {"msg_type": "text", "content": {"text": HELLO.body}},
        ),
    ],
)
def test_each_group_chat_gets_the_body_that_its_manual_asks_for(
    services: Services, kind: str, address: str, path: str, asked: dict[str, str], body: dict[str, Any]
) -> None:
    sending.send(by(kind, address), "", HELLO)
    came = services.came[0]
    assert (came.path, came.asked, came.json) == (path, asked, body)


@pytest.mark.parametrize("schema", ["feishu", "lark"])
def test_feishu_is_signed_so_that_it_can_be_checked(services: Services, schema: str) -> None:
    sending.send(by("feishu", f"{schema}://SECabc@token1/"), "", HELLO)
    said = services.came[-1].json
    digest = hmac.new(f"{said['timestamp']}\nSECabc".encode(), b"", hashlib.sha256).digest()
    assert said["sign"] == base64.b64encode(digest).decode()
    assert abs(time.time() - int(said["timestamp"])) < 60 and said["content"]["text"]


def test_dingtalk_is_signed_so_that_it_can_be_checked(services: Services) -> None:
    sending.send(by("dingtalk", "dingtalk://SECabc@token1/"), "", HELLO)
    asked = services.came[0].asked
    said = hmac.new(b"SECabc", f"{asked['timestamp']}\nSECabc".encode(), hashlib.sha256).digest()
    assert asked["sign"] == base64.b64encode(said).decode()


def test_an_sms_gateway_gets_the_number_and_the_text(services: Services) -> None:
    address = f"form://u:p@127.0.0.1:{services.port}/send?:mobile={{phone}}&:message=content&:version=&:title=&:type="
    sending.send(by("sms", address), "13900000000", HELLO)
    came = services.came[0]
    assert came.headers["Authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
    assert came.body == (
        b"content=Lianxin%3A+hello%0Ahttps%3A%2F%2Flianxin.example%2Fworkspace%2Fnotices%2F&mobile=13900000000"
    )


def test_a_mail_goes_to_its_reader_alone(mail: MailServer) -> None:
    address = (
        f"mailto://127.0.0.1:{mail.port}/?from=lianxin@city.example&mode=insecure&to=other@x.example&cc=c@x.example"
    )
    sending.send(by("email", address), "clerk@city.example", HELLO)
    assert [came.to for came in mail.came] == [["clerk@city.example"]]
    read = email.message_from_string(mail.came[0].data, policy=email.policy.default)
    assert (read["To"], read["Subject"]) == ("clerk@city.example", "Lianxin: hello")
    assert read.get_content().replace("\r\n", "\n").strip() == HELLO.body


@pytest.mark.parametrize(
    ("answer", "error", "wait"),
    [
        ((200, {"errcode": 93000, "errmsg": "invalid webhook url"}), "HTTP 200, code 93000", False),
        ((200, {"errcode": 45009, "errmsg": "api freq out of limit"}), "code 45009", True),
        ((429, {}), "HTTP 429", True),
        ((500, {}), "HTTP 500", False),
        ((302, {"errcode": 0}), "HTTP 302, code 0", False),
    ],
)
def test_a_refusal_in_the_body_of_a_good_answer_is_a_refusal(
    services: Services, answer: tuple[int, dict[str, Any]], error: str, wait: bool
) -> None:
    services.answers = [answer]
    with pytest.raises(sending.NotSent) as raised:
        sending.send(by("wecom", "wecombot://sec-ret/"), "", HELLO)
    assert str(raised.value) == error
    assert isinstance(raised.value, sending.TooOften) is wait


def test_what_goes_wrong_is_said_without_a_secret(
    services: Services, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    services.well, mail.refuses = (403, {}), True
    said = []
    for channel, to in (
        (by("sms", f"json://key:sec-ret@127.0.0.1:{services.port}/?:mobile={{phone}}"), "13900000000"),
        (by("sms", "json://key:sec-ret@127.0.0.1:1/?:mobile={phone}"), "13900000000"),
        (by("email", f"mailto://127.0.0.1:{mail.port}/?from=a@b.example&mode=insecure"), "clerk@city.example"),
        (by("email", "mailto://key:sec-ret@127.0.0.1:1/?from=a@b.example&mode=insecure"), "clerk@city.example"),
        (by("wecom", ""), ""),
    ):
        with pytest.raises(sending.NotSent) as raised:
            sending.send(channel, to, HELLO)
        said.append(str(raised.value))
    nowhere = "no connection, or not logged in"
    assert said == ["HTTP 403", nowhere, "refused", nowhere, "the address can't be read: another field key"]
    assert caplog.text == ""


def test_no_library_logs_an_address_at_any_level(services: Services, capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handler, before = logging.StreamHandler(), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        for kind, typed in (
            ("wecom", "wecombot://sec.ret/"),
            ("dingtalk", "dingtalk://sec-ret/"),
            ("feishu", "lark://sec.ret"),
        ):
            with pytest.raises(BadAddress):
                checked(kind, typed)
        sending.send(by("wecom", "wecombot://sec-ret/"), "", HELLO)
        logging.getLogger("lianxin").debug("heard")
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
    said = capfd.readouterr().err
    assert "heard" in said and "sec" not in said


def test_webhook_addresses_are_taken_as_the_services_show_them() -> None:
    for kind, typed, kept in (
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=ab-12", "wecombot://ab-12/"),
        ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=ab12", "dingtalk://ab12/"),
        ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/ab-12", "feishu://ab-12/"),
        ("feishu", " https://open.larksuite.com/open-apis/bot/v2/hook/ab-12 ", "lark://ab-12/"),
    ):
        assert checked(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"),
        ("wecom", "https://evil.example/cgi-bin/webhook/send?key=ab"),
        ("wecom", "dingtalk://token1/"),
        ("dingtalk", "dingtalk://token1/13800000000/"),
        ("feishu", "feishu://"),
        ("sms", "json://gateway.example/send"),
        ("sms", "json://gateway.example/send?:mobile={phone}&method=GET"),
        ("sms", "file:///etc/passwd?{phone}"),
        ("email", "mailto://"),
        ("email", "not an address"),
    ],
)
def test_an_address_of_another_kind_is_refused(kind: str, typed: str) -> None:
    with pytest.raises(BadAddress):
        checked(kind, typed)


def test_pages_name_the_server_at_the_most() -> None:
    assert addresses.masked("sms", "json://key:sec-ret@gateway.example/s?:mobile={phone}") == "json://gateway.example"
    assert addresses.masked(ChannelKind.WECOM, "wecombot://sec-ret/") == "wecombot"


def test_nothing_but_numbers_and_links_leaves_whatever_a_notice_holds(
    cast: Cast, services: Services, mail: MailServer
) -> None:
    setup.wecom(cast)
    setup.email(cast, mail)
    setup.sms(cast, services)
    setup.choose(cast, "clerk", ways=["email", "sms"], phone="139 0000 0000")
    at = cast.clock(hours=1)
    setup.say(cast, at, urgent=True)
    setup.say(cast, at, urgent=True, number=setup.WORDS)
    for n in range(7):
        setup.say(cast, at, number=f"SC-26-0001{n}")
    setup.say(cast, at, params={"number": setup.NAME})
    run(at)
    run(cast.clock(days=1))
    assert len(services.came) == 6 and len(mail.came) == 3
    left = services.everything().encode().decode("unicode_escape", errors="ignore") + services.everything()
    left += "".join(
        str(email.message_from_string(m.data, policy=email.policy.default).get_content()) + m.data for m in mail.came
    )
    for secret in (setup.WORDS, setup.NAME, setup.PHONE, "need.word"):
        assert secret not in left
        assert secret.encode("unicode_escape").decode() not in left
    group = [came.json["text"]["content"] for came in services.came if came.path.startswith("/cgi-bin")]
    link = "https://lianxin.example/workspace/notices/"
    assert group == [
        "Lianxin: SC-26-00001 needs you now.\nhttps://lianxin.example/workspace/needs/SC-26-00001/",
        f"Lianxin: something needs you now.\n{link}",
        "Lianxin: 8 notices are new.\nSC-26-00010, SC-26-00011, SC-26-00012, SC-26-00013, SC-26-00014 …\n" + link,
    ]


def test_the_operations_own_emergency_reaches_the_office_without_the_residents_words(
    cast: Cast, services: Services
) -> None:
    setup.wecom(cast)
    need: Need = cast.ask(kind="repair", category=cast.lamp, text=setup.WORDS, name=setup.NAME, urgency="emergency")
    assert Notice.objects.get(code="need.emergency").urgent
    run(cast.clock())
    bodies = [came.json["text"]["content"] for came in services.came]
    assert f"Lianxin: {need.number} needs you now." in bodies[0]
    assert bodies[0].endswith(f"https://lianxin.example/workspace/needs/{need.number}/")
    assert all(setup.WORDS not in body and setup.NAME not in body for body in bodies)


def test_each_reader_is_told_in_their_language(cast: Cast, services: Services, mail: MailServer) -> None:
    setup.email(cast, mail)
    add_channel(
        "feishu",
        actor=cast.actor("admin"),
        at=cast.clock(),
        scope=cast.north.scope,
        address="feishu://token1/",
        language="zh-hans",
    )
    cast.users["clerk"].language = "zh-hans"
    cast.users["clerk"].save()
    setup.choose(cast, "clerk")
    setup.choose(cast, "clerk_2")
    setup.say(cast, cast.clock(), urgent=True)
    run(cast.clock())
    said = {}
    for came in mail.came:
        read = email.message_from_string(came.data, policy=email.policy.default)
        said[came.to[0]] = read["Subject"]
    assert said["clerk_2@city.example"] == "Lianxin: SC-26-00001 needs you now."
    assert said["clerk@city.example"] == "连心：SC-26-00001 需要您马上处理。"
    assert services.came[0].json["content"]["text"].startswith("连心：SC-26-00001 需要您马上处理。")
    assert Delivery.objects.count() == 3
