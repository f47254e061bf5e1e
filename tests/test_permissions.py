"""The permission table: every page and every call of the API × nine roles. A route without a row fails."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lianxin.core.clock import now
from lianxin.core.crypto import keyed_digest
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import assign_need, hand_in_batch, publish_need
from lianxin.needs.operations.batches import Wished
from tests.cast import Cast

# The cast's user for each of the nine roles; None is the public.
ROLES: dict[str, str | None] = {
    "public": None,
    "grid_worker": "grid_worker",
    "office": "clerk",
    "town": "town_officer",
    "city": "city_officer",
    "admin": "admin",
    "liaison": "liaison",
    "company": "fitter",
    "department": "housing_officer",
}
EVERYONE = " ".join(ROLES)
STAFF = EVERYONE.removeprefix("public ")
PLACES = "office town city"
ABOVE = f"{PLACES} admin"
WORKERS = "grid_worker office town city liaison company department"

# name of the route → who may open it
PAGES: dict[str, str] = {
    "home": EVERYONE,
    "choose_place": EVERYONE,
    "open_figures": EVERYONE,
    "open_figures_csv": EVERYONE,
    "open_figures_json": EVERYONE,
    "open_data": EVERYONE,
    "privacy": EVERYONE,
    "roots": EVERYONE,
    "roots_json": EVERYONE,
    "accessibility": EVERYONE,
    "demo": EVERYONE,
    "elder": EVERYONE,
    "set_language": EVERYONE,
    "login": EVERYONE,
    "logout": EVERYONE,
    "invited": EVERYONE,
    "second_step": "",  # opens to whoever typed the right password: lianxin/staffing/tests/test_factors.py
    "passkey_question": EVERYONE,
    "passkey_enter": EVERYONE,
    "ask_tiles": EVERYONE,
    "ask": EVERYONE,
    "from_poster": EVERYONE,
    "asked": EVERYONE,
    "track": EVERYONE,
    "tracked": EVERYONE,
    "tracked_word": EVERYONE,
    "tracked_withdraw": EVERYONE,
    "tracked_answer_merged": EVERYONE,
    "tracked_answer": EVERYONE,
    "tracked_contest": EVERYONE,
    "tracked_still_wanted": EVERYONE,
    "tracked_thanks": EVERYONE,
    "tracked_photo": EVERYONE,
    "tracked_held": EVERYONE,
    "tracked_held_file": EVERYONE,
    "tracked_correct": EVERYONE,
    "tracked_erase": EVERYONE,
    "tracked_forget": EVERYONE,
    "wishes": EVERYONE,
    "board": EVERYONE,
    "board_post": EVERYONE,
    "api-root": EVERYONE,
    "api-nothing": EVERYONE,
    "desk": STAFF,
    "menu": STAFF,
    "notices": STAFF,
    "account": STAFF,
    "account_names": STAFF,
    "account_notices": STAFF,
    "account_password": STAFF,
    "security": STAFF,
    "account_contacts": STAFF,
    "set_up_factor": STAFF,
    "app_begin": STAFF,
    "app_set_up": STAFF,
    "app_take_off": STAFF,
    "recovery_codes": STAFF,
    "recovery_renew": STAFF,
    "passkey_ask": STAFF,
    "passkey_add": STAFF,
    "passkey_remove": STAFF,
    "session_end": STAFF,
    "sessions_end": STAFF,
    "token_create": STAFF,
    "token_revoke": STAFF,
    "needs": WORKERS,
    "need": WORKERS,
    "need_look": WORKERS,
    "need_held": PLACES,
    "need_held_look": PLACES,
    "need_held_file": PLACES,
    "need_erase": PLACES,
    "need_photo": WORKERS,
    "need_action": WORKERS,
    "file_for": f"grid_worker {PLACES}",
    "on_the_spot": "grid_worker office",
    "slips": f"grid_worker liaison {PLACES}",
    "pool": "liaison",
    "batches": f"liaison {PLACES}",
    "batch": f"liaison {PLACES}",
    "batch_new": "liaison",
    "batch_claim": "liaison",
    "commitments": "liaison company department office",
    "posts": PLACES,
    "post_new": PLACES,
    "post_edit": PLACES,
    "post_take_down": PLACES,
    "posters": f"grid_worker {PLACES}",
    "posters_print": f"grid_worker {PLACES}",
    "categories": "city admin",
    "category_add": "city admin",
    "category_edit": "city admin",
    "category_switch": "city admin",
    "values": "city admin",
    "channels": "admin",
    "channel_add": "admin",
    "channel_edit": "admin",
    "channel_switch": "admin",
    "channel_remove": "admin",
    "channel_test": "admin",
    "deliveries": "admin",
    "delivery_again": "admin",
    "jobs": "admin",
    "tallies": "admin",
    "tallies_rebuild": "admin",
    "looks": "city admin",
    "erasures": "city admin",
    "job_again": "admin",
    "webhooks": "admin",
    "webhook": "admin",
    "webhook_switch": "admin",
    "webhook_secret": "admin",
    "webhook_again": "admin",
    "roster": f"{PLACES} admin company",
    "roster_add": f"{PLACES} admin company",
    "roster_end": f"{PLACES} admin company",
    "exclusions": f"grid_worker {PLACES}",
    "calls": f"grid_worker {PLACES}",
    "hotline": PLACES,
    "hotline_take": PLACES,
    "hotline_template": PLACES,
    "hotline_replied": PLACES,
    "value": "city admin",
    "value_call_off": "city admin",
    "imports": "city admin",
    "import_done": "city admin",
    "import_template": "city admin",
    "import_now": "city admin",
    "import_errors": "city admin",
    "staff": ABOVE,
    "invite": ABOVE,
    "invitation": ABOVE,
    "person": ABOVE,
    "person_appoint": ABOVE,
    "person_renew": ABOVE,
    "person_reset": ABOVE,
    "reset": ABOVE,
    "reset_decide": ABOVE,
    "person_close": ABOVE,
    "person_end": ABOVE,
    "person_hand_over": ABOVE,
    "person_back": ABOVE,
    "places": f"grid_worker {ABOVE}",
    "place": f"grid_worker {ABOVE}",
    "place_add": "city admin",
    "place_edit": "city admin",
    "grid_split": "city admin",
    "grid_merge": "city admin",
    "units": STAFF,
    "unit": STAFF,
    "unit_add": "town city admin",
    "unit_edit": "town city admin",
    "unit_serve": ABOVE,
    "unit_stop_serving": ABOVE,
    "unit_join": ABOVE,
    "unit_leave": ABOVE,
    "unit_accept": ABOVE,
    "unit_report": "liaison",
    "helper_add": "liaison",
    "helpers": PLACES,
    **dict.fromkeys(("helper_held", "helper_look", "helper_file", "helper_end", "helper_erase"), f"liaison {PLACES}"),
    "figures": f"grid_worker {ABOVE}",
}

# What addresses are filled with: things of the cast that the roles may see where they may see anything.
FILL: dict[str, Any] = {
    "pk": 1,
    "photo_id": 1,
    "delivery": 1,
    "comparison": 1,
    "verb": "comment",
    "token": "0" * 32,
    "username": "grid_worker",
    "kind": "grid",
    "helper": "nobody",
    "rest": "nothing",
    "compound": "garden",
    "community": "north",
}
CODES = {
    "from_poster": "grid-1",
    "board_post": "none",
    "import_template": "grids",
    "place": "north",
    "place_edit": "grid-1",
    "grid_split": "grid-1",
    "grid_merge": "grid-1",
    "value": "staffing.invitation_days",
    "value_call_off": "staffing.invitation_days",
}


def routes(resolver: URLResolver | None = None, prefix: str = "") -> list[tuple[str, URLPattern, str]]:
    """Every route: its name, its pattern and its whole address."""
    found: list[tuple[str, URLPattern, str]] = []
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            found.extend(routes(pattern, prefix + str(pattern.pattern)))
        else:
            found.append((pattern.name or "", pattern, prefix + str(pattern.pattern)))
    return found


def pages() -> list[tuple[str, URLPattern]]:
    """The routes that are not calls of the API."""
    return [(name, pattern) for name, pattern, address in routes() if not address.startswith("api/v1/")]


def test_every_page_has_a_row_and_every_row_a_page() -> None:
    assert {name for name, _pattern in pages()} == set(PAGES)


def address_of(name: str, pattern: URLPattern, number: str, batch: str) -> str:
    values = FILL | {"number": batch if name.startswith("batch") else number}
    values["code"] = CODES.get(name, "water-unit" if name.startswith(("unit", "helper")) else "books")
    if name == "channel_add":
        values["kind"] = "wecom"
    if name == "ask":
        values["kind"] = "wish"
    return reverse(name, kwargs={key: values[key] for key in pattern.pattern.converters})


def opened(client: Client, address: str) -> bool:
    """Was it opened? Being sent to log in, or 403, is a refusal; 404, 405 and 422 speak of the object or form."""
    answer = client.get(address)
    if answer.status_code == 405:
        answer = client.post(address)
    assert answer.status_code < 500, address
    return answer.status_code != 403 and not answer.get("Location", "").startswith("/login/")


@pytest.mark.parametrize("role", ROLES)
def test_pages_open_to_those_in_the_table_and_to_nobody_else(cast: Cast, role: str) -> None:
    need = cast.ask()
    assign_need(need, actor=cast.actor("clerk"), at=now(), giver=cast.office)
    batch = hand_in_batch(
        [Wished("想要一盏台灯", cast.books)],
        actor=cast.actor("factory_liaison"),
        at=now(),
        organisation=cast.factory,
        community=cast.north,
        key="batch",
    ).batch
    client = Client()
    user = ROLES[role]
    wrong = []
    for name, pattern in pages():
        if user:
            client.force_login(cast.users[user])
        if name in ("need", "need_look", "need_photo", "need_action") and role in ("liaison", "company", "department"):
            continue  # a need is theirs to see or not: tests/test_pipeline_table.py
        may = role in PAGES[name].split()
        if opened(client, address_of(name, pattern, need.number, batch.number)) is not may:
            wrong.append(f"{name}: {'closed' if may else 'open'} to {role}")
    assert wrong == []


# --- The API: the verbs of one need, by role. What a role may not do is refused with 401, 403 or 404. -----------
READ = {
    "openapi.json": EVERYONE,
    "places": EVERYONE,
    "places/north": EVERYONE,
    "categories": EVERYONE,
    "organisations": EVERYONE,
    "organisations/water-unit": EVERYONE,
    "needs": STAFF,
    "needs/{number}": f"grid_worker {PLACES} liaison company department",
    "batches": STAFF,
    "figures": f"grid_worker {ABOVE}",
}
OFFICE = f"{PLACES}"
GRID = f"grid_worker {PLACES}"
GIVER = "liaison"
# The need was published and taken on by the water unit, whose liaison acts for it.
VERBS: dict[str, tuple[str, dict[str, Any]]] = {
    "needs/{number}/verify": (GRID, {}),
    "needs/{number}/correct": (OFFICE, {"version": 1}),
    "needs/{number}/decline": (OFFICE, {"reason": "unclear", "words": "看不明白"}),
    "needs/{number}/merge": (OFFICE, {"into": "{number}"}),
    "needs/{number}/unmerge": (OFFICE, {}),
    "needs/{number}/publish": (OFFICE, {"public_text": "想要几本课外书"}),
    "needs/{number}/unpublish": (OFFICE, {}),
    "needs/{number}/assign": (OFFICE, {"giver": "office"}),
    "needs/{number}/pass_up": (OFFICE, {"note": "请镇里看"}),
    "needs/{number}/pass_down": ("town city", {"note": "请社区办"}),
    "needs/{number}/claim": ("liaison", {"giver": "water-unit"}),
    "needs/{number}/on_spot": (GRID, {"note": "修好了"}),
    "needs/{number}/take_back": ("", {}),
    "needs/{number}/withdraw": (OFFICE, {"words": "电话里说不要了"}),
    "needs/{number}/still_wanted": ("", {}),
    "needs/{number}/contest": ("", {}),
    "needs/{number}/overturn": ("town city", {}),
    "needs/{number}/uphold": ("town city", {"words": "确实不归我们"}),
    "needs/{number}/add_word": ("", {"text": "还有"}),
    "needs/{number}/correct_own": ("", {"phone": "13800001234"}),
    "needs/{number}/answer_asker": (f"{GRID} {GIVER}", {"text": "在办"}),
    "needs/{number}/comment": (f"{GRID} {GIVER}", {"text": "先打电话"}),
    "needs/{number}/thank": ("", {"text": "谢谢", "agrees": True}),
    "needs/{number}/answer_merged": (GRID, {"solved": True}),
    "needs/{number}/attempt_merged": (GRID, {}),
    "needs/{number}/second_call": ("town city", {"result": "agrees"}),
    # Whoever asks is not the second person: decided first.
    "needs/{number}/decide_exclusion": (OFFICE, {"approved": True}),
    "needs/{number}/ask_exclusion": (OFFICE, {"reason": "test", "words": "培训用的"}),
    "needs/{number}/take_back_exclusion": (OFFICE, {}),
    "needs/{number}/reply_hotline": (OFFICE, {}),
    "needs/{number}/commitments/{pk}/start": (GIVER, {}),
    "needs/{number}/commitments/{pk}/deliver": (GIVER, {"note": "送到了"}),
    "needs/{number}/commitments/{pk}/give_back": (GIVER, {"reason": "no_time"}),
    "needs/{number}/commitments/{pk}/call_off": (OFFICE, {"words": "换一家"}),
    "needs/{number}/commitments/{pk}/name_helpers": (GIVER, {"helpers": []}),
    "needs/{number}/commitments/{pk}/confirm": (GRID, {"solved": True}),
    "needs/{number}/commitments/{pk}/agree_thanks": (GIVER, {"agrees": True}),
    "needs/{number}/commitments/{pk}/attempt": (GRID, {}),
    "needs": (
        f"public {GRID} liaison",
        {"kind": "wish", "category": "books", "community": "north", "grid": "grid-1", "text": "想要几本课外书"},
    ),
    "needs/on_the_spot": (
        GRID,
        {
            "kind": "repair",
            "category": "lamp",
            "community": "north",
            "grid": "grid-1",
            "text": "灯不亮",
            "note": "换好了",
        },
    ),
    "batches": (
        "liaison",
        {
            "organisation": "water-unit",
            "community": "north",
            "wishes": [{"text": "想要一盏台灯", "category": "books"}],
        },
    ),
    "batches/{batch}/claim": ("liaison", {"giver": "water-unit"}),
}
ELSEWHERE = {"batches/{number}"}  # a batch is theirs to see or not: needs/tests/test_api.py


def test_every_call_of_the_api_has_a_row() -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    said = {
        (method, path.removeprefix("/api/v1/").replace("{code}", "north"))
        for path, methods in schema["paths"].items()
        for method in methods
    }
    rows = {("get", path) for path in [*READ, *ELSEWHERE]} | {
        ("post", path.replace("{batch}", "{number}")) for path in VERBS
    }
    rows = {(m, p.replace("organisations/water-unit", "organisations/north")) for m, p in rows}
    assert said == rows - {("get", "openapi.json")}


@pytest.mark.parametrize("role", ROLES)
def test_calls_are_open_to_those_in_the_table_and_to_nobody_else(cast: Cast, role: str, client: Client) -> None:
    from datetime import timedelta

    from lianxin.accounts.models import ApiToken, TokenScope
    from lianxin.needs.operations import claim_need

    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    batch = hand_in_batch(
        [Wished("想要一盏台灯", cast.books)],
        actor=cast.actor("factory_liaison"),
        at=cast.clock(),
        organisation=cast.factory,
        community=cast.north,
        key="batch",
    ).batch
    publish_need(batch.needs.get(), actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要一盏台灯")
    headers = {}
    if user := ROLES[role]:
        ApiToken.objects.create(
            user=cast.users[user],
            name="test",
            digest=keyed_digest("token", "lx_test"),
            tail="test",
            scopes=TokenScope.values,
            created_at=now(),
            expires_at=now() + timedelta(days=1),
        )
        headers["Authorization"] = "Bearer lx_test"

    # Each call finds the need as it was: taken on, whatever the call before has done to it.
    before = Need.objects.filter(pk=need.pk).values("status", "ended_at", "merged_into", "handler").get()

    def fill(text: str) -> str:
        return text.replace("{number}", need.number).replace("{pk}", str(claim.pk)).replace("{batch}", batch.number)

    wrong = []
    theirs = {"company": "", "department": ""}
    for path, roles in READ.items():
        may = role in roles.split() and not (path == "needs/{number}" and role in theirs)
        status = client.get(f"/api/v1/{fill(path)}", headers=headers).status_code
        if (status not in (401, 403, 404)) is not may:
            wrong.append(f"GET {path}: {status} to {role}")
    for path, (roles, body) in VERBS.items():
        Need.objects.filter(pk=need.pk).update(**before)
        Commitment.objects.filter(pk=claim.pk).update(status="claimed")
        said = {k: fill(v) if isinstance(v, str) else v for k, v in body.items()}
        status = client.post(
            f"/api/v1/{fill(path)}",
            said,
            content_type="application/json",
            headers=headers | {"Idempotency-Key": uuid.uuid4().hex},
        ).status_code
        assert status != 400 and status < 500, (path, status)
        if (status not in (401, 403, 404)) is not (role in roles.split()):
            wrong.append(f"POST {path}: {status} to {role}")
    assert wrong == []
