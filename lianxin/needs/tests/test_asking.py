"""The public door over HTTP: asking."""

import io
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from lianxin.needs.models import Category, Need, Photo
from lianxin.needs.queries import need_for
from lianxin.needs.states import Status
from lianxin.places.lookup import PLACE_COOKIE
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _no_counts(db: None) -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _files(tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def said(**changes: object) -> dict[str, object]:
    """A filled-in wish."""
    return {
        "key": "a" * 32,
        "category": "books",
        "text": "想要几本课外书",
        "community": "north",
        "spot": "grid:grid-1",
        "publish_ok": "yes",
    } | changes


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return SimpleUploadedFile("x.png", out.getvalue(), "image/png")


def test_the_tiles_offer_every_kind_a_resident_can_ask_for(cast: Cast, client: Client) -> None:
    page = client.get("/ask/").content.decode()
    for kind in ("wish", "repair", "complaint", "other", "call_back"):
        assert f'href="/ask/{kind}/"' in page
    assert "community_need" not in page
    assert client.get("/ask/community_need/").status_code == 404
    assert client.get("/ask/nothing/").status_code == 404


def test_a_wish_is_filed_and_its_slip_shows_number_code_and_times(cast: Cast, client: Client) -> None:
    answer = client.post("/ask/wish/", said(phone="138 0000 0000", name="样例"))
    assert answer.status_code == 302
    assert answer["Location"] == "/asked/"
    need = Need.objects.get()
    assert (need.kind, need.grid, need.publish_ok, need.status) == ("wish", cast.grid_1, True, Status.FILED)
    assert need.asker_phone == "138 0000 0000"
    slip = client.get("/asked/").content.decode()
    assert need.number in slip
    assert "data:image/svg+xml" in slip
    assert "no-store" in client.get("/asked/").headers["Cache-Control"]


def test_the_code_travels_in_an_encrypted_cookie_alone(cast: Cast, client: Client) -> None:
    answer = client.post("/ask/wish/", said())
    cookie = answer.cookies["lx_code"]
    assert cookie["httponly"] and cookie["max-age"] == 1800 and cookie["samesite"] == "Lax"
    slip = client.get("/asked/")
    code = slip.context["code"]
    assert code not in cookie.value
    assert code not in answer["Location"]
    assert slip.context["address"] == f"{settings.BASE_URL}/track/#{code}"


def test_without_the_cookie_there_is_no_slip(cast: Cast, client: Client) -> None:
    cast.ask()
    assert client.get("/asked/")["Location"] == "/track/"
    client.cookies["lx_code"] = "made-up"
    assert client.get("/asked/")["Location"] == "/track/"


def test_the_same_form_sent_twice_files_one_need_with_one_code(cast: Cast, client: Client) -> None:
    client.post("/ask/wish/", said())
    first = client.get("/asked/").context
    client.post("/ask/wish/", said())
    second = client.get("/asked/").context
    assert Need.objects.count() == 1
    assert (first["need"].number, first["code"]) == (second["need"].number, second["code"])


def test_a_changed_form_with_the_same_key_asks_before_filing_anew(cast: Cast, client: Client) -> None:
    client.post("/ask/wish/", said())
    number = Need.objects.get().number
    again = client.post("/ask/wish/", said(text="还想要一盏台灯"))
    assert again.status_code == 422
    page = again.content.decode()
    assert number in page and "还想要一盏台灯" in page
    key = again.context["form"]["key"].value()
    assert key != "a" * 32
    assert client.post("/ask/wish/", said(text="还想要一盏台灯", key=key)).status_code == 302
    assert Need.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("wish", {"text": ""}, "text"),
        ("wish", {"community": "nowhere"}, "community"),
        ("wish", {"community": ""}, "community"),
        ("wish", {"category": "nothing"}, "category"),
        ("wish", {"category": "heating"}, "category"),
        ("wish", {"spot": "grid:grid-3"}, "spot"),
        ("wish", {"spot": "grid:nowhere"}, "spot"),
        ("wish", {"phone": "call me"}, "phone"),
        ("wish", {"phone": "139000012"}, "phone"),
        ("wish", {"may_call": "perhaps"}, "may_call"),
        ("call_back", {"phone": "1390000123"}, "phone"),
        ("wish", {"publish_ok": "perhaps"}, "publish_ok"),
        ("wish", {"text": "长" * 2001}, "text"),
        ("wish", {"key": ""}, "key"),
        ("call_back", {"phone": ""}, "phone"),
        ("complaint", {"category": "fees"}, "subject_kind"),
        ("complaint", {"category": "fees", "subject_kind": "company"}, "subject"),
        (
            "complaint",
            {"category": "fees", "subject_kind": "company", "subject": "water-unit"},
            "subject",
        ),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_keeps_what_was_typed(
    cast: Cast, client: Client, kind: str, changes: dict[str, object], field: str
) -> None:
    answer = client.post(f"/ask/{kind}/", said(name="留着我", **changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    page = answer.content.decode()
    assert "留着我" in page
    assert page.index('class="lx-errors"') < page.index("<h1")
    assert not Need.objects.exists()


def test_who_does_not_know_the_grid_complains_about_its_worker_too(cast: Cast, client: Client) -> None:
    sent = said(category="fees", subject_kind="grid_worker", spot="", text="态度不好")
    assert client.post("/ask/complaint/", sent).status_code == 302
    need = Need.objects.get()
    assert (need.subject_kind, need.subject_id, need.handler_id) == ("grid_worker", None, cast.town.pk)
    for who in ("clerk", "grid_worker", "grid_worker_2"):
        assert need_for(cast.actor(who), need.number) is None
    assert need_for(cast.actor("town_officer"), need.number) is not None


def test_call_me_back_needs_a_number_only(cast: Cast, client: Client) -> None:
    answer = client.post("/ask/call_back/", {"key": "k", "phone": "１３８００００００００", "community": "north"})
    assert answer.status_code == 302
    need = Need.objects.get()
    assert (need.kind, need.asker_phone) == ("call_back", "13800000000")


@pytest.mark.parametrize("number", ["8722123", "0973-872 2123", "(0973) 8722123", "+86 138 0000 0000"])
def test_landlines_and_numbers_with_the_countrys_are_taken(cast: Cast, client: Client, number: str) -> None:
    assert client.post("/ask/wish/", said(phone=number)).status_code == 302
    assert Need.objects.get().asker_phone == number


def test_the_number_is_read_over_by_whoever_just_sent_it(cast: Cast, client: Client) -> None:
    client.post("/ask/wish/", said(phone="138 0000 0000"))
    page = client.get("/asked/").content.decode()
    assert page.count("138 0000 0000") == 1
    assert page.index('class="lx-slip"') < page.index("</section>") < page.index("138 0000 0000"), "it is on the paper"
    need = Need.objects.get()
    need.filed_at -= timedelta(minutes=31)
    need.save()
    assert "138 0000 0000" not in client.get("/asked/").content.decode()
    client.force_login(cast.users["outsider"])
    assert "138 0000 0000" not in client.get("/asked/").content.decode()


def test_whoever_does_the_work_may_call_when_the_asker_says_so(cast: Cast, client: Client) -> None:
    preset = {kind: client.get(f"/ask/{kind}/").context["form"]["may_call"].value() for kind in ("repair", "wish")}
    assert preset == {"repair": "yes", "wish": None}
    for key, changes in enumerate(
        ({"may_call": "yes", "phone": "8722123"}, {"may_call": "no", "phone": "8722123"}, {"may_call": "yes"}, {})
    ):
        sent = said(key=f"k{key}", category="lamp", **changes)
        assert client.post("/ask/repair/", sent).status_code == 302
    assert list(Need.objects.order_by("pk").values_list("giver_may_call", flat=True)) == [True, False, False, False]


def test_a_complaint_about_a_company_names_it_and_is_hidden_from_it(cast: Cast, client: Client) -> None:
    sent = said(category="fees", subject_kind="company", subject="company")
    assert client.post("/ask/complaint/", sent).status_code == 302
    need = Need.objects.get()
    assert need.subject == cast.company.scope
    assert not Need.objects.visible_to(cast.actor("fitter")).exists()
    assert need.publish_ok is False


def test_photos_are_kept_and_a_file_that_is_no_picture_files_nothing(cast: Cast, client: Client) -> None:
    bad = SimpleUploadedFile("x.jpg", b"no picture", "image/jpeg")
    answer = client.post("/ask/wish/", said(photos=[bad]))
    assert answer.status_code == 422
    assert "photos" in answer.context["form"].errors
    assert not Need.objects.exists()
    five = client.post("/ask/wish/", said(photos=[picture() for _ in range(5)]))
    assert five.status_code == 422
    assert client.post("/ask/wish/", said(photos=[picture(), picture()])).status_code == 302
    assert Photo.objects.count() == 2


def test_a_poster_fills_in_the_place_and_the_browser_remembers_it(cast: Cast, client: Client) -> None:
    answer = client.get("/q/garden/")
    assert answer["Location"] == "/ask/?at=garden"
    assert client.cookies[PLACE_COOKIE].value == "north"
    tiles = client.get("/ask/?at=garden").content.decode()
    assert 'href="/ask/wish/?at=garden"' in tiles
    form = client.get("/ask/wish/?at=garden").context["form"]
    assert (form["community"].value(), form["spot"].value()) == ("north", "compound:garden")
    assert client.get("/q/nowhere/").status_code == 404
    assert client.get("/ask/wish/").context["form"]["community"].value() == "north"


def test_the_places_narrow_with_a_script_and_are_grouped_without(cast: Cast, client: Client) -> None:
    page = client.get("/ask/wish/").content.decode()
    assert 'data-parent="id_community"' in page
    assert 'value="grid:grid-3" data-parent="south"' in page
    assert "<optgroup" in page


def test_filing_is_throttled_by_address_and_says_so(cast: Cast, client: Client) -> None:
    for i in range(20):
        assert client.post("/ask/wish/", said(key=f"key{i}")).status_code == 302
    answer = client.post("/ask/wish/", said(key="one-more"))
    assert answer.status_code == 429
    assert Need.objects.count() == 20
    other = Client(REMOTE_ADDR="203.0.113.9")
    assert other.post("/ask/wish/", said(key="elsewhere")).status_code == 302


def test_filing_over_the_form_costs_few_queries(cast: Cast, client: Client, django_assert_max_num_queries) -> None:
    client.post("/ask/wish/", said())
    # 14 for the work itself; the rest is the throttle, which counts in the database.
    with django_assert_max_num_queries(20) as seen:
        assert client.post("/ask/wish/", said(key="b" * 32)).status_code == 302
    throttle = [i for i, q in enumerate(seen.captured_queries) if "core_tries" in q["sql"]]
    between = seen.captured_queries[throttle[0] + 1 : throttle[1]]
    work = [q for q in between if "SAVEPOINT" not in q["sql"]]
    assert len(work) <= 14, [q["sql"][:90] for q in work]


def test_a_staff_member_at_the_public_form_files_as_staff(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["south_clerk"])
    answer = client.post("/ask/wish/", said())
    assert answer.status_code == 422
    client.force_login(cast.users["clerk"])
    client.post("/ask/wish/", said())
    assert Need.objects.get().filed_by == cast.users["clerk"]


def test_an_expired_form_offers_what_was_typed_for_sending_again(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    home = {"Origin": "http://testserver"}
    for token in ({}, {"csrfmiddlewaretoken": "x" * 64}):
        browser.cookies.clear()
        answer = browser.post("/ask/wish/", said(text='想要"书"<b>', photos=[picture()]) | token, headers=home)
        page = answer.content.decode()
        assert answer.status_code == 403 and "Photos are not kept" in page
        assert 'name="text" value="想要&quot;书&quot;&lt;b&gt;"' in page and "x" * 64 not in page
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.split("<h1>")[1]))
    assert not Need.objects.exists()
    fields["text"] = '想要"书"<b>'
    assert browser.post("/ask/wish/", fields, headers=home).status_code == 302
    assert Need.objects.get().text == '想要"书"<b>'


@pytest.mark.parametrize("sent_by", [{}, {"Origin": "http://elsewhere.example"}, {"Origin": "null"}])
def test_what_another_site_sent_is_never_offered(cast: Cast, sent_by: dict[str, str]) -> None:
    answer = Client(enforce_csrf_checks=True).post("/ask/wish/", said(), headers=sent_by)
    assert answer.status_code == 403
    assert "想要几本课外书" not in answer.content.decode()
    own = Client(enforce_csrf_checks=True).post("/login/", {"password": "p"}, headers={"Origin": "http://testserver"})
    assert own.status_code == 403 and 'name="password"' not in own.content.decode()


def test_whoever_finds_no_sort_that_fits_chooses_none_of_these(cast: Cast, client: Client) -> None:
    Category.objects.create(code="housework", kind="wish", name="家务帮手", name_en="Help at home")
    page = client.get("/ask/wish/", headers={"Accept-Language": "en"}).content.decode()
    assert "None of these, or I do not know" in page
    sent = said(category="other")
    assert client.post("/ask/wish/", sent).status_code == 302
    need = Need.objects.get()
    assert (need.kind, need.category) == ("wish", cast.other)
