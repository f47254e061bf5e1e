"""What no key fits is not lost: it reads as nothing and stays as it came."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from lianxin.core.errors import AlreadySent
from lianxin.core.once import once
from lianxin.needs.models import Need
from tests.cast import Cast


def sealed(need: Need) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT asker_phone FROM needs_need WHERE id = %s", [need.pk])
        return str(cursor.fetchone()[0])


def test_a_save_under_the_wrong_key_keeps_the_contact(cast: Cast, settings: Any) -> None:
    need = cast.ask(phone="13800001111")
    before, right = sealed(need), settings.FIELD_KEY
    settings.FIELD_KEY = "another key"
    again = Need.objects.get(pk=need.pk)
    assert again.asker_phone == "" and not again.asker_phone
    again.save()
    assert sealed(need) == before
    settings.FIELD_KEY = right
    assert Need.objects.get(pk=need.pk).asker_phone == "13800001111"


@pytest.mark.django_db(transaction=True)
def test_a_backup_under_the_wrong_key_is_refused(cast: Cast, settings: Any, tmp_path: Any) -> None:
    cast.ask(phone="13800001111")
    settings.BACKUP_KEY, settings.FIELD_KEY = "key", "another key"
    with pytest.raises(CommandError, match="can't be read"):
        call_command("backup", str(tmp_path / "city"))
    assert list(tmp_path.iterdir()) == []


def test_a_key_used_before_the_keys_changed_says_so(cast: Cast, settings: Any) -> None:
    cast.ask()

    def send() -> Any:
        return once(operation="x", key="one", body={}, at=cast.clock.at, run=lambda: {"number": "TR-1"})

    send()
    settings.FIELD_KEY = "another key"
    from lianxin.core.operation import begun_anew

    token = begun_anew.set(True)
    try:
        with pytest.raises(AlreadySent, match="TR-1"):
            send()
    finally:
        begun_anew.reset(token)
