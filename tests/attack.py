"""A city, somebody who calls its API, and what a machine sends: for tests/test_api_fuzz.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from werkzeug.test import Client

from lianxin.core.rates import COUNTER
from lianxin.needs.operations import Wished, claim_need, hand_in_batch, publish_need
from lianxin.needs.tests.api_caller import published, token_of
from tests.cast import Cast

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.allow_header_conformance,
    checks.missing_required_header,
]
BOTH = list(GenerationMode)
# Keys and codes are the caller's own, put in for each call.
DATA = GenerationConfig(with_security_parameters=False)
# What names nothing by chance is given something that is there.
KNOWN: dict[str, list[Any]] = {
    "kind": ["wish", "repair", "complaint"],
    "category": ["books", "lamp", "fees"],
    "community": ["north"],
    "grid": ["grid-1", None],
    "compound": [None],
    "subject": [None],
    "giver": ["water-unit", "office"],
    "organisation": ["water-unit"],
    "helpers": [[]],
    "parts": [[]],
    "public_text": ["想要几本课外书"],
    "text": ["想要几本课外书"],
    "words": ["看不明白"],
    "outside_number": ["", "HL-1"],
    "outside_due_at": [None, "2026-03-07T17:00:00+08:00"],
    "channel": [None],
    "into": ["SC-26-00001"],
}


@dataclass
class Attack:
    """The API, somebody who calls it, and what is there to be found."""

    schema: Any
    who: str
    headers: dict[str, str]
    there: dict[str, Any]
    reached: set[tuple[str, int]] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)

    def everything(self) -> Iterator[Any]:
        """Each field of each call at its limits and beyond; of calls that are closed to the caller, some."""
        for found in self.schema.get_all_operations():
            call = found.ok()
            cases = self.schema.iter_coverage_cases(call, generation_modes=BOTH, generation_config=DATA)
            step = 1 if self.is_open(call) else 7
            for turn, case in enumerate(cases):
                if turn % step == 0:
                    yield self.meet(case, turn)

    def is_open(self, call: Any) -> bool:
        """Whether the description lets this caller make the call; the administrator sees no needs."""
        ways = [name for way in call.definition.raw["security"] for name in way or ["public"]]
        if self.who == "admin":
            return "{number}/" not in call.path
        return {"public": "public", "asker": "TrackingCode"}.get(self.who, "Token") in ways

    def meet(self, case: Any, turn: int) -> Any:
        """Where the data fit, put in what is there, so that calls get past the door."""
        parts = case.meta.components
        at_fault = getattr(case.meta.phase.data, "parameter", None)
        if ParameterLocation.PATH in parts and parts[ParameterLocation.PATH].mode.is_positive:
            there = self.there | ({"number": self.there["batch"]} if "/batches" in case.path else {})
            case.path_parameters |= {name: there[name] for name in case.path_parameters}
        if isinstance(case.body, dict) and turn % 8:
            fitting = {k: v for k, v in KNOWN.items() if k in case.body and k != at_fault}
            if parts[ParameterLocation.BODY].mode.is_negative and at_fault is None:
                fitting = {}
            case.body |= {name: values[turn % len(values)] for name, values in fitting.items()}
        return case

    def send(self, case: Any) -> None:
        """Make one call, take back what it did, keep what was wrong with the answer."""
        with taken_back():
            answer = case.call(headers=self.headers)
        self.reached.add((case.operation.label, answer.status_code))
        try:
            case.validate_response(answer, headers=self.headers, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                said = f"{failure}\n{case.as_curl_command()}"
                self.wrong.setdefault(f"{case.operation.label}: {failure.title}", said)


@contextmanager
def taken_back() -> Iterator[None]:
    """Inside, the city may be changed; afterwards it is as it was."""
    cache.clear()
    COUNTER.forget()
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)


def begin(cast: Cast, who: str) -> Attack:
    """The API as `who` meets it: a wish that was taken on, a batch that waits."""
    filed = cast.file()
    need = published(cast)
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
    there = {"number": need.number, "pk": claim.pk, "batch": batch.number, "code": "north"}
    headers = {}
    if who == "asker":
        headers["X-Tracking-Code"] = filed.code
        there["number"] = filed.number
    elif who != "public":
        headers["Authorization"] = f"Bearer {token_of(cast, who)}"
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    return Attack(schema, who, headers, there)


def raw(method: str, path: str, body: bytes = b"", **environ: str) -> tuple[int, dict[str, str], bytes]:
    """A call past every library's good manners: `path` and `environ` as the server would see them."""
    client = Client(get_wsgi_application())
    asked: dict[str, Any] = {"method": method, "path": "/", "data": body, "environ_overrides": {"PATH_INFO": path}}
    asked["environ_overrides"] |= environ
    answer = client.open(**asked)
    return answer.status_code, dict(answer.headers), answer.get_data()
