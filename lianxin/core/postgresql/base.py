"""Django's PostgreSQL backend with foreign keys that are checked at once.

Citus schema-based sharding accepts no deferrable constraint, and a key that is checked at once shows the
statement that broke it (docs/decisions/0004-non-deferrable-foreign-keys.md).
"""

from django.db.backends.postgresql import base, operations, schema


class DatabaseOperations(operations.DatabaseOperations):
    """Foreign keys are never deferrable."""

    def deferrable_sql(self) -> str:
        return ""


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Without `SET CONSTRAINTS … IMMEDIATE`, which a non-deferrable key refuses."""

    sql_create_column_inline_fk = "CONSTRAINT %(name)s REFERENCES %(to_table)s(%(to_column)s)%(deferrable)s"
    sql_delete_fk = "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s"


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Lianxin uses it."""

    SchemaEditorClass = DatabaseSchemaEditor
    ops_class = DatabaseOperations
