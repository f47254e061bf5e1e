"""Two schemas of one PostgreSQL server are two cities: both are migrated, and a story runs in each."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.postgres

STORY = """
import django; django.setup()
from lianxin.needs.models import Need
from lianxin.needs.operations import assign_need, deliver_need, record_answer
from lianxin.history.models import Entry
from tests.cast import build
cast = build()
for _ in range(int(__import__("sys").argv[1])):
    need = cast.ask(kind="repair", category=cast.lamp)
    claim = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    deliver_need(claim, actor=cast.actor("fitter"), at=cast.clock(), note="修好了")
    record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=True)
print(Need.objects.filter(status="confirmed").count(), Entry.objects.filter(object_key__startswith="need:").count())
"""


def run(schema: str, *arguments: str) -> str:
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lianxin.settings",
        "LIANXIN_DATABASE_URL": settings.DATABASE_URL,
        "LIANXIN_DATABASE_SCHEMA": schema,
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="schemas are PostgreSQL's")
def test_two_schemas_are_two_cities() -> None:
    schemas = {"city_one": 1, "city_two": 3}
    server = settings.DATABASE_URL
    with psycopg.connect(server.rsplit("/", 1)[0] + "/postgres", autocommit=True) as admin:
        name = server.rsplit("/", 1)[1]
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            admin.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(server, autocommit=True) as database:
        for schema in schemas:
            database.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            database.execute(f"CREATE SCHEMA {schema}")
        try:
            for schema in schemas:
                run(schema, "-m", "lianxin.cli", "migrate", "-v0")
            for schema, count in schemas.items():
                assert run(schema, "-c", STORY, str(count)) == f"{count} {count * 4}"
            assert not database.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' AND condeferrable"
            ).fetchall(), "a foreign key is deferrable"
        finally:
            for schema in schemas:
                database.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
