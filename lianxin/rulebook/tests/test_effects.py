"""What a value would change stands on its page before it is set: counts of what is there, and times as examples."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianxin.accounts.limits import SECOND_FACTOR
from lianxin.accounts.models import Appointment, Authenticator, Passkey
from lianxin.alliance.holding import HELPERS_KEPT
from lianxin.alliance.jobs import erase_helpers
from lianxin.alliance.models import Helper
from lianxin.core import paging
from lianxin.core.clock import local_day, now
from lianxin.core.models import CityValue
from lianxin.core.values import VALUES
from lianxin.notifications import operations as notifying
from lianxin.notifications.models import Notice
from lianxin.personal.models import Look
from lianxin.personal.operations import LOOKS_KEPT
from lianxin.places.calendar import BEGINS, CALENDAR, ENDS
from lianxin.webhooks.models import Delivery, Webhook
from lianxin.webhooks.operations import KEEP
from tests.cast import Cast, as_user

pytestmark = pytest.mark.django_db
LookUp = Callable[..., str]


@pytest.fixture
def look(cast: Cast, client: Client) -> LookUp:
    """The page of a value with what another one would change."""
    as_user(client, cast, "city_officer")

    def seen(code: str, **wanted: Any) -> str:
        sent = {"from_on": local_day(now()).isoformat(), "version": "0"} | wanted
        answer = client.post(f"/workspace/settings/{code}/", sent)
        assert answer.status_code == 200, answer.content.decode()
        return answer.content.decode()

    return seen


def ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def test_helpers_at_the_most_so_many_as_agreed_or_stopped_long_enough_ago(cast: Cast, look: LookUp) -> None:
    Helper.objects.create(code="a", name="样例", registered_at=ago(400))
    Helper.objects.create(code="b", name="样例", registered_at=ago(400), ended_at=ago(50))
    Helper.objects.create(code="c", name="样例", registered_at=ago(60))
    Helper.objects.create(code="d", name="", registered_at=ago(900), erased_at=ago(1))
    assert "would erase at most 1 helper, and none who was named on something since." in look(HELPERS_KEPT, value="90")
    assert "would erase at most 3 helpers, and none" in look(HELPERS_KEPT, value="30")
    assert erase_helpers(now()) == 1  # by the 365 days that hold


def test_notices_and_looks_and_what_other_programs_were_sent(
    cast: Cast, look: LookUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, city = cast.users["admin"], cast.city.scope
    hook = Webhook.objects.create(
        name="样例", url="https://example.org/", scope=city, created_at=now(), created_by=admin
    )
    for days in (100, 20, 10, 1):
        Notice.objects.create(user=cast.users["clerk"], code="x", url="/", at=ago(days))
        Look.objects.create(user=cast.users["clerk"], object_key="need:1", purpose="call", at=ago(days * 10))
        Delivery.objects.create(hook=hook, entry=days, event_id=str(days), event="x", at=ago(days), next_at=now())
    assert "the next run would erase 2 notices." in look(notifying.KEPT, value="15")
    assert "the next run would erase 1 notice." in look(notifying.KEPT, value="90")
    assert "the next run would erase the record of 1 look." in look(LOOKS_KEPT, value="300")
    assert "the next run would erase the records of 2 looks." in look(LOOKS_KEPT, value="190")
    assert "the next run would erase 3 things that were sent." in look(KEEP, value="5")
    for module in (paging, notifying):
        monkeypatch.setattr(module, "COUNT_CAP", 1)
    assert "the next run would erase 1+ notices." in look(notifying.KEPT, value="7")


def test_how_many_people_with_a_post_today_have_no_second_factor(cast: Cast, look: LookUp) -> None:
    Authenticator.objects.create(user=cast.users["admin"], secret="x", created_at=now())
    Passkey.objects.create(user=cast.users["clerk"], name="x", digest="x", credential="x", created_at=now())
    Appointment.objects.filter(user=cast.users["clerk_2"]).update(to_on=local_day(ago(1)))
    cast.users["fitter"].is_active = False
    cast.users["fitter"].save()
    rest = len(cast.users) - 4
    said = f"{rest} people with a post today have no second factor and"
    assert f"{said} would be led to set one up." in look(SECOND_FACTOR, value="on")
    assert f"{said} could go on without." in look(SECOND_FACTOR)


def test_how_long_a_working_day_would_be_and_which_days_would_differ(cast: Cast, look: LookUp) -> None:
    said = "a working day would be {} hours long; as it is, 9 hours."
    assert said.format("11.5") in look(ENDS, value="20:30")
    assert said.format("8.25") in look(BEGINS, value="09:45")
    steps = [{"from": ago(1).isoformat(), "value": [["2026-10-01", False, "国庆节"], ["2026-10-10", True, ""]]}]
    CityValue.objects.create(code=CALENDAR, steps=steps)
    page = look(CALENDAR, value="2026-10-01 off National Day\n2027-01-01 off\n2027-01-02 off")
    assert "Days added: 2; changed: 1; taken out: 1." in page


def test_whatever_has_an_effect_says_it_in_a_few_queries(cast: Cast) -> None:
    with_effects = [of for of in VALUES if of.effect]
    assert len(with_effects) >= 20
    for of in with_effects:
        with CaptureQueriesContext(connection) as asked:
            assert all(isinstance(sentence, str) for sentence in of.effect(of.default))  # type: ignore[misc]
        assert len(asked) <= 4, of.label
