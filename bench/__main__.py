"""`make bench`: how long the work takes on this machine, as a table and as JSON. Nothing is asserted.

Each database (SQLite as a city runs it, with WAL and synchronous FULL; PostgreSQL where one is reachable) at 10,000 and
at 1,000,000 needs, in a process of its own; controls (a bare insert, a bare list) are in the same run. `--keep FOLDER`
leaves the filled databases there for the next run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

POSTGRES = os.environ.get("LIANXIN_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
SIZES = (10_000, 1_000_000)


def schema(name: str) -> bool:
    """A schema of its own on PostgreSQL, made when missing; False where no server answers."""
    import psycopg

    try:
        with psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3) as raw:
            raw.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        return True
    except psycopg.OperationalError:
        return False


def drop(name: str) -> None:
    """Take the schema away again."""
    import psycopg

    with psycopg.connect(POSTGRES, autocommit=True) as raw:
        raw.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")


def measured(folder: Path, size: int, rounds: int, **env: str) -> dict[str, Any]:
    """What one process measured."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "lianxin.settings",
        "LIANXIN_SECRET_KEY": "for-benchmarks-only",
        "LIANXIN_DATA": str(folder),
        **env,
    }
    command = [sys.executable, "-m", "bench.measure", "--size", str(size), "--rounds", str(rounds)]
    done = subprocess.run(command, env=wanted, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def shown(value: Any) -> str:
    """A cell of the table."""
    if isinstance(value, dict):
        return f"{value['p50']} / {value['p99']}" + (f" ({value['which']})" if "which" in value else "")
    return str(value)


def main() -> None:
    """Measure every database at every size; the table goes to standard error, the JSON to standard output."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--size", type=int, action="append", help="needs; may be given several times")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--rounds", type=int, default=3, help="how often each list is read")
    parser.add_argument("--keep", type=Path, help="folder in which the filled databases stay for the next run")
    asked = parser.parse_args()
    columns: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="lianxin-bench-") as scratch:
        root = asked.keep or Path(scratch)
        for size in asked.size or SIZES:
            for database in asked.database or ("sqlite", "postgresql"):
                folder, env, name = root / f"{database}-{size}", {}, f"lianxin_bench_{size}"
                if database == "postgresql":
                    if not schema(name):
                        print("No PostgreSQL answers; left out.", file=sys.stderr)
                        continue
                    env = {"LIANXIN_DATABASE_URL": POSTGRES, "LIANXIN_DATABASE_SCHEMA": name}
                print(f"{database}, {size:,} needs …", file=sys.stderr, flush=True)
                try:
                    columns[f"{database} {size:,}"] = measured(folder, size, asked.rounds, **env)
                finally:
                    if database == "postgresql" and not asked.keep:
                        drop(name)
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    for line in (["p50 / p99"], *([row] for row in rows)):
        cells = [shown(column.get(line[0], "")) if line[0] in rows else name for name, column in columns.items()]
        print(f"{line[0]:34}" + "".join(f"{cell:>34}" for cell in cells), file=sys.stderr)
    print(json.dumps(columns, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
