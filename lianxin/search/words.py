"""From a text to the words it is found by (分词): the same on every database, with no dictionary.

A text is cut into runs: of Han characters, of Tibetan syllables, of other letters and digits. A Han run gives each pair
of neighbours and then its last character alone, so that every character begins exactly one word: two characters are
found as a word, one as the beginning of words, more as a phrase. Tibetan gives its syllables (between the tsheg), other
scripts their words. Telephone numbers give nothing.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

_HAN = "々〆〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
_TIBETAN = "\u0f00\u0f18\u0f19\u0f20-\u0f33\u0f35\u0f37\u0f39\u0f3e-\u0fbc\u0fc6"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<tibetan>[{_TIBETAN}]+)|(?P<word>[^\W_{_HAN}{_TIBETAN}]+)")
# Seven digits and more, with up to three signs that part them: a telephone number, never a word. Not “、”, which parts
# the rooms of a list.
_TELEPHONE = re.compile(r"\d(?:[\s\-‐-―−./·•・_,。()\u00ad\u200b-\u200f\u2060\ufeff]{0,3}\d){6,}")
MAX_QUERY = 100
# What is longer is found by its beginning: PostgreSQL takes no word of over 2,046 bytes.
MAX_WORD = 200
MAX_WORDS = 5
EXCERPT = 60


@dataclass(frozen=True)
class Phrase:
    """Words that follow each other; `open`: the last one is a beginning."""

    words: tuple[str, ...]
    open: bool


def normal(text: str) -> str:
    """One spelling for what looks the same: compatibility forms, wide letters, capitals."""
    return unicodedata.normalize("NFKC", text).casefold()


def _runs(text: str) -> Iterator[tuple[str, str]]:
    for found in _RUN.finditer(normal(text)):
        script = str(found.lastgroup)
        yield script, found[0] if script == "han" else found[0][:MAX_WORD]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def words_of(text: str, *numbers: str) -> list[str]:
    """The words of a text in their order, then those of `numbers` ("TR-26-00042": tr, 26, 00042, 42)."""
    found: list[str] = []
    for script, run in _runs(_TELEPHONE.sub(" ", normal(text))):
        found += [*_pairs(run), run[-1]] if script == "han" else [run]
    for number in numbers:
        parts = [run for _script, run in _runs(number)]
        found += parts
        if parts and parts[-1].lstrip("0") not in ("", parts[-1]):
            found.append(parts[-1].lstrip("0"))
    return found


def phrases_of(query: str) -> list[Phrase]:
    """What a query looks for, all of it: one phrase for each word between blanks, at the most five.

    Punctuation alone looks for nothing.
    """
    phrases = []
    for word in query[:MAX_QUERY].split()[:MAX_WORDS]:
        found: list[str] = []
        runs = list(_runs(word))
        for script, run in runs:
            found += [*_pairs(run), run[-1]] if script == "han" else [run]
        if not runs:
            continue
        script, run = runs[-1]
        if script == "han" and len(run) > 1:
            # The last character alone is a word only where the text's run ends; the pairs before it say enough.
            found.pop()
        phrases.append(Phrase(tuple(found), open=script == "word" or (script == "han" and len(run) == 1)))
    return phrases


def _spelled(text: str) -> tuple[str, list[int]]:
    """The text in its normal spelling, and for each of its characters the place in `text` that it comes from."""
    letters, places = [], []
    for place, letter in enumerate(text):
        spelled = normal(letter)
        letters.append(spelled)
        places += [place] * len(spelled)
    return "".join(letters), places


def _marks(text: str, query: str) -> list[tuple[int, int]]:
    """Where the query's words stand in the text: (from, to), in order, without overlaps."""
    if not query.strip():
        return []
    spelled, places = _spelled(text)
    spans = []
    for word in query[:MAX_QUERY].split()[:MAX_WORDS]:
        runs = list(_runs(word))
        if not runs:
            continue
        pattern = r"[\W_]*".join(re.escape(run) for _script, run in runs)
        if runs[0][0] == "word":
            pattern = rf"(?<![^\W_{_HAN}{_TIBETAN}])" + pattern
        for found in re.finditer(pattern, spelled):
            spans.append((places[found.start()], places[found.end() - 1] + 1))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def highlight(text: str, query: str) -> SafeString:
    """`text` as HTML with the query's words in <mark>; everything else is escaped."""
    parts, done = [], 0
    for start, end in _marks(text, query):
        parts += [conditional_escape(text[done:start]), format_html("<mark>{}</mark>", text[start:end])]
        done = end
    parts.append(conditional_escape(text[done:]))
    return mark_safe("".join(parts))


def excerpt(text: str, query: str, shown: str) -> str:
    """A piece of `text` around the query's first word, when `shown` (a title) does not hold one; else nothing."""
    found = _marks(text, query)
    if not found or _marks(shown, query):
        return ""
    start = max(found[0][0] - EXCERPT // 3, 0)
    piece = " ".join(text[start : start + EXCERPT].split())
    return ("…" if start else "") + piece + ("…" if start + EXCERPT < len(text) else "")
