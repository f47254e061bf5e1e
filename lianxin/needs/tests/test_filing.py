"""Filing: once for each form, with a code, on the right desks, within its budget of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianxin.accounts.actors import Actor
from lianxin.core.errors import AlreadySent, Invalid, NotAllowed
from lianxin.desk.models import DeskItem
from lianxin.needs.models import Need
from lianxin.needs.operations import Asked, file_need
from lianxin.needs.queries import need_by_code
from lianxin.places.models import Community
from tests.cast import Cast


def asked(cast: Cast, **changes: object) -> Asked:
    values: dict[str, object] = {
        "kind": "repair",
        "category": cast.heating,
        "community": Community.objects.select_related("scope", "town__scope", "town__city__scope").get(code="north"),
        "text": "暖气不热",
    }
    return Asked(**(values | changes))  # type: ignore[arg-type]


def test_the_same_form_twice_files_once_and_gives_the_same_code(cast: Cast) -> None:
    first = file_need(asked(cast), actor=Actor(), at=cast.clock(), key="a")
    again = file_need(asked(cast), actor=Actor(), at=cast.clock(), key="a")
    assert (first.number, first.code) == (again.number, again.code)
    assert again.repeated and not first.repeated
    assert Need.objects.count() == 1


def test_the_same_form_with_other_words_asks(cast: Cast) -> None:
    first = file_need(asked(cast), actor=Actor(), at=cast.clock(), key="a")
    with pytest.raises(AlreadySent) as refused:
        file_need(asked(cast, text="水管漏水"), actor=Actor(), at=cast.clock(), key="a")
    assert refused.value.number == first.number
    assert Need.objects.count() == 1


def test_the_code_opens_the_need_however_it_is_typed(cast: Cast) -> None:
    filed = file_need(asked(cast), actor=Actor(), at=cast.clock(), key="a")
    typed = filed.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    found = need_by_code(typed)
    assert found is not None and found.number == filed.number
    assert filed.code not in str(found.__dict__)


def test_filing_takes_at_most_fourteen_queries(cast: Cast) -> None:
    ask = asked(cast, urgency="emergency")
    file_need(asked(cast), actor=Actor(), at=cast.clock(), key="warm")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        file_need(ask, actor=Actor(), at=cast.clock(), key="a")
    assert len(queries) <= 14, [q["sql"][:90] for q in queries]


def test_a_new_need_waits_on_the_desks_of_office_and_grid_worker(cast: Cast) -> None:
    need = cast.ask()
    posts = set(DeskItem.objects.filter(object_id=need.pk).values_list("scope_id", "role", "verb"))
    assert posts == {(cast.north.pk, "office", "verify"), (cast.grid_1.pk, "grid_worker", "verify")}


def test_numbers_run_within_the_year(cast: Cast) -> None:
    assert [cast.ask().number for _ in range(3)] == ["SC-26-00001", "SC-26-00002", "SC-26-00003"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "长" * 2001}, "text"),
        ({"kind": "nonsense"}, "category"),
        ({"kind": "wish"}, "category"),
        ({"urgency": "soon"}, "urgency"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(cast: Cast, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        file_need(asked(cast, **changes), actor=Actor(), at=cast.clock(), key="a")
    assert refused.value.field == field
    assert Need.objects.count() == 0


def test_call_me_back_needs_a_number_and_no_words(cast: Cast) -> None:
    wish = asked(cast, kind="call_back", category=cast.call_back, text="")
    with pytest.raises(Invalid):
        file_need(wish, actor=Actor(), at=cast.clock(), key="a")
    wish.phone = "0973-000-0009"
    assert file_need(wish, actor=Actor(), at=cast.clock(), key="b").number


def test_staff_file_in_their_own_places_only(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        file_need(asked(cast), actor=cast.actor("south_clerk"), at=cast.clock(), key="a")
    assert file_need(asked(cast), actor=cast.actor("clerk"), at=cast.clock(), key="a").number


def test_contacts_lie_encrypted_in_the_database(cast: Cast) -> None:
    filed = file_need(asked(cast, phone="0973-000-0009", name="样例·王九"), actor=Actor(), at=cast.clock(), key="a")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM needs_need")
        row = str(cursor.fetchone())
    assert "0973-000-0009" not in row and "王九" not in row
    assert Need.objects.get(pk=filed.need_id).asker_phone == "0973-000-0009"
