#!/usr/bin/env bash
# Runs every test: on PostgreSQL without the browser, then on SQLite with it, so that pytest speaks last.
set -euo pipefail
cd "$(dirname "$0")/.."

export LIANXIN_SECRET_KEY=${LIANXIN_SECRET_KEY:-for-checks-and-tests-only}
LIANXIN_DATA=$(mktemp -d)
export LIANXIN_DATA
trap 'rm -rf "$LIANXIN_DATA"' EXIT

# Three on two processors: one of them waits for a database, a server or a page most of the time.
pytest=(.venv/bin/python -m pytest -n 3)

left_out() {
    echo "Left out: $1"
    if [ "${CI:-}" = true ]; then
        echo "With CI=true nothing may be left out."
        exit 1
    fi
}

answers() {
    .venv/bin/python -c 'import sys, psycopg; psycopg.connect(sys.argv[1], connect_timeout=3)' "$1" 2>/dev/null
}

postgres=${LIANXIN_TEST_POSTGRES_URL:-}
if [ -z "$postgres" ] && answers postgresql://postgres@127.0.0.1:5432/postgres; then
    postgres=postgresql://postgres@127.0.0.1:5432/lianxin
fi

LIANXIN_CHROMIUM=${LIANXIN_CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
export LIANXIN_CHROMIUM

if [ -z "$postgres" ]; then
    left_out "PostgreSQL (none on 127.0.0.1:5432; set LIANXIN_TEST_POSTGRES_URL)"
fi
if [ -z "$LIANXIN_CHROMIUM" ]; then
    left_out "journeys in the browser (no Chromium in PATH; set LIANXIN_CHROMIUM)"
fi

without=""
if ! lacking=$(.venv/bin/python -c 'from lianxin.core.pdf import missing; print(*missing()); exit(bool(missing()))'); then
    left_out "PDF (apt install $lacking)"
    without=" and not pdf"
elif ! command -v pdftotext >/dev/null; then
    left_out "PDF (apt install poppler-utils)"
    without=" and not pdf"
fi

if [ -n "$postgres" ]; then
    echo "On PostgreSQL"
    LIANXIN_DATABASE_URL=$postgres "${pytest[@]}" --dist loadfile --no-loadscope-reorder -m "not journeys and not soak$without"
fi

unset LIANXIN_DATABASE_URL
echo "On SQLite"
answered=${postgres:+ and not either}
"${pytest[@]}" --dist loadfile --no-loadscope-reorder -m "not journeys and not postgres and not soak$without$answered"

# In a process of their own: the browser's event loop and the server's settings last as long as the session.
if [ -n "$LIANXIN_CHROMIUM" ]; then
    echo "In the browser"
    "${pytest[@]}" --dist load -m "journeys and not soak"
fi
