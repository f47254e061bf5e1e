"""A text column that is encrypted in the database."""

from typing import Any

from django.db import models

from lianxin.core.crypto import decrypt, encrypt


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text stored encrypted. Empty stays empty. Cannot be searched, filtered or ordered by."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        # Only "is it empty?" can be asked of a personal value.
        return super().get_lookup(lookup_name) if lookup_name in {"isnull"} else None
