"""Inviting, appointing, ending, closing: over HTTP, and what history keeps of it."""

import io
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from python_calamine import CalamineWorkbook

from lianxin.accounts.models import Appointment, Role, User
from lianxin.core.clock import local_day, now
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.desk import queue
from lianxin.history import chain
from lianxin.sheets.registry import Import, Row
from lianxin.staffing import operations, tokens
from lianxin.staffing.sheets import save_staff
from tests.cast import Cast, as_user

PASSWORD = "four-plain-words-together"


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> None:
    cache.clear()


def invite(client: Client, cast: Cast, **changes: str) -> str:
    """Invite a grid worker as the clerk; the code from the slip."""
    body = {
        "key": cast.key(),
        "username": "New.Worker",
        "name": "样例·新人",
        "post": f"grid_worker:{cast.grid_2.pk}",
    } | changes
    response = as_user(client, cast, "clerk").post("/workspace/staff/invite/", body)
    assert response.status_code == 302, response.content.decode()
    slip = client.get("/workspace/staff/invitation/").content.decode()
    return re.findall(r'lx-code">([^<]+)<', slip)[0]


def accept(client: Client, code: str, password: str = PASSWORD) -> object:
    client.cookies["lx_lang"] = "en"
    return client.post("/invited/", {"code": code, "new_password1": password, "new_password2": password})


def test_an_invited_person_sets_a_password_with_the_slip_and_is_logged_in(cast: Cast, client: Client) -> None:
    code = invite(client, cast)
    assert "lx-code" not in client.get("/workspace/staff/invitation/").content.decode()
    newcomer = Client()
    response = accept(newcomer, code.lower().replace("-", " "))
    assert response.status_code == 302
    assert newcomer.get("/workspace/account/").status_code == 200
    user = User.objects.get(username="new.worker")
    assert user.check_password(PASSWORD)
    codes = [e.code for e in chain.of(user)]
    assert codes == ["user.invited", "user.appointed", "user.password_set"]
    assert list(chain.broken([(user.chain_key, user.history_seq, user.history_head)])) == []
    assert "样例" not in str([e.params for e in chain.of(user)])


def test_a_used_an_expired_and_an_unknown_code_say_so(cast: Cast, client: Client) -> None:
    code = invite(client, cast)
    accept(Client(), code)
    again = accept(Client(), code)
    assert again.status_code == 422 and b"used already" in again.content
    user = cast.users["grid_worker_2"]
    later = operations.renew_invitation(user, actor=cast.actor("city_officer"), at=now() - timedelta(days=15))
    late = accept(Client(), str(later.code))
    assert late.status_code == 422 and b"no longer valid" in late.content
    wrong = accept(Client(), "AAAA-BBBB-CCCC-DDDD")
    assert wrong.status_code == 422 and b"do not know this code" in wrong.content


def test_a_weak_password_is_refused_and_the_code_stays_good(cast: Cast, client: Client) -> None:
    code = invite(client, cast)
    weak = accept(Client(), code, "123")
    assert weak.status_code == 422
    assert accept(Client(), code).status_code == 302


def test_after_ten_wrong_codes_the_address_waits(cast: Cast, client: Client) -> None:
    code = invite(client, cast)
    guesser = Client()
    for _i in range(10):
        assert accept(guesser, "AAAA-BBBB-CCCC-DDDD").status_code == 422
    assert accept(guesser, code).status_code == 429


def test_a_new_code_makes_the_one_before_it_worthless(cast: Cast, client: Client) -> None:
    first = invite(client, cast)
    response = client.post("/workspace/staff/people/new.worker/renew/")
    assert response.status_code == 302
    second = re.findall(r'lx-code">([^<]+)<', client.get("/workspace/staff/invitation/").content.decode())[0]
    assert b"no longer valid" in accept(Client(), first).content
    assert accept(Client(), second).status_code == 302


def test_an_invitation_sent_twice_makes_one_user(cast: Cast, client: Client) -> None:
    key = cast.key()
    invite(client, cast, key=key)
    body = {
        "key": key,
        "username": "New.Worker",
        "name": "样例·新人",
        "post": f"grid_worker:{cast.grid_2.pk}",
    }
    assert client.post("/workspace/staff/invite/", body).status_code == 302
    assert User.objects.filter(username="new.worker").count() == 1
    other = client.post("/workspace/staff/invite/", body | {"username": "other"})
    assert other.status_code == 422 and b"already sent" in other.content


def test_a_taken_user_name_is_refused_beside_its_field(cast: Cast, client: Client) -> None:
    body = {"key": cast.key(), "username": "CLERK", "name": "样例", "post": f"grid_worker:{cast.grid_1.pk}"}
    response = as_user(client, cast, "clerk").post("/workspace/staff/invite/", body)
    assert response.status_code == 422
    assert b"This user name is taken" in response.content and "样例".encode() in response.content


def test_an_office_cannot_invite_for_another_community(cast: Cast, client: Client) -> None:
    body = {"key": cast.key(), "username": "worker", "name": "样例", "post": f"grid_worker:{cast.grid_3.pk}"}
    assert as_user(client, cast, "clerk").post("/workspace/staff/invite/", body).status_code == 422
    with pytest.raises(NotAllowed):
        operations.invite_user(
            actor=cast.actor("clerk"),
            at=now(),
            key=cast.key(),
            username="worker",
            name="样例",
            role=Role.GRID_WORKER,
            scope=cast.grid_3.scope,
        )


@pytest.mark.parametrize("name", ["grid_worker", "liaison", "fitter", "housing_officer"])
def test_those_who_look_after_nobody_do_not_see_the_list(cast: Cast, client: Client, name: str) -> None:
    assert as_user(client, cast, name).get("/workspace/staff/").status_code == 403
    assert client.get("/workspace/staff/people/clerk/").status_code == 403


def test_the_list_shows_the_readers_own_places_and_filters(
    cast: Cast, client: Client, django_assert_max_num_queries: object
) -> None:
    as_user(client, cast, "clerk")
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        page = client.get("/workspace/staff/").content.decode()
    assert "grid_worker_2" in page and "clerk_2" in page
    assert "south_clerk" not in page and "city_officer" not in page
    assert client.get("/workspace/staff/people/south_clerk/").status_code == 404
    narrowed = client.get("/workspace/staff/", {"role": "grid_worker", "q": "WORKER_2"}).content.decode()
    assert "people/grid_worker_2/" in narrowed and "people/grid_worker/" not in narrowed
    assert "Nobody is found" in client.get("/workspace/staff/", {"held": "ended"}).content.decode()
    sorted_page = client.get("/workspace/staff/", {"sort": "-name"}).content.decode()
    assert 'aria-sort="descending"' in sorted_page


def test_the_list_goes_out_as_a_workbook(cast: Cast, client: Client) -> None:
    response = as_user(client, cast, "city_officer").get("/workspace/staff/", {"format": "xlsx", "role": "office"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert [r[0] for r in rows[1:]] == ["clerk", "clerk_2", "south_clerk"]


def test_a_person_gets_another_post_and_is_told(cast: Cast, client: Client) -> None:
    body = {"post": f"grid_worker:{cast.grid_2.pk}"}
    url = "/workspace/staff/people/grid_worker/appoint/"
    assert as_user(client, cast, "clerk").post(url, body).status_code == 302
    assert cast.actor("grid_worker").scope_ids(Role.GRID_WORKER) == [cast.grid_1.pk] or (
        Appointment.objects.filter(user=cast.users["grid_worker"], scope=cast.grid_2.scope).exists()
    )
    again = client.post(url, body)
    assert again.status_code == 422 and b"holds this post already" in again.content


def test_a_post_ends_and_its_holder_loses_it_the_day_after(cast: Cast, client: Client) -> None:
    post = Appointment.objects.get(user=cast.users["clerk_2"])
    yesterday = (local_day(now()) - timedelta(days=1)).isoformat()
    url = f"/workspace/staff/people/clerk_2/posts/{post.pk}/end/"
    response = as_user(client, cast, "town_officer").post(url, {f"post-{post.pk}-last_on": yesterday})
    assert response.status_code == 302
    post.refresh_from_db()
    assert post.to_on is not None and post.to_on.isoformat() == yesterday
    colleague = Client()
    colleague.force_login(cast.users["clerk_2"])
    assert colleague.get("/workspace/staff/").status_code == 403


def test_a_clerk_cannot_end_a_colleagues_post(cast: Cast) -> None:
    post = Appointment.objects.get(user=cast.users["clerk_2"])
    with pytest.raises(NotAllowed):
        operations.end_appointment(post, actor=cast.actor("clerk"), at=now())


def test_the_last_administrator_stays(cast: Cast) -> None:
    post = Appointment.objects.get(user=cast.users["admin"])
    with pytest.raises(WrongState):
        operations.end_appointment(post, actor=cast.actor("city_officer"), at=now())
    with pytest.raises(WrongState):
        operations.deactivate_user(cast.users["admin"], actor=cast.actor("city_officer"), at=now())
    operations.appoint(
        cast.users["city_officer"],
        actor=cast.actor("admin"),
        at=now(),
        role=Role.ADMIN,
        scope=cast.city.scope,
    )
    operations.end_appointment(post, actor=cast.actor("city_officer"), at=now())


def test_nobody_ends_their_own_last_post(cast: Cast) -> None:
    post = Appointment.objects.get(user=cast.users["town_officer"])
    with pytest.raises(WrongState):
        operations.end_appointment(post, actor=cast.actor("town_officer"), at=now())


def test_a_post_for_which_something_waits_ends_only_with_a_successor(cast: Cast) -> None:
    post = Appointment.objects.get(user=cast.users["south_clerk"])
    waiting = queue.Waiting(cast.south.pk, Role.OFFICE, "verify", now())
    queue.put("need", 1, [waiting])
    with pytest.raises(WrongState):
        operations.end_appointment(post, actor=cast.actor("town_officer"), at=now())
    operations.appoint(
        cast.users["clerk_2"],
        actor=cast.actor("town_officer"),
        at=now(),
        role=Role.OFFICE,
        scope=cast.south.scope,
    )
    operations.end_appointment(post, actor=cast.actor("town_officer"), at=now())


def test_a_closed_account_is_out_at_once(cast: Cast, client: Client) -> None:
    worker = Client()
    worker.force_login(cast.users["grid_worker"])
    assert worker.get("/workspace/account/").status_code == 200
    said = {"name": "report", "scopes": ["needs.read"], "days": 30}
    token = tokens.create_token(actor=cast.actor("grid_worker"), at=now(), **said).token
    response = as_user(client, cast, "clerk").post("/workspace/staff/people/grid_worker/close/")
    assert response.status_code == 302
    assert worker.get("/workspace/account/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert not Appointment.objects.filter(user=cast.users["grid_worker"], to_on=None).exists()
    user = User.objects.get(username="grid_worker")
    assert list(chain.broken([(user.chain_key, user.history_seq, user.history_head)])) == []


def test_an_office_does_not_close_the_account_of_someone_with_a_higher_post(cast: Cast) -> None:
    operations.appoint(
        cast.users["grid_worker"],
        actor=cast.actor("city_officer"),
        at=cast.clock(),
        role=Role.TOWN,
        scope=cast.town.scope,
    )
    for verb in (operations.deactivate_user, operations.renew_invitation):
        with pytest.raises(NotAllowed):
            verb(cast.users["grid_worker"], actor=cast.actor("clerk"), at=cast.clock())


def test_a_post_given_by_workbook_stands_in_the_history_too(cast: Cast) -> None:
    user = cast.users["clerk"]
    row = {"username": user.username, "name": user.name, "name_en": user.name_en, "from_on": None}
    post = {"role": "office", "scope_kind": "community", "scope_code": "south"}
    for created in (1, 0):
        work = Import(cast.actor("admin"), cast.clock())
        save_staff([Row(2, row | post)], work)
        assert (work.errors, work.created) == ([], created)
    user.refresh_from_db()
    told = [entry for entry in chain.of(user) if entry.code == "user.appointed"]
    assert [(e.actor, e.params) for e in told] == [
        (cast.users["admin"], {"role": "office", "scope": cast.south.scope.path})
    ]
    assert list(chain.broken([(user.chain_key, user.history_seq, user.history_head)])) == []
