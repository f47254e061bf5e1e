"""Units over HTTP: list, page, alliances, registration, helpers."""

import importlib
import io
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db.models import F
from django.test import Client
from python_calamine import CalamineWorkbook

from lianxin.accounts.models import Role, ScopeKind
from lianxin.alliance import operations
from lianxin.alliance.models import Helper, Membership, Registration
from lianxin.alliance.sheets import save_registrations
from lianxin.core.clock import now
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.desk import queue
from lianxin.desk.models import DeskItem
from lianxin.history import chain
from lianxin.needs.operations import claim_need, publish_need
from lianxin.notifications.models import Notice
from lianxin.organisations.models import Organisation, Serves
from lianxin.places.models import Community, Town
from lianxin.places.operations import with_scope
from lianxin.sheets.registry import Import, Row
from lianxin.staffing.operations import appoint
from tests.cast import Cast, as_user

UNIT = "/workspace/units/water-unit/"


def report(cast: Cast) -> Registration:
    return operations.hand_in_registration(
        cast.water_unit, actor=cast.actor("liaison"), at=now(), community=cast.north, kind="branch", members=24
    )


def test_the_list_narrows_sorts_and_goes_out(cast: Cast, client: Client, django_assert_max_num_queries: object) -> None:
    report(cast)
    as_user(client, cast, "clerk")
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        page = client.get("/workspace/units/").content.decode()
    assert "Water Unit" in page and "Housing" in page and "Handed in" in page
    south = client.get("/workspace/units/", {"community": "south", "kind": "unit"}).content.decode()
    assert "outside-unit" in south and "water-unit" not in south
    handed = client.get("/workspace/units/", {"registration": "handed_in"}).content.decode()
    assert "water-unit" in handed and "school-unit" not in handed
    assert "No organisation is found" in client.get("/workspace/units/", {"q": "nowhere"}).content.decode()
    book = client.get("/workspace/units/", {"format": "xlsx", "kind": "unit"}).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert len(rows) == 5 and "water-unit" in {r[0] for r in rows}


def test_the_page_counts_what_the_unit_took_on(cast: Cast, client: Client) -> None:
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    page = as_user(client, cast, "school_liaison").get(UNIT).content.decode()
    assert "<strong>1</strong><span>taken on</span>" in page
    assert "<strong>0</strong><span>confirmed by the askers</span>" in page
    assert client.get("/workspace/units/nobody/").status_code == 404


def test_the_office_takes_a_unit_into_its_own_alliance_and_out(cast: Cast, client: Client) -> None:
    as_user(client, cast, "south_clerk")
    assert client.post(UNIT + "join/", {"community": "north"}).status_code == 422
    assert client.post(UNIT + "join/", {"community": "south"}).status_code == 302
    assert Membership.objects.filter(organisation=cast.water_unit, community=cast.south).exists()
    assert client.post(UNIT + "leave/north/").status_code == 403
    assert client.post(UNIT + "leave/south/").status_code == 302
    assert [e.code for e in chain.of(cast.water_unit)] == ["organisation.joined", "organisation.left"]


def test_a_department_joins_no_alliance(cast: Cast) -> None:
    with pytest.raises(Invalid):
        operations.join_alliance(cast.housing, actor=cast.actor("clerk"), at=now(), community=cast.north)


def test_a_registration_is_handed_in_waits_on_the_desk_and_is_accepted(cast: Cast, client: Client) -> None:
    body = {"community": "north", "kind": "branch", "members": "24"}
    assert as_user(client, cast, "liaison").post(UNIT + "registration/", body).status_code == 302
    row = Registration.objects.get()
    items = list(queue.mine(cast.actor("clerk")))
    assert [line.url for line in queue.lines(items, cast.actor("clerk"))] == [f"{UNIT}#registration"]
    office = Client()
    assert "Accept the registration" in as_user(office, cast, "clerk").get(UNIT).content.decode()
    assert as_user(Client(), cast, "south_clerk").post(UNIT + "registration/accept/").status_code == 403
    assert office.post(UNIT + "registration/accept/").status_code == 302
    row.refresh_from_db()
    assert row.accepted_on is not None and not queue.mine(cast.actor("clerk")).exists()
    assert office.post(UNIT + "registration/accept/").status_code == 409
    assert client.post(UNIT + "registration/", body).status_code == 422
    assert [e.code for e in chain.of(row)] == ["registration.handed_in", "registration.accepted"]
    assert list(Notice.objects.values_list("code", flat=True)) == [
        "registration.handed_in",
        "registration.accepted",
    ]


def imported(cast: Cast, accepted_on: date | None, community: str = "north") -> Import:
    """The registration of the water unit by workbook, a day later each time."""
    said = {"organisation": "water-unit", "community": community, "kind": "branch", "members": 24}
    work = Import(cast.actor("admin"), cast.clock(days=1))
    save_registrations([Row(2, said | {"handed_in_on": date(2026, 3, 1), "accepted_on": accepted_on})], work)
    assert work.errors == []
    return work


def test_an_imported_registration_that_is_only_handed_in_waits_until_it_is_accepted(cast: Cast) -> None:
    imported(cast, None)
    line = queue.mine(cast.actor("clerk")).get()
    assert (line.verb, line.due_at) == ("accept_registration", cast.clock.at + timedelta(days=5))
    again = imported(cast, None)
    assert again.unchanged == 1 and queue.mine(cast.actor("clerk")).get() == line
    assert queue.mine(cast.actor("clerk")).get().due_at == line.due_at
    imported(cast, None, "south")
    assert [i.object_id for i in queue.mine(cast.actor("south_clerk"))] == [line.object_id]
    assert not queue.mine(cast.actor("clerk")).exists()
    imported(cast, date(2026, 3, 3), "south")
    assert not queue.mine(cast.actor("south_clerk")).exists()


def test_a_registration_that_the_workbook_accepts_leaves_the_desk(cast: Cast) -> None:
    report(cast)
    assert queue.mine(cast.actor("clerk")).exists()
    imported(cast, date(2026, 3, 3))
    assert not queue.mine(cast.actor("clerk")).exists()


def test_the_upgrade_takes_old_lines_off_and_puts_missing_ones_on(cast: Cast) -> None:
    row = report(cast)
    upgrade = importlib.import_module("lianxin.alliance.migrations.0003_desks_follow_registrations")
    queue.put("registration", row.pk, [queue.Waiting(cast.south.pk, "office", "accept_registration", cast.clock())])
    kept = queue.mine(cast.actor("clerk")).get()
    for _time in range(2):
        upgrade.follow(apps, None)
        assert list(DeskItem.objects.filter(object_type="registration")) == [kept]
    kept.delete()
    upgrade.follow(apps, None)
    assert queue.mine(cast.actor("clerk")).get().verb == "accept_registration"
    Registration.objects.update(accepted_on=F("handed_in_on"))
    upgrade.follow(apps, None)
    assert not DeskItem.objects.filter(object_type="registration").exists()


def test_a_registration_can_be_corrected_until_it_is_accepted(cast: Cast) -> None:
    report(cast)
    again = operations.hand_in_registration(
        cast.water_unit, actor=cast.actor("liaison"), at=now(), community=cast.north, kind="two_new", members=3
    )
    assert Registration.objects.count() == 1 and again.members == 3
    operations.accept_registration(again, actor=cast.actor("town_officer"), at=now())
    with pytest.raises(WrongState):
        report(cast)


def test_only_the_units_own_liaison_reports_and_only_where_it_belongs(cast: Cast, client: Client) -> None:
    body = {"community": "north", "kind": "branch", "members": "24"}
    assert as_user(client, cast, "school_liaison").post(UNIT + "registration/", body).status_code == 403
    with pytest.raises(NotAllowed):
        operations.hand_in_registration(
            cast.water_unit, actor=cast.actor("clerk"), at=now(), community=cast.north, kind="branch", members=1
        )
    with pytest.raises(Invalid):
        operations.hand_in_registration(
            cast.water_unit, actor=cast.actor("liaison"), at=now(), community=cast.south, kind="branch", members=1
        )


def test_a_helper_is_named_by_own_wish_and_no_name_stands_in_history(cast: Cast, client: Client) -> None:
    body = {"key": cast.key(), "name": "样例·帮手", "can_do": "修灯"}
    as_user(client, cast, "liaison")
    assert client.post(UNIT + "helpers/", body).status_code == 422
    body["consent"] = "on"
    assert client.post(UNIT + "helpers/", body).status_code == 302
    assert client.post(UNIT + "helpers/", body).status_code == 302
    helper = Helper.objects.get()
    assert "样例·帮手" in client.get(UNIT).content.decode()
    assert "样例" not in str([e.params for e in chain.of(helper)])


@pytest.mark.parametrize(
    ("name", "sees"),
    [("liaison", True), ("clerk", True), ("south_clerk", False), ("city_officer", False), ("school_liaison", False)],
)
def test_helpers_are_named_to_their_unit_and_its_offices_only(
    cast: Cast, client: Client, name: str, sees: bool
) -> None:
    operations.register_helper(
        cast.water_unit, actor=cast.actor("liaison"), at=now(), key=cast.key(), name="样例·帮手", consent=True
    )
    page = as_user(client, cast, name).get(UNIT).content.decode()
    assert ("样例·帮手" in page) is sees
    if not sees:
        assert "1 person helps" in page


def test_nobody_else_names_a_units_helpers(cast: Cast) -> None:
    for name in ("school_liaison", "clerk", "city_officer"):
        with pytest.raises(NotAllowed):
            operations.register_helper(
                cast.water_unit, actor=cast.actor(name), at=now(), key=cast.key(), name="x", consent=True
            )


def test_a_company_serves_a_compound_and_stops(cast: Cast, client: Client) -> None:
    as_user(client, cast, "clerk")
    assert client.post("/workspace/units/company/serves/garden/end/").status_code == 302
    assert not Serves.objects.exists()
    assert client.post("/workspace/units/company/serves/", {"compound": "garden"}).status_code == 302
    assert Serves.objects.count() == 1
    assert as_user(client, cast, "south_clerk").post("/workspace/units/company/serves/garden/end/").status_code == 403


def test_a_town_adds_units_and_the_city_anything(cast: Cast, client: Client) -> None:
    body = {"key": cast.key(), "kind": "unit", "code": "post-office", "name": "样例邮局", "active": "on"}
    response = as_user(client, cast, "town_officer").post("/workspace/units/add/", body)
    assert response["Location"] == "/workspace/units/post-office/"
    unit = Organisation.objects.select_related("scope").get(code="post-office")
    assert unit.scope.path == f"{cast.city.scope.path}organisation:post-office/"
    office = body | {"key": cast.key(), "kind": "community_office", "code": "x-office"}
    assert client.post("/workspace/units/add/", office).status_code == 422
    as_user(client, cast, "city_officer")
    assert b"names its community" in client.post("/workspace/units/add/", office).content
    assert client.post("/workspace/units/add/", office | {"community": "south"}).status_code == 302
    assert Organisation.objects.get(code="x-office").scope.parent_id == cast.south.pk


def test_a_stale_correction_of_a_unit_shows_both(cast: Cast, client: Client) -> None:
    body = {"version": "0", "name": "我的名字", "level": "city", "active": "on"}
    as_user(client, cast, "city_officer")
    assert client.post(UNIT + "edit/", body).status_code == 302
    stale = client.post(UNIT + "edit/", body | {"name": "他的名字", "active": ""})
    page = stale.content.decode()
    assert stale.status_code == 422 and "我的名字" in page and "他的名字" in page
    assert client.post(UNIT + "edit/", body | {"name": "他的名字", "version": "1"}).status_code == 302
    unit = Organisation.objects.select_related("scope").get(code="water-unit")
    assert unit.scope.name == "他的名字"


def test_a_town_does_not_take_up_what_only_the_city_gives_posts_in(cast: Cast, client: Client) -> None:
    """Who gives posts in a company hangs on the community that it is at home in."""
    town = cast.actor("town_officer")
    as_user(client, cast, "town_officer")
    body = {"version": "0", "name": "样例company", "name_en": "Company", "active": "on", "community": "north"}
    refused = client.post("/workspace/units/company/edit/", body)
    assert "moves an organisation from or to another place" in refused.content.decode()
    assert Organisation.objects.get(code="company").community is None
    with pytest.raises(NotAllowed):
        appoint(cast.users["clerk"], actor=town, at=now(), role=Role.COMPANY, scope=cast.company.scope)
    assert client.post("/workspace/units/company/edit/", body | {"community": ""}).status_code == 302
    Organisation.objects.filter(code="company").update(community=cast.north)
    moved = client.post("/workspace/units/company/edit/", body | {"community": "south"})
    assert moved.status_code == 302
    other = Town(code="other", name="别的镇", city=cast.city)
    with_scope(other, cast.city.scope, ScopeKind.TOWN)
    other.save()
    Community.objects.filter(pk=cast.south.pk).update(town=other)
    assert client.get("/workspace/units/company/edit/").status_code == 403


def test_a_town_does_not_change_departments(cast: Cast, client: Client) -> None:
    assert as_user(client, cast, "town_officer").get("/workspace/units/housing/edit/").status_code == 403
    assert as_user(client, cast, "clerk").get(UNIT + "edit/").status_code == 403
