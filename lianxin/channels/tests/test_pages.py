"""The administrator's pages, and one's own choice on the account page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from lianxin.accounts.models import User
from lianxin.channels import jobs, operations
from lianxin.channels.models import Channel, Choice, Delivery, State
from lianxin.channels.tests import setup
from lianxin.channels.tests.outside import MailServer, Services
from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.history import chain
from lianxin.history.models import Entry
from lianxin.notifications.models import Notice
from lianxin.staffing.tests.test_factors import password_of
from tests.cast import PASSWORD, Cast

HOOK = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=sec-ret"


def browser(cast: Cast, name: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(cast.users[name])
    return client


def test_an_administrator_sets_up_a_group_and_sends_a_test(cast: Cast, services: Services) -> None:
    admin = browser(cast, "admin")
    page = admin.get("/workspace/channels/").content.decode()
    assert "No channel yet" in page
    sent = admin.post("/workspace/channels/add/wecom/", {"scope": cast.north.pk, "address": HOOK, "language": ""})
    assert sent.status_code == 302
    channel = Channel.objects.get()
    assert admin.post(f"/workspace/channels/{channel.pk}/test/").status_code == 302
    page = admin.get("/workspace/channels/").content.decode()
    assert "waiting" in page and "North" in page
    jobs.run(now())
    assert services.came[0].json["text"]["content"].startswith("Lianxin: this is a test.")
    assert "sent" in admin.get("/workspace/channels/").content.decode()
    assert [e.code for e in chain.of(channel)] == ["channel.added", "channel.tested"]


def test_a_test_that_fails_says_so_at_once(cast: Cast, services: Services) -> None:
    services.well = (200, {"errcode": 93000})
    channel, admin = setup.wecom(cast), browser(cast, "admin")
    admin.post(f"/workspace/channels/{channel.pk}/test/")
    again = admin.post(f"/workspace/channels/{channel.pk}/test/", follow=True)
    assert "A test is on its way already." in again.content.decode()
    jobs.run(now())
    page = admin.get("/workspace/channels/").content.decode()
    assert "HTTP 200, code 93000" in page and "One message failed or is unclear." in page


def test_a_test_of_the_mail_server_goes_to_the_administrator_who_asks(cast: Cast, mail: MailServer) -> None:
    channel, admin = setup.email(cast, mail), browser(cast, "admin")
    refused = admin.post(f"/workspace/channels/{channel.pk}/test/", follow=True)
    assert "the test goes to you" in refused.content.decode()
    setup.choose(cast, "admin", digest=False, emergencies=False)
    setup.choose(cast, "clerk")
    admin.post(f"/workspace/channels/{channel.pk}/test/")
    jobs.run(now())
    assert [came.to for came in mail.came] == [["admin@city.example"]]


def test_a_secret_is_never_shown_nor_kept_in_the_clear(cast: Cast) -> None:
    channel, admin = setup.wecom(cast), browser(cast, "admin")
    for path in ("/workspace/channels/", f"/workspace/channels/{channel.pk}/", "/workspace/deliveries/?state=all"):
        assert "sec-ret" not in admin.get(path).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM channels_channel")
        assert "sec-ret" not in cursor.fetchone()[0]
    assert not Entry.objects.filter(params__icontains="sec-ret").exists()
    assert channel.address == "wecombot://sec-ret/"


def test_an_address_that_does_not_fit_is_refused_and_stays_in_the_form(cast: Cast) -> None:
    admin = browser(cast, "admin")
    typed = {"scope": cast.north.pk, "address": "https://elsewhere.example/hook"}
    page = admin.post("/workspace/channels/add/wecom/", typed)
    assert page.status_code == 422
    assert "no address of this kind of channel" in page.content.decode()
    assert "elsewhere.example" in page.content.decode()
    assert not Channel.objects.exists()
    assert admin.get("/workspace/channels/add/pigeon/").status_code == 404


def test_a_second_one_of_the_same_kind_is_refused(cast: Cast) -> None:
    setup.wecom(cast)
    page = browser(cast, "admin").post("/workspace/channels/add/wecom/", {"scope": cast.north.pk, "address": HOOK})
    assert page.status_code == 422 and "There is one of this kind already" in page.content.decode()


def test_an_edit_keeps_the_address_and_a_stale_one_is_refused(cast: Cast) -> None:
    channel, admin = setup.wecom(cast), browser(cast, "admin")
    path = f"/workspace/channels/{channel.pk}/"
    assert admin.post(path, {"version": 1, "address": "", "language": "en"}).status_code == 302
    stale = admin.post(path, {"version": 1, "address": "wecombot://other/", "language": "zh-hans"})
    assert stale.status_code == 422 and "Somebody changed this" in stale.content.decode()
    channel.refresh_from_db()
    assert (channel.address, channel.language) == ("wecombot://sec-ret/", "en")
    assert admin.post(path, {"version": 2, "address": "wecombot://other/", "language": "en"}).status_code == 302
    channel.refresh_from_db()
    assert channel.address == "wecombot://other/"


def test_a_channel_is_switched_off_and_on(cast: Cast) -> None:
    channel, admin = setup.wecom(cast), browser(cast, "admin")
    for on in (False, True):
        admin.post(f"/workspace/channels/{channel.pk}/switch/", {"on": "1" if on else "0"})
        channel.refresh_from_db()
        assert channel.active is on
        if not on:
            refused = admin.post(f"/workspace/channels/{channel.pk}/test/", follow=True)
            assert "switched off" in refused.content.decode()


def test_a_channel_is_removed_after_a_question_and_its_address_is_gone(cast: Cast, services: Services) -> None:
    row, admin = failed(cast, services), browser(cast, "admin")
    setup.say(cast, now())
    jobs.plan(now())
    path = f"/workspace/channels/{row.channel_id}/"
    assert f"{path}remove/" in admin.get(path).content.decode()
    page = admin.get(f"{path}remove/").content.decode()
    assert "Remove “WeCom group”" in page and "North" in page and "One message waits" in page
    assert Channel.objects.get().active
    assert admin.post(f"{path}remove/").status_code == 302
    channel = Channel.objects.get()
    assert (channel.active, channel.address) == (False, "") and channel.removed_at is not None
    assert setup.states() == [State.NOT_NEEDED, State.NOT_NEEDED]
    page = admin.get("/workspace/channels/").content.decode()
    assert "No channel yet" in page and "failed or" not in page
    for what in ("", "remove/", "switch/", "test/"):
        assert admin.post(f"{path}{what}", {"on": "1"}).status_code == 404
    with pytest.raises(WrongState):
        operations.remove_channel(channel, actor=cast.actor("admin"), at=now())
    again = admin.post(f"/workspace/deliveries/{row.pk}/again/", follow=True)
    assert "This channel was removed." in again.content.decode()
    assert "Emergency" in admin.get("/workspace/deliveries/?state=all").content.decode()


def test_a_removed_channel_is_set_up_again_and_its_history_goes_on(cast: Cast, mail: MailServer) -> None:
    channel, admin = setup.email(cast, mail), browser(cast, "admin")
    assert "/workspace/channels/add/email/" not in admin.get("/workspace/channels/").content.decode()
    operations.remove_channel(channel, actor=cast.actor("admin"), at=now())
    assert "/workspace/channels/add/email/" in admin.get("/workspace/channels/").content.decode()
    setup.choose(cast, "clerk")
    setup.say(cast, now(), urgent=True)
    assert jobs.run(now()) == 0
    again = setup.email(cast, mail)
    assert (again.pk, again.active, again.removed_at) == (channel.pk, True, None)
    assert [e.code for e in chain.of(channel)] == ["channel.added", "channel.removed", "channel.added"]
    assert list(chain.broken([(again.chain_key, again.history_seq, again.history_head)])) == []
    setup.say(cast, now(), urgent=True)
    assert jobs.run(now()) == 1
    with pytest.raises(WrongState):
        setup.email(cast, mail)


def failed(cast: Cast, services: Services) -> Delivery:
    """A message that was tried eight times."""
    setup.wecom(cast)
    services.well = (403, {})
    setup.say(cast, now(), urgent=True)
    jobs.run(now())
    Delivery.objects.update(tries=7, due_at=now())
    jobs.run(now())
    return Delivery.objects.get()


def test_what_failed_is_listed_with_why_and_sent_again(cast: Cast, services: Services) -> None:
    row, admin = failed(cast, services), browser(cast, "admin")
    page = admin.get("/workspace/deliveries/").content.decode()
    assert "HTTP 403" in page and "Emergency" in page and "North" in page
    services.well = (200, {"errcode": 0})
    assert admin.post(f"/workspace/deliveries/{row.pk}/again/").status_code == 302
    assert jobs.run(now() + timedelta(seconds=1)) == 1
    assert setup.states() == [State.SENT]
    twice = admin.post(f"/workspace/deliveries/{row.pk}/again/", follow=True)
    assert "Only what failed or is unclear" in twice.content.decode()
    assert "Emergency" in admin.get("/workspace/deliveries/?state=sent").content.decode()
    assert admin.get("/workspace/deliveries/?state=all&format=xlsx").status_code == 200


def test_an_emergency_of_the_day_before_is_not_said_to_go_out(cast: Cast, services: Services) -> None:
    row, admin = failed(cast, services), browser(cast, "admin")
    Notice.objects.filter(pk=row.notice_id).update(at=now() - timedelta(days=1, minutes=1))
    page = admin.get("/workspace/deliveries/").content.decode()
    assert "too old to send" in page and f"deliveries/{row.pk}/again" not in page
    answer = admin.post(f"/workspace/deliveries/{row.pk}/again/", follow=True).content.decode()
    assert "an emergency stands under Notices" in answer and setup.states() == [State.FAILED]


@pytest.mark.parametrize("many", [3, 60])
def test_the_list_of_deliveries_takes_few_queries(cast: Cast, django_assert_max_num_queries: object, many: int) -> None:
    channel, admin = setup.wecom(cast), browser(cast, "admin")
    Delivery.objects.bulk_create(
        Delivery(once=f"{n}", channel=channel, state=State.FAILED, due_at=now()) for n in range(many)
    )
    admin.get("/workspace/deliveries/")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert admin.get("/workspace/deliveries/").status_code == 200


def test_somebody_without_the_post_changes_nothing(cast: Cast) -> None:
    channel = setup.wecom(cast)
    for name in ("clerk", "city_officer"):
        client = browser(cast, name)
        assert client.post(f"/workspace/channels/{channel.pk}/switch/", {"on": "0"}).status_code == 403
        assert client.post(f"/workspace/channels/{channel.pk}/remove/").status_code == 403
        with pytest.raises(NotAllowed):
            operations.remove_channel(channel, actor=cast.actor(name), at=now())
    channel.refresh_from_db()
    assert channel.active


def test_without_a_channel_the_account_page_says_so(cast: Cast) -> None:
    page = browser(cast, "clerk").get("/workspace/account/").content.decode()
    assert "no way to tell people outside yet" in page and "Save the choice" not in page


def test_the_address_by_which_one_logs_in_is_not_changed_beside_the_password(cast: Cast, mail: MailServer) -> None:
    setup.email(cast, mail)
    User.objects.filter(username="clerk").update(email="clerk@city.example")
    clerk = browser(cast, "clerk")
    assert "E-mail goes to clerk@city.example" in clerk.get("/workspace/account/").content.decode()
    assert clerk.post("/workspace/account/notices/", {"email": "x@y.example", "ways": ["email"]}).status_code == 302
    assert User.objects.get(username="clerk").email == "clerk@city.example"


def test_a_person_chooses_ways_and_history_keeps_only_which(cast: Cast, mail: MailServer, services: Services) -> None:
    setup.email(cast, mail)
    setup.sms(cast, services)
    clerk = browser(cast, "clerk")
    said = {"phone": "139 0000 0000", "ways": ["sms"], "emergencies": "on"}
    assert clerk.post("/workspace/account/notices/", said).status_code == 302
    choice = Choice.objects.get(user=cast.users["clerk"])
    assert (choice.by_email, choice.by_sms, choice.digest, choice.emergencies) == (False, True, False, True)
    assert choice.phone == "13900000000"
    entry = Entry.objects.get(code="user.notices_chosen")
    assert entry.params == {"fields": ["by_email", "by_sms", "digest", "phone"]}
    page = clerk.get("/workspace/account/").content.decode()
    assert "13900000000" in page
    assert clerk.post("/workspace/account/notices/", said | {"ways": []}).status_code == 302
    choice.refresh_from_db()
    assert not choice.by_sms


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ways": ["sms"], "phone": ""}, "There is no work telephone: say where to, or do not choose text messages."),
        ({"ways": ["email"]}, "Your account has no e-mail address: add one under Security."),
        ({"phone": "call me"}, "This is no telephone number."),
    ],
)
def test_a_choice_that_cannot_be_kept_is_refused_with_the_reason(
    cast: Cast, mail: MailServer, services: Services, changes: dict[str, object], words: str
) -> None:
    setup.email(cast, mail)
    setup.sms(cast, services)
    said = {"phone": "", "ways": []} | changes
    page = browser(cast, "clerk").post("/workspace/account/notices/", said)
    assert page.status_code == 422 and words in page.content.decode()
    assert not Choice.objects.exists()


def work_phone(cast: Cast, name: str, phone: str) -> Client:
    """Give a person a work telephone, by the page."""
    password_of(cast, name)
    client = browser(cast, name)
    said = {"email": "", "phone": phone, "password": PASSWORD}
    assert client.post("/workspace/account/security/contacts/", said).status_code == 302
    return client


def told(services: Services) -> list[str]:
    """The numbers to which text messages went."""
    return [came.json["mobile"] for came in services.came]


def test_text_messages_go_to_the_work_telephone_unless_another_number_is_typed(cast: Cast, services: Services) -> None:
    setup.sms(cast, services)
    clerk = work_phone(cast, "clerk", "+86 138-0000 0000")
    page = clerk.get("/workspace/account/").content.decode()
    assert "Empty: text messages go to your work telephone, +86 138-0000 0000." in page
    chosen = {"phone": "", "ways": ["sms"], "emergencies": "on"}
    for typed, kept in (("", ""), ("13800000000", ""), ("139 0000 0000", "13900000000")):
        assert clerk.post("/workspace/account/notices/", chosen | {"phone": typed}).status_code == 302
        assert Choice.objects.get(user=cast.users["clerk"]).phone == kept
        setup.say(cast, now(), urgent=True)
        jobs.run(now())
    assert told(services) == ["+8613800000000", "+8613800000000", "13900000000"]


def test_a_message_that_waits_goes_to_the_work_telephone_of_that_moment(cast: Cast, services: Services) -> None:
    setup.sms(cast, services)
    clerk = work_phone(cast, "clerk", "13800000000")
    clerk.post("/workspace/account/notices/", {"phone": "", "ways": ["sms"], "emergencies": "on"})
    setup.say(cast, now(), urgent=True)
    jobs.plan(now())
    changed = {"email": "", "phone": "13700000000", "password": PASSWORD}
    assert clerk.post("/workspace/account/security/contacts/", changed).status_code == 302
    jobs.run(now())
    assert told(services) == ["13700000000"]


def test_whoever_takes_the_only_number_away_is_told_that_text_messages_end(cast: Cast, services: Services) -> None:
    setup.sms(cast, services)
    clerk = work_phone(cast, "clerk", "13800000000")
    clerk.post("/workspace/account/notices/", {"phone": "", "ways": ["sms"], "emergencies": "on"})
    emptied = {"email": "", "phone": "", "password": PASSWORD}
    page = clerk.post("/workspace/account/security/contacts/", emptied, follow=True).content.decode()
    assert "Text messages don&#x27;t reach you any more" in page
    assert "Your account has no work telephone" in clerk.get("/workspace/account/").content.decode()
    setup.say(cast, now(), urgent=True)
    jobs.run(now())
    assert services.came == [] and not Delivery.objects.exists()


@pytest.mark.parametrize("other", ["", "13900000000"])
def test_with_a_closed_account_the_numbers_and_the_choice_are_gone(cast: Cast, services: Services, other: str) -> None:
    setup.sms(cast, services)
    work_phone(cast, "clerk", "13800000000")
    setup.choose(cast, "clerk", ways=["sms"], phone=other)
    setup.say(cast, now(), urgent=True)
    jobs.plan(now())
    assert browser(cast, "town_officer").post("/workspace/staff/people/clerk/close/").status_code == 302
    assert not Choice.objects.filter(user=cast.users["clerk"]).exists()
    closed = User.objects.get(username="clerk")
    assert (closed.phone, closed.phone_digest) == ("", "")
    jobs.run(now())
    assert services.came == []
    work_phone(cast, "clerk_2", "13800000000")  # who comes after may have the telephone of the post
