"""The index (检索索引): which objects hold which words, in which scopes. The only raw SQL of the product.

SQLite keeps it in FTS5 (a plain table; the tokenizer `ascii` takes every sign beyond ASCII as part of a word, so that
words stay as they were cut), PostgreSQL as a tsvector with GIN, written as a literal: no parser and no dictionary of
the server has a say. Scopes stand beside the words, so that a search is inside one's scope. Both find the same.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import connection
from django.db.models.expressions import RawSQL

from lianxin.core.registry import Registry
from lianxin.search.words import Phrase, phrases_of, words_of

CORPORA = ("need", "wall")
BATCH = 500
STEP = 500  # pages of the index that are merged at a time
REMEMBERED = 1_000  # words that PostgreSQL's statistics keep in mind, in tens


@dataclass(frozen=True)
class Document:
    """What is found: the object's id, its words, its numbers, and the scopes it lies in."""

    id: int
    text: str
    numbers: tuple[str, ...] = ()
    scopes: tuple[int, ...] = ()


# corpus → all its documents, for building the index anew
SOURCES: Registry[Callable[[], Iterable[Document]]] = Registry("search corpus")


def _table(corpus: str) -> str:
    if corpus not in CORPORA:
        raise ValueError(f"There is no search corpus {corpus}.")
    return f"search_{corpus}"


def create(corpus: str) -> list[str]:
    """The statements that make the corpus's table, for migrations."""
    table = _table(corpus)
    if connection.vendor == "postgresql":
        return [
            f"CREATE TABLE {table} (id bigint PRIMARY KEY, words tsvector NOT NULL)",
            f"CREATE INDEX {table}_words ON {table} USING gin (words)",
        ]
    return [f"CREATE VIRTUAL TABLE {table} USING fts5 (words, scopes, tokenize = 'ascii')"]


def know_rare_words(corpus: str) -> list[str]:
    """The statements after which PostgreSQL knows how rare a word is, for migrations; SQLite needs none.

    By itself it keeps the thousand most frequent words of a column in mind and takes every other one for nearly as
    frequent as the last of them: among a million needs, for five thousand hits. A rare word was then looked for by
    walking through all needs from the newest on, 3.7 s; with ten thousand words in mind its hits come first, 3 ms.
    """
    if connection.vendor != "postgresql":
        return []
    table = _table(corpus)
    return [f"ALTER TABLE {table} ALTER COLUMN words SET STATISTICS {REMEMBERED}", f"ANALYZE {table}"]


def destroy(corpus: str) -> list[str]:
    """The statements that take the corpus's table away."""
    return [f"DROP TABLE {_table(corpus)}"]


def _quoted(word: str) -> str:
    """A lexeme as tsvector and tsquery literals write it. Words hold letters and digits, scopes a colon."""
    return f"'{word}'"


def _row(document: Document) -> tuple[int | str, ...]:
    words = words_of(document.text, *document.numbers)
    if connection.vendor == "postgresql":
        vector = [f"{_quoted(word)}:{min(place, 16_383)}" for place, word in enumerate(words, 1)]
        return document.id, " ".join([*vector, *(_quoted(f":{scope}") for scope in document.scopes)])
    return document.id, " ".join(words), " ".join(f"s{scope}" for scope in document.scopes)


def put(corpus: str, documents: Iterable[Document]) -> None:
    """Index documents, instead of what was there under their ids. One statement for each 500."""
    table = _table(corpus)
    rest = iter(documents)
    while rows := [_row(document) for document in islice(rest, BATCH)]:
        if connection.vendor == "postgresql":
            places = ", ".join(["(%s, %s::tsvector)"] * len(rows))
            sql = (
                f"INSERT INTO {table} (id, words) VALUES {places} ON CONFLICT (id) DO UPDATE SET words = excluded.words"
            )
        else:
            places = ", ".join(["(%s, %s, %s)"] * len(rows))
            sql = f"INSERT OR REPLACE INTO {table} (rowid, words, scopes) VALUES {places}"
        with connection.cursor() as cursor:
            cursor.execute(sql, [value for row in rows for value in row])


def drop(corpus: str, ids: Iterable[int]) -> None:
    """Take documents out of the index; on SQLite their words lie in it until `compact`."""
    wanted = list(ids)
    if wanted:
        table = _table(corpus)
        column = "id" if connection.vendor == "postgresql" else "rowid"
        places = ", ".join(["%s"] * len(wanted))
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE {column} IN ({places})", wanted)


def compact() -> None:
    """Leave nothing of what was taken out. SQLite before 3.42 keeps a deleted document's words until a merge.

    Outside a transaction it is many short ones: at a million needs the whole took 1.4 s, a step 70 ms, and others write
    in between (https://sqlite.org/fts5.html, "The 'merge' Command": a negative number begins, less than two changes
    end it).
    """
    if connection.vendor == "postgresql":
        return
    for corpus in CORPORA:
        table, pages, changes = _table(corpus), -STEP, 2
        while changes >= 2:
            with connection.cursor() as cursor:
                before = connection.connection.total_changes
                cursor.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', %s)", [pages])
                changes, pages = connection.connection.total_changes - before, STEP


def _fts5(phrase: Phrase) -> str:
    return '"' + " ".join(phrase.words) + '"' + (" *" if phrase.open else "")


def _tsquery(phrase: Phrase) -> str:
    words = [_quoted(word) for word in phrase.words]
    if phrase.open:
        words[-1] += ":*"
    return "(" + " <-> ".join(words) + ")"


def matching(corpus: str, query: str, scopes: Iterable[int] | None = None) -> RawSQL | list[int]:
    """The ids that hold every word of `query`, for `filter(pk__in=…)`; `scopes`: inside any of these only.

    A subquery, evaluated by the database; an empty list when the query holds no word at all.
    """
    phrases = phrases_of(query)
    inside = sorted(set(scopes)) if scopes is not None else None
    if not phrases or inside == []:
        return []
    table = _table(corpus)
    if connection.vendor == "postgresql":
        said = " & ".join(map(_tsquery, phrases))
        if inside is not None:
            said += " & (" + " | ".join(_quoted(f":{scope}") for scope in inside) + ")"
        return RawSQL(f"SELECT id FROM {table} WHERE words @@ %s::tsquery", [said])
    said = "words : (" + " AND ".join(map(_fts5, phrases)) + ")"
    if inside is not None:
        said += " AND scopes : (" + " OR ".join(f'"s{scope}"' for scope in inside) + ")"
    return RawSQL(f"SELECT rowid FROM {table} WHERE {table} MATCH %s", [said])


def rebuild() -> dict[str, int]:
    """Build every corpus anew from its source; how many documents each holds. Call it inside a transaction."""
    counts = {}
    for corpus in CORPORA:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_table(corpus)}")
        count = 0

        def counted(source: Iterable[Document]) -> Iterator[Document]:
            nonlocal count
            for document in source:
                count += 1
                yield document

        put(corpus, counted(SOURCES[corpus]()))
        counts[corpus] = count
    return counts
