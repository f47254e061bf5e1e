"""The whole API against what a machine thinks of: no 5xx, no status, shape or type that its description does not name.

Every call of the OpenAPI document is made as the public, an asker, a clerk and the administrator, with data that fits
the description and data that does not; each call finds the city as it was.
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lianxin.needs.tests.api_caller import WISH, published, token_of
from tests.attack import BOTH, begin, raw, taken_back
from tests.cast import Cast

CALLERS = ["public", "asker", "clerk", "admin"]
# Who reaches most is sent to both databases: each refuses numbers and characters of its own.
ON_BOTH = [pytest.param(who, marks=[] if who == "clerk" else pytest.mark.either) for who in CALLERS]
ROUNDS, LONG = 40, 2_000


@pytest.fixture(autouse=True)
def _one_connection_and_no_log() -> Iterator[None]:
    """Calls go through WSGI as from outside, yet inside the test's transaction."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


def verdict(wrong: dict[str, str]) -> str:
    """What was wrong, one sort of mistake each, with the call that shows it."""
    return "\n\n".join(f"{name}\n{said}" for name, said in wrong.items())


@pytest.mark.parametrize("who", ON_BOTH)
def test_each_field_of_each_call_at_its_limits_and_beyond(cast: Cast, who: str) -> None:
    attack = begin(cast, who)
    for case in attack.everything():
        attack.send(case)
    assert not attack.wrong, verdict(attack.wrong)
    said = {status for _call, status in attack.reached}
    assert (
        said
        >= {
            "public": {200, 201, 401, 403, 404, 405, 415, 422},
            "asker": {200, 401, 405, 409, 415, 422},
            "clerk": {200, 201, 403, 404, 405, 409, 415, 422},
            "admin": {200, 404, 405, 415, 422},
        }[who]
    ), sorted(said)


def walk(cast: Cast, who: str, rounds: int) -> None:
    attack = begin(cast, who)
    calls = st.one_of(
        st.tuples(found.ok().as_strategy(generation_mode=mode), st.integers(0, 7))
        for found in attack.schema.get_all_operations()
        for mode in BOTH
    )

    @settings(
        max_examples=rounds,
        derandomize=rounds == ROUNDS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(calls)
    def go(drawn: tuple[Any, int]) -> None:
        attack.send(attack.meet(*drawn))

    go()
    assert not attack.wrong, verdict(attack.wrong)


@pytest.mark.parametrize("who", ON_BOTH)
def test_data_at_random(cast: Cast, who: str) -> None:
    walk(cast, who, ROUNDS)


@pytest.mark.soak
@pytest.mark.parametrize("who", [*CALLERS, "liaison", "town_officer", "fitter"])
def test_much_data_at_random(cast: Cast, who: str) -> None:
    walk(cast, who, LONG)


def test_a_status_that_is_not_described_would_be_found(cast: Cast) -> None:
    attack = begin(cast, "clerk")
    described = attack.schema.raw_schema["paths"]["/api/v1/needs/{number}"]["get"]["responses"]
    del described["200"]["content"]["application/json"]["schema"], described["422"]
    for case in attack.everything():
        if case.operation.label == "GET /api/v1/needs/{number}":
            attack.send(case)
    assert list(attack.wrong) == ["GET /api/v1/needs/{number}: Undocumented status code"]


def refused_in_words(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    """Status and code of a refusal that is problem+json, in the caller's language."""
    status, headers, body = answer
    assert headers["Content-Type"] == "application/problem+json", body
    assert headers["Content-Language"] == "zh-hans"
    said = json.loads(body)
    assert said["status"] == status and not said["detail"].isascii() and not said["title"].isascii()
    return status, said["code"]


BODIES: list[tuple[bytes, int]] = [
    (b"", 422),
    (b"{", 400),
    (b"[]", 422),
    (b"null", 422),
    (b'"x"', 422),
    (b'{"text": "\xff\xfe"}', 400),
    ('{"text": "a"}'.encode("utf-16"), 400),
    (b'{"text": "\\ud800"}', 422),
    (b'{"text": "\\u0000"}', 422),
    (b'{"text": NaN}', 400),
    (b'{"text": 1e999}', 422),
    (b'{"text": ' + b"9" * 5_000 + b"}", 400),
    (b"[" * 100_000, 400),
    (b'{"a":' * 50_000, 400),
    (b'{"text": "a", "text": "b"}', 400),
    (b'{"text": "a", "\\ud800": 1}', 422),
    (b'{"text": "a", "txet": "b"}', 422),
    (b'{"text": "' + b"x" * 4_000_000 + b'"}', 413),
]
JSON = "application/json"


@pytest.mark.parametrize(("body", "status"), BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_call_is_refused_in_words(cast: Cast, body: bytes, status: int) -> None:
    need = published(cast)
    said = {"HTTP_AUTHORIZATION": f"Bearer {token_of(cast, 'clerk')}", "HTTP_ACCEPT_LANGUAGE": "zh-hans"}
    path = f"/api/v1/needs/{need.number}/comment"
    assert refused_in_words(raw("POST", path, body, CONTENT_TYPE=JSON, **said))[0] == status
    assert raw("POST", path, b'\xef\xbb\xbf{"text": "a"}', CONTENT_TYPE=JSON, **said)[0] == 200


def test_lengths_types_addresses_methods_and_parameters_that_do_not_fit_are_refused_in_words(cast: Cast) -> None:
    need = published(cast)
    said = {"HTTP_AUTHORIZATION": f"Bearer {token_of(cast, 'clerk')}", "HTTP_ACCEPT_LANGUAGE": "zh-hans"}
    comment = f"/api/v1/needs/{need.number}/comment"

    def call(method: str, path: str, body: bytes = b"", **more: str) -> tuple[int, str]:
        with taken_back():
            return refused_in_words(raw(method, path, body, **said | more))

    for length, status in (("abc", 400), ("-1", 400), ("٣", 400), ("5", 400), ("9" * 20, 413)):
        got = call("POST", comment, b'{"text": "a"}', CONTENT_TYPE=JSON, CONTENT_LENGTH=length)
        assert got[0] == status, length
    for kind in ("text/plain", "", "multipart/form-data; boundary=x", "application/xml", f"{JSON}; charset=latin-1"):
        assert call("POST", comment, b'{"text": "a"}', CONTENT_TYPE=kind) == (415, "not_json"), kind
    odd = ("\xed\xa0\x80", "\x00", "\xff", "\r\n", "x" * 9_000, f"{need.number}/commitments/{2**63}/attempt")
    for name in odd:
        for method in ("GET", "POST"):
            status, code = call(method, f"/api/v1/needs/{name}")
            assert (status, code) == (400, "not_text") if name == "\x00" else status in (404, 405, 422), name
    for path in ("/api", "/api/", "/api/v1", "/api/v1/", "/api/v1//needs", "/api/v1/needs/", "/api/v2/needs"):
        assert call("GET", path) == (404, "not_found"), path
    for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        status, headers, _body = raw(method, "/api/v1/needs", **said)
        assert (status, set(headers["Allow"].split(", "))) == (405, {"GET", "POST"}), method
    for query in ("stauts=open", "limit=1&limit=2", "limit=1e2", "q=%00", "after=%00", "filed_from=12", "%ff=1"):
        assert call("GET", "/api/v1/needs", QUERY_STRING=query) == (422, "invalid"), query
    assert call("GET", "/api/v1/needs", QUERY_STRING="a=1&" * 3_000) == (413, "too_large")
    for token in ("Bearer \xff", "Bearer lx_\xed\xa0\x80", "", "Basic x", "Bearer " + "x" * 100_000):
        assert call("GET", "/api/v1/needs", HTTP_AUTHORIZATION=token) == (401, "no_token"), token
    for key in ("", " ", "x" * 65, "\xff", "a b", "\x00"):
        wish = json.dumps(WISH).encode()
        assert call("POST", "/api/v1/needs", wish, CONTENT_TYPE=JSON, HTTP_IDEMPOTENCY_KEY=key) == (422, "invalid")


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("claim", {"giver": "water-unit", "planned_on": 0}),
        ("claim", {"giver": "water-unit", "planned_on": "1700000000"}),
        ("claim", {"giver": "water-unit", "planned_on": "9999-12-31"}),
        ("answer_merged", {"solved": "yes"}),
        ("answer_merged", {"solved": 1}),
        ("correct", {"version": "2"}),
        ("correct", {"version": 2.5}),
        ("correct", {"version": 10**30}),
    ],
)
def test_json_says_what_is_a_number_a_yes_and_a_day(cast: Cast, verb: str, body: dict[str, Any]) -> None:
    need = published(cast)
    said = {"HTTP_AUTHORIZATION": f"Bearer {token_of(cast, 'liaison')}", "HTTP_ACCEPT_LANGUAGE": "zh-hans"}
    answer = raw("POST", f"/api/v1/needs/{need.number}/{verb}", json.dumps(body).encode(), CONTENT_TYPE=JSON, **said)
    assert refused_in_words(answer) == (422, "invalid")
