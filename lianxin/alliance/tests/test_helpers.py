"""What is held on a helper: seen, taken away, ended, erased on request or in time; and that no name is left."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client

from lianxin.accounts.actors import SYSTEM
from lianxin.alliance import operations
from lianxin.alliance.holding import HELPERS_KEPT, held_on
from lianxin.alliance.jobs import erase_helpers
from lianxin.alliance.models import Helper
from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.core.models import SentForm
from lianxin.history import chain
from lianxin.jobs import worker
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import claim_need, deliver_need, publish_need, record_answer
from lianxin.needs.staff_forms import HelpersForm
from lianxin.personal.jobs import leave_no_trace
from lianxin.personal.models import Erasure, Look
from lianxin.rulebook.operations import set_value
from lianxin.sheets.operations import import_workbook
from lianxin.sheets.tests.test_import import book
from tests.cast import Cast, as_user

pytestmark = pytest.mark.django_db
NAME, LATIN, PHONE = "样例·甄帮手", "Zhen Bangshou", "13877770009"
PLANTED = (NAME, LATIN, PHONE)
UNIT = "/workspace/units/water-unit/"


def helper_of(cast: Cast, key: str = "") -> Helper:
    """A helper of the water unit, with everything that can be personal."""
    return operations.register_helper(
        cast.water_unit,
        actor=cast.actor("liaison"),
        at=cast.clock(),
        key=key or cast.key(),
        name=NAME,
        name_en=LATIN,
        can_do=f"修灯，电话 {PHONE}",
        yearly_duty=True,
        consent=True,
    )


def of_nobody() -> Helper:
    """A helper of no unit."""
    return Helper.objects.create(code="free-1", name=NAME, can_do=PHONE, registered_at=now())


def claimed(cast: Cast, helper: Helper) -> Commitment:
    """A wish that the unit takes on with its helper."""
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    return claim_need(
        need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit, helpers=[helper], plan="周三"
    )


def finish(cast: Cast, held: Commitment) -> Need:
    """Delivered and confirmed."""
    deliver_need(held, actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
    need = Need.objects.get(pk=held.need_id)
    record_answer(held, actor=cast.asker(need), at=cast.clock(), solved=True)
    return need


def left_over() -> list[str]:
    """The tables in which something that was planted still stands."""
    found = []
    for model in apps.get_models():
        for row in model._default_manager.values_list():
            said = " ".join(str(value) for value in row)
            found += [f"{model.__name__}: {word}" for word in PLANTED if word in said]
    return found


def address(helper: Helper, what: str = "") -> str:
    return f"/workspace/helpers/{helper.code}/{what}"


@pytest.mark.parametrize("name", ["liaison", "clerk"])
def test_after_saying_what_for_everything_is_shown_and_taken_away(cast: Cast, client: Client, name: str) -> None:
    helper = helper_of(cast)
    need = finish(cast, claimed(cast, helper))
    as_user(client, cast, name)
    assert address(helper) in client.get(UNIT).content.decode()
    assert not any(word in client.get(address(helper)).content.decode() for word in PLANTED)
    assert client.get(address(helper, "file/")).status_code == 302
    assert client.post(address(helper, "look/"), {"purpose": "asked"}).status_code == 302
    page = client.get(address(helper)).content.decode()
    for word in (*PLANTED, need.number, "Agreed to be named", "Erased on"):
        assert word in page
    answer = client.get(address(helper, "file/"))
    said = json.loads(answer.content)
    assert (said["name"], said["can_do"], said["yearly_duty"]) == (NAME, f"修灯，电话 {PHONE}", True)
    assert [named["number"] for named in said["named_on"]] == [need.number] and said["named_on"][0]["until"]
    assert [look["purpose"] for look in said["looks"]] == ["The person asked for it"]
    assert "no-store" in answer["Cache-Control"]
    assert cast.users[name].name not in answer.content.decode() and Look.objects.get().user == cast.users[name]


def test_who_does_not_answer_for_a_helper_finds_nothing(cast: Cast, client: Client) -> None:
    helper = helper_of(cast)
    for name in ("school_liaison", "south_clerk", "city_officer"):
        as_user(client, cast, name)
        assert client.get(address(helper)).status_code == 404
        for what in ("look/", "end/", "erase/"):
            assert client.post(address(helper, what), {"sure": "on", "purpose": "asked"}).status_code == 404
        assert client.get(address(helper, "file/")).status_code == 404
        for do in (operations.end_helper, operations.erase_helper):
            with pytest.raises(NotAllowed):
                do(helper, actor=cast.actor(name), at=cast.clock())
    helper.refresh_from_db()
    assert helper.name == NAME and not Look.objects.exists()


def test_a_helper_of_no_unit_comes_to_any_office(cast: Cast, client: Client) -> None:
    helper = of_nobody()
    helper_of(cast)
    for name in ("south_clerk", "town_officer", "city_officer"):
        page = as_user(client, cast, name).get("/workspace/helpers/").content.decode()
        assert page.count(NAME) == 1 and address(helper) in page
        for words, there in (("甄帮", True), ("FREE-1", True), ("别人", False)):
            found = client.get("/workspace/helpers/", {"q": words}).content.decode()
            assert (address(helper) in found) is there
        client.post(address(helper, "look/"), {"purpose": "check"})
        assert PHONE in client.get(address(helper)).content.decode()
    assert as_user(client, cast, "liaison").get(address(helper)).status_code == 404
    assert client.get("/workspace/helpers/").status_code == 403
    as_user(client, cast, "south_clerk")
    assert client.post(address(helper, "erase/"), {"sure": "on"})["Location"] == "/workspace/helpers/"
    assert NAME not in client.get("/workspace/helpers/").content.decode()


def test_erasing_is_said_twice_proved_and_leaves_nothing(cast: Cast, client: Client) -> None:
    key = cast.key()
    helper = helper_of(cast, key)
    need = finish(cast, claimed(cast, helper))
    assert left_over()
    as_user(client, cast, "clerk")
    assert client.post(address(helper, "erase/"), {}).status_code == 422
    helper.refresh_from_db()
    assert helper.name == NAME
    assert client.post(address(helper, "erase/"), {"sure": "on"})["Location"] == UNIT
    assert left_over() == []
    proof = Erasure.objects.get()
    assert (proof.what, proof.count, proof.object_key) == ("asked", 1, helper.chain_key)
    assert proof.user == cast.users["clerk"] and leave_no_trace(now()) == 1
    assert [e.code for e in chain.of(helper)] == ["helper.registered", "helper.erased"]
    assert need.commitments.get().helpers.count() == 0
    assert client.get(address(helper)).status_code == 404
    assert "1 person helps" not in client.get(UNIT).content.decode()
    assert SentForm.objects.filter(about=helper.code, key=key).exists()
    assert not operations.erase_helper(helper, actor=cast.actor("clerk"), at=cast.clock())
    call_command("verify")


def test_an_erased_helper_does_not_come_back_by_workbook(cast: Cast) -> None:
    helper = of_nobody()
    operations.erase_helper(helper, actor=cast.actor("clerk"), at=cast.clock())
    rows = [["code", "organisation", "name", "name_en", "yearly_duty", "can_do"]]
    rows += [[code, None, name, None, None, None] for code, name in (("free-1", NAME), ("free-2", "样例·另一位"))]
    done = import_workbook(book("helpers", *rows), actor=cast.actor("city_officer"), at=now())
    assert [(error.row, error.column) for error in done.errors] == [(2, "code")] and left_over() == []
    done = import_workbook(book("helpers", rows[0], rows[2]), actor=cast.actor("city_officer"), at=now())
    assert done.saved and Helper.objects.get(code="free-2").registered_at


def test_who_helps_no_longer_is_offered_for_nothing_new(cast: Cast, client: Client) -> None:
    helper, other = helper_of(cast), helper_of(cast)
    held = claimed(cast, helper)
    as_user(client, cast, "liaison")
    for each in (helper, other):
        assert client.post(address(each, "end/")).status_code == 302
    assert "helps no longer" in client.get(UNIT).content.decode()
    with pytest.raises(WrongState):
        operations.end_helper(helper, actor=cast.actor("liaison"), at=cast.clock())
    form: Any = HelpersForm(need=held.need, actor=cast.actor("liaison"), commitment=held)
    assert list(form.fields["helpers"].queryset) == [helper], "named on it already"
    fresh = cast.ask()
    publish_need(fresh, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    page = client.get(f"/workspace/needs/{fresh.number}/claim/").content.decode()
    assert NAME not in page


def test_a_helper_is_erased_so_long_after_the_last_of_what_happened(cast: Cast) -> None:
    idle, busy, done, ended = (helper_of(cast) for _ in range(4))
    claimed(cast, busy)
    cast.clock(days=100)
    finish(cast, claimed(cast, done))
    cast.clock(days=100)
    operations.end_helper(ended, actor=cast.actor("liaison"), at=cast.clock())

    def erased(days: int) -> set[Helper]:
        erase_helpers(cast.clock(days=days))
        return set(Helper.objects.exclude(erased_at=None))

    assert erased(160) == set()
    assert erased(10) == {idle}, "365 days after agreeing, and named on nothing"
    assert erased(100) == {idle, done}, "after the last need"
    assert erased(100) == {idle, done, ended}, "after the end"
    assert erased(1000) == {idle, done, ended}, "never while named on something at work"
    proofs = Erasure.objects.filter(what="helpers").order_by("id")
    assert [(proof.count, proof.user_id) for proof in proofs] == [(1, None)] * 3
    assert left_over() and {h.pk for h in Helper.objects.held()} == {busy.pk}


def test_the_city_sets_how_long_and_the_clock_alone_erases_in_time(cast: Cast) -> None:
    helper = helper_of(cast)
    with pytest.raises(NotAllowed):
        operations.erase_old_helper(helper, actor=cast.actor("liaison"), at=now() + timedelta(days=400))
    later = cast.clock(days=40)
    assert not operations.erase_old_helper(helper, actor=SYSTEM, at=later)
    assert held_on(helper)["erased_on"] == helper.registered_at + timedelta(days=365)
    officer = cast.actor("city_officer")
    set_value(HELPERS_KEPT, 30, actor=officer, at=now(), version=0, from_at=now())
    assert held_on(helper)["erased_on"] == helper.registered_at + timedelta(days=30)
    assert erase_helpers(later) == 1 and left_over() == []
    assert worker.run_due(now())[1] == 0


def test_the_page_and_the_list_cost_the_same_for_few_and_many(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    helper = helper_of(cast)
    as_user(client, cast, "clerk")
    client.post(address(helper, "look/"), {"purpose": "asked"})
    for _ in range(5):
        finish(cast, claimed(cast, helper))
        client.post(address(helper, "look/"), {"purpose": "asked"})
    with django_assert_max_num_queries(13):
        client.get(address(helper))
    Helper.objects.bulk_create([Helper(code=f"free-{n}", name=f"样例{n}", registered_at=now()) for n in range(30)])
    with django_assert_max_num_queries(9):
        client.get("/workspace/helpers/")


def test_the_job_looks_at_many_in_a_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    old = now() - timedelta(days=400)
    Helper.objects.bulk_create([Helper(code=f"free-{n}", name="样例", registered_at=old) for n in range(30)])
    at = now()
    held = claimed(
        cast, Helper.objects.create(code="busy", organisation=cast.water_unit, name="样例", registered_at=old)
    )
    for helper in Helper.objects.exclude(code="busy"):
        held.helpers.add(helper)
    with django_assert_max_num_queries(6):
        assert erase_helpers(at) == 0, "all are named on something at work"
