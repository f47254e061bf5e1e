"""Notices: read by the post they went to, marked as read by a tap."""

from django.test import Client

from lianxin.needs.operations import assign_need
from lianxin.notifications.models import ReadMark
from tests.cast import Cast


def browser(cast: Cast, name: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(cast.users[name])
    return client


def test_a_company_reads_what_was_given_to_it_and_marks_it_as_read(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp)
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    company = browser(cast, "fitter")
    page = company.get("/workspace/notices/")
    assert f"{need.number} was given to you." in page.content.decode()
    assert page.context["has_new"]
    entry = [i for g in page.context["nav"] for i in g["items"] if i["url"] == "/workspace/notices/"]
    assert entry[0]["count"] == 1
    assert not ReadMark.objects.exists()
    sent = company.post("/workspace/notices/", {"up_to": page.context["up_to"]})
    assert sent.status_code == 302
    again = company.get("/workspace/notices/")
    assert not again.context["has_new"]
    company.post("/workspace/notices/", {"up_to": "0"})
    assert not company.get("/workspace/notices/").context["has_new"]


def test_nobody_elses_notices_are_shown(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp)
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    page = browser(cast, "south_clerk").get("/workspace/notices/").content.decode()
    assert need.number not in page
    assert "No notices yet" in page
