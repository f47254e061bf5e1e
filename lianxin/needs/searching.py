"""The index of needs: what staff find by the asker's words, what the public finds on the wish wall."""

from collections.abc import Iterable, Iterator

from lianxin.needs.models import Need
from lianxin.search import index
from lianxin.search.index import SOURCES, Document


def document(need: Need) -> Document:
    """What staff find the need by: its words and number, in the places it lies in. Never a name or a telephone."""
    places = (need.town_id, need.community_id, need.grid_id)
    return Document(need.pk, need.text, (need.number,), tuple(place for place in places if place))


def wall_document(need: Need) -> Document:
    """What the public, and givers in the pool, find it by."""
    return Document(need.pk, need.public_text, (need.number,), (need.community_id,))


def put(needs: Iterable[Need], *, wall: bool = True) -> None:
    """Index needs that are new or whose words or place changed. A statement for each index."""
    found = list(needs)
    index.put("need", map(document, found))
    if wall:
        put_on_wall(found)


def put_on_wall(needs: Iterable[Need]) -> None:
    """Index the public texts of needs that have one."""
    index.put("wall", [wall_document(need) for need in needs if need.public_text])


def forget(ids: Iterable[int]) -> None:
    """Take needs out of both indexes, their words being erased."""
    gone = list(ids)
    for corpus in index.CORPORA:
        index.drop(corpus, gone)


def _rows(**filters: object) -> Iterator[Need]:
    fields = ("id", "number", "text", "public_text", "town", "community", "grid")
    return Need.objects.filter(**filters).only(*fields).order_by("pk").iterator(chunk_size=2_000)


SOURCES.add("need", lambda: map(document, _rows(words_erased_at=None)))
SOURCES.add("wall", lambda: (wall_document(need) for need in _rows(words_erased_at=None) if need.public_text))
