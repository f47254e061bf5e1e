"""Work that waits where nobody holds the post any more is heard of one tier up."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from lianxin.accounts.actors import SYSTEM
from lianxin.accounts.models import Appointment
from lianxin.core.clock import local_day
from lianxin.core.errors import NotAllowed
from lianxin.needs.operations import assign_need, deliver_need
from lianxin.notifications.models import Notice
from lianxin.notifications.notices import SENTENCES
from lianxin.staffing.empty import tell_of_empty_post
from lianxin.staffing.jobs import tell_of_empty_posts
from lianxin.staffing.operations import deactivate_user, end_appointment
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def told() -> list[tuple[int, str, int]]:
    rows = Notice.objects.filter(code="staff.post_empty").order_by("pk").values_list("scope_id", "role", "params")
    return [(scope, role, params["count"]) for scope, role, params in rows]


def test_an_end_that_was_set_for_later_is_heard_of_when_it_has_come_and_work_waits(cast: Cast) -> None:
    deactivate_user(cast.users["clerk_2"], actor=cast.actor("town_officer"), at=cast.clock())
    last = local_day(cast.clock()) + timedelta(days=10)
    post = Appointment.objects.get(user=cast.users["clerk"], scope=cast.north.scope, role="office")
    end_appointment(post, actor=cast.actor("town_officer"), at=cast.clock(), last_on=last)
    cast.ask()
    assert tell_of_empty_posts(cast.clock()) == 0
    later = cast.clock(days=11)
    assert tell_of_empty_posts(later) == 1
    assert tell_of_empty_posts(later + timedelta(hours=1)) == 0
    assert told() == [(cast.town.pk, "town", 1)]
    assert tell_of_empty_posts(later + timedelta(days=1)) == 1


def test_an_account_that_is_closed_at_once_leaves_no_work_unseen(cast: Cast) -> None:
    cast.ask()
    for name in ("clerk", "clerk_2"):
        deactivate_user(cast.users[name], actor=cast.actor("town_officer"), at=cast.clock())
    assert tell_of_empty_posts(cast.clock()) == 1
    params = Notice.objects.get(code="staff.post_empty").params
    with translation.override("en"):
        assert f"{cast.north.scope.label}, where work waits (1)" in SENTENCES["staff.post_empty"](params)
    with translation.override("zh-hans"):
        assert cast.north.scope.name in SENTENCES["staff.post_empty"](params)


def test_nobody_hears_where_somebody_is_or_nothing_waits(cast: Cast) -> None:
    cast.ask()
    assert tell_of_empty_posts(cast.clock()) == 0
    deactivate_user(cast.users["south_clerk"], actor=cast.actor("town_officer"), at=cast.clock())
    assert tell_of_empty_posts(cast.clock()) == 0


def test_a_company_and_a_grid_without_anybody_are_heard_of_too(cast: Cast) -> None:
    """What is new in a grid waits for its office as well; what only its worker is to ask about does not."""
    need = cast.ask(kind="repair", category=cast.lamp, text="楼道灯不亮")
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    own = cast.ask(kind="repair", category=cast.lamp, text="门坏了")
    held = assign_need(own, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.office)
    deliver_need(held, actor=cast.actor("clerk"), at=cast.clock(), note="修好了")
    cast.ask()
    for name in ("fitter", "grid_worker"):
        Appointment.objects.filter(user=cast.users[name]).update(to_on=local_day(cast.clock()) - timedelta(days=1))
    assert tell_of_empty_posts(cast.clock()) == 2
    assert sorted(told()) == sorted([(cast.north.pk, "office", 1), (cast.city.pk, "city", 1)])


def test_only_the_clock_tells(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        tell_of_empty_post(cast.north.pk, 1, actor=cast.actor("clerk"), at=cast.clock())
    assert tell_of_empty_post(cast.north.pk, 1, actor=SYSTEM, at=cast.clock())


def test_what_was_told_today_is_looked_up_by_the_index_of_the_post(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert tell_of_empty_post(cast.north.pk, 1, actor=SYSTEM, at=cast.clock())
    (looked,) = [query["sql"] for query in asked if '"params"' in query["sql"] and query["sql"].startswith("SELECT")]
    assert '"scope_id" =' in looked
    assert '"role" =' in looked
    assert not tell_of_empty_post(cast.north.pk, 1, actor=SYSTEM, at=cast.clock())
    assert tell_of_empty_post(cast.south.pk, 1, actor=SYSTEM, at=cast.clock())
