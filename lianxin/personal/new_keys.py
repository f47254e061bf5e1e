"""After a change of key: encrypted columns and the digests of telephones anew, batch by batch.

Values stay what they are, so that history has no entry for it. What was stopped is run again: what is done stays done.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ExpressionWrapper, F

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import User
from lianxin.accounts.names import phone_digest
from lianxin.core.crypto import renewed
from lianxin.core.errors import NotAllowed
from lianxin.core.fields import EncryptedTextField
from lianxin.core.operation import operation

BATCH = 500


@dataclass(frozen=True)
class Batch:
    """What became of some rows; `last`: the primary key to go on after, None when there are no more."""

    last: Any
    renewed: int = 0
    kept: int = 0
    unreadable: int = 0


def encrypted(model: type[models.Model]) -> list[EncryptedTextField]:
    """The encrypted columns of a table."""
    return [field for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


def tables() -> list[type[models.Model]]:
    """Every table that has encrypted columns."""
    return [model for model in apps.get_models(include_auto_created=True) if encrypted(model)]


def _require_server(actor: Actor) -> None:
    if not actor.is_system:
        raise NotAllowed("The server's own command does this.")


@operation
def encrypt_anew(model: type[models.Model], *, actor: Actor, at: datetime, after: Any = None) -> Batch:
    """Encrypt the values of the next 500 rows under the newest key, unless they are already.

    What somebody else changes at the same moment is left alone: it is new. Raises NotAllowed but for the server.
    """
    _require_server(actor)
    fields = encrypted(model)
    found = model._base_manager.order_by("pk")
    if after is not None:
        found = found.filter(pk__gt=after)
    # As they stand in the database: the field itself would give them decrypted.
    raw = [ExpressionWrapper(F(field.name), output_field=models.TextField()) for field in fields]
    rows = list(found.values_list("pk", *raw)[:BATCH])
    changes: dict[str, list[tuple[str, Any, str]]] = {}
    kept = unreadable = 0
    for pk, *tokens in rows:
        for field, token in zip(fields, tokens, strict=True):
            if not token:
                continue
            fresh = renewed(token)
            if fresh is None:
                unreadable += 1
            elif fresh == token:
                kept += 1
            else:
                changes.setdefault(str(field.column), []).append((fresh, pk, token))
    quoted = connection.ops.quote_name
    table, key = quoted(model._meta.db_table), quoted(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        for column, pairs in changes.items():
            name = quoted(column)
            cursor.executemany(f"UPDATE {table} SET {name} = %s WHERE {key} = %s AND {name} = %s", pairs)
    last = rows[-1][0] if len(rows) == BATCH else None
    return Batch(last, sum(map(len, changes.values())), kept, unreadable)


@operation
def digest_phones_anew(*, actor: Actor, at: datetime, after: int = 0) -> Batch:
    """Renew the digests under which the next 500 accounts are found by telephone, from the telephones themselves.

    Raises NotAllowed but for the server.
    """
    _require_server(actor)
    users = list(User.objects.filter(pk__gt=after).order_by("pk").only("phone", "phone_digest")[:BATCH])
    done = kept = clashes = 0
    for user in users:
        fresh = phone_digest(user.phone)
        if not fresh or fresh == user.phone_digest:
            kept += bool(fresh)
            continue
        mine = User.objects.filter(pk=user.pk, phone_digest=user.phone_digest)
        try:
            with transaction.atomic():
                done += mine.update(phone_digest=fresh)
        except IntegrityError:
            clashes += 1
    return Batch(users[-1].pk if len(users) == BATCH else None, done, kept, clashes)
