"""A text column that is encrypted in the database."""

from typing import Any

from django.db import models

from lianxin.core.crypto import decrypt, encrypt


class Unreadable(str):
    """What no key fits: reads as nothing, and goes back into the database as it came, so that it is not lost."""

    token: str

    def __new__(cls, token: str) -> "Unreadable":
        made = super().__new__(cls, "")
        made.token = token
        return made


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text stored encrypted. Empty stays empty. Cannot be searched, filtered or ordered by."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return (decrypt(value) or Unreadable(value)) if value else value

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            return value.token
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        # Only "is it empty?" can be asked of a personal value.
        return super().get_lookup(lookup_name) if lookup_name in {"isnull"} else None
