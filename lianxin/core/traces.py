"""What a database file keeps of rows that are gone."""

from django.db import connection


def checkpoint() -> None:
    """Write SQLite's log into its file and cut it to nothing: overwritten rows do not live on in it.

    Call outside a transaction. Deleted rows themselves are overwritten at once (`secure_delete`). PostgreSQL's
    vacuum frees what is gone; its files and log are the server's matter (docs/operating.md).
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
