"""Search: what is found, where, and that both databases find the same."""

import random
import unicodedata

import pytest
from django.db import connection

from lianxin.search import index
from lianxin.search.index import Document, matching
from lianxin.search.words import excerpt, highlight, phrases_of, words_of

HAN = "水电气暖孙女长高儿子借椅窗帘洗修灯楼道老人书本课外想要一把请帮忙路坏了门锁社区"
TIBETAN = ["བོད", "ལྗོངས", "ཁྲོམ", "སྐད", "ཡིག", "ཆུ", "གློག", "ཁང", "པ"]
LATIN = ["curtain", "curtains", "heater", "Heat", "water", "lamp", "lift", "Wi", "wifi", "3g", "b4", "Ünï"]

TELEPHONES = [
    "138.0013.8000",
    "138–0013–8000",
    "138—0013—8000",
    "138/0013/8000",
    "138 - 0013 - 8000",
    "138·0013·8000",
    "138，0013，8000",
    "138。0013。8000",
    "１３８　００１３　８０００",
    "138\u200b0013\u200b8000",
    "(0991) 123 4567",
    "138--00138000",
]


def some_text(chance: random.Random) -> str:
    """A text of one to six pieces in any script, with what stands between words."""
    pieces = []
    for _ in range(chance.randint(1, 6)):
        script = chance.random()
        if script < 0.6:
            pieces.append("".join(chance.choices(HAN, k=chance.randint(1, 12))))
        elif script < 0.8:
            pieces.append("་".join(chance.choices(TIBETAN, k=chance.randint(1, 5))) + "།")
        else:
            pieces.append(" ".join(chance.choices(LATIN, k=chance.randint(1, 3))))
    return chance.choice(["，", " ", "。", "\n", ""]).join(pieces)


def some_query(chance: random.Random, texts: list[str]) -> str:
    """One to three words: characters that stand together in a text, or any."""
    words = []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        script = chance.random()
        if script < 0.2:
            words.append(chance.choice(HAN))
        elif script < 0.6:
            text = "".join(c for c in chance.choice(texts) if c in HAN) or "水"
            start = chance.randrange(len(text))
            words.append(text[start : start + chance.randint(1, 5)])
        elif script < 0.8:
            words.append("་".join(chance.choices(TIBETAN, k=chance.randint(1, 2))))
        else:
            word = chance.choice(LATIN)
            words.append(word[: chance.randint(1, len(word))].upper())
    return " ".join(words)


def plainly_holds(text: str, query: str) -> bool:
    """The rule in other words: Han as a piece of the text, Tibetan as syllables, Latin as the beginning of a word."""
    text = unicodedata.normalize("NFKC", text).casefold()
    for word in unicodedata.normalize("NFKC", query).casefold().split():
        if word[0] in HAN:
            found = word in text
        elif "ༀ" <= word[0] <= "࿿":
            wanted = word.split("་")
            found = any(
                stretch[i : i + len(wanted)] == wanted for stretch in _tibetan(text) for i in range(len(stretch))
            )
        else:
            letters = "".join(c if c.isalnum() and c not in HAN and not "ༀ" <= c <= "࿿" else " " for c in text)
            found = any(each.startswith(word) for each in letters.split())
        if not found:
            return False
    return True


def _tibetan(text: str) -> list[list[str]]:
    """The stretches of Tibetan in a text, as syllables; another script ends one, a shad does not."""
    stretches: list[list[str]] = [[]]
    syllable = ""
    for letter in text + " ":
        if "ༀ" <= letter <= "࿿" and letter not in "་།":
            syllable += letter
            continue
        if syllable:
            stretches[-1].append(syllable)
            syllable = ""
        if letter.isalnum():
            stretches.append([])
    return stretches


def found(query: str, scopes: list[int] | None = None, corpus: str = "need") -> set[int]:
    hits = matching(corpus, query, scopes)
    if isinstance(hits, list):
        return set(hits)
    with connection.cursor() as cursor:
        cursor.execute(hits.sql, hits.params)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_the_same_hits_on_both_databases_for_500_queries_over_5000_texts() -> None:
    """Each database is compared with the rule written another way; run on both, both find the same."""
    chance = random.Random(20261123)
    texts = [some_text(chance) for _ in range(5_000)]
    index.put("need", (Document(n, text, (), (n % 7,)) for n, text in enumerate(texts, 1)))
    sizes = []
    for number in range(500):
        query = some_query(chance, texts)
        scopes = [number % 7, 3] if number % 2 else None
        right = {
            n for n, text in enumerate(texts, 1) if (scopes is None or n % 7 in scopes) and plainly_holds(text, query)
        }
        assert found(query, scopes) == right, query
        sizes.append(len(right))
    assert sum(size > 0 for size in sizes) > 250, "most queries found nothing: they prove little"
    assert max(sizes) > 500


@pytest.mark.parametrize(
    ("text", "numbers", "words"),
    [
        ("孙女长高了", (), ["孙女", "女长", "长高", "高了", "了"]),
        ("水", (), ["水"]),
        ("借Wi-Fi，要3個", (), ["借", "wi", "fi", "要", "3", "個"]),
        ("བོད་ལྗོངས།", (), ["བོད", "ལྗོངས"]),
        ("ＷＩＦＩ坏", (), ["wifi", "坏"]),
        ("打138 0000-1111找我", (), ["打", "找我", "我"]),
        *((f"打{number}找我", (), ["打", "找我", "我"]) for number in TELEPHONES),
        ("101、102、103室", (), ["101", "102", "103", "室"]),
        ("5-2-301", (), ["5", "2", "301"]),
        ("灯2026年1月", ("TR-26-00045",), ["灯", "2026", "年", "1", "月", "tr", "26", "00045", "45"]),
        ("a_b'c", (), ["a", "b", "c"]),
        ("灯", ("TR-26-00042",), ["灯", "tr", "26", "00042", "42"]),
        ("", (), []),
    ],
)
def test_how_a_text_is_cut(text: str, numbers: tuple[str, ...], words: list[str]) -> None:
    assert words_of(text, *numbers) == words


def test_how_a_query_is_cut() -> None:
    assert [(p.words, p.open) for p in phrases_of("孙女长 高 Wi 借a …")] == [
        (("孙女", "女长"), False),
        (("高",), True),
        (("wi",), True),
        (("借", "a"), True),
    ]
    assert phrases_of("、。 ''") == []
    assert len(phrases_of("a b c d e f g")) == 5


@pytest.mark.django_db
def test_numbers_scopes_replacing_and_dropping() -> None:
    index.put("need", [Document(n, f"第{n}件 灯坏了", (f"TR-26-{n:05d}",), (10, 20 + n)) for n in (1, 2, 42)])
    assert found("TR-26-00042") == found("42") == found("tr-26-42".upper().replace("-42", "-00042")) == {42}
    assert found("灯坏", [10]) == {1, 2, 42}
    assert found("灯坏", [22]) == {2}
    assert found("灯坏", []) == set()
    assert found("灯坏", corpus="wall") == set()
    index.put("need", [Document(2, "窗帘", (), (99,))])
    assert found("灯坏") == {1, 42}
    assert found("窗帘", [99]) == {2}
    index.drop("need", [1, 2, 42])
    assert found("灯") == found("窗") == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ['"', "'); DROP TABLE search_need; --", "a* OR b", "NEAR(a b)", "words:x", "\\", "\x00", "-", "😀"]
)
def test_no_query_breaks_the_search(query: str) -> None:
    index.put("need", [Document(1, "灯坏了")])
    found(query)
    found(query, [1])
    assert found("灯坏了") == {1}


@pytest.mark.django_db
@pytest.mark.parametrize("number", TELEPHONES)
def test_a_telephone_number_is_never_found_however_it_is_written(number: str) -> None:
    index.put("need", [Document(1, f"灯坏了 {number}", ("TR-26-00045",))])
    assert [found(query) for query in (number, "13800138000", "0013", "8000", "4567", "0991")] == [set()] * 6
    assert found("TR-26-00045") == found("45") == found("灯坏") == {1}


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's index needs no statistics")
@pytest.mark.parametrize("corpus", index.CORPORA)
def test_postgresql_keeps_enough_words_in_mind_to_know_a_rare_one(corpus: str) -> None:
    said = "SELECT attstattarget FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'words'"
    with connection.cursor() as cursor:
        cursor.execute(said, [f"search_{corpus}"])
        assert cursor.fetchone() == (index.REMEMBERED,)


@pytest.mark.django_db
def test_a_word_without_end_is_found_by_its_beginning() -> None:
    longest = {1: "я" * 1_500, 2: "가" * 700, 3: "𝕏" * 1_500, 4: "ཀ" * 1_500, 5: "灯" * 1_500, 6: "ﷺ" * 100 + "b"}
    index.put("need", [Document(id, text) for id, text in longest.items()])
    assert [found(query) for query in ("яяя", "가" * 100, "xx", "灯灯灯")] == [{1}, {2}, {3}, {5}]
    assert found("ﷺ" * 100) == {6}
    assert found("ཀ" * 100) == set()


def test_hits_are_marked_and_all_else_is_escaped() -> None:
    assert highlight("想修<灯>和水管", "灯 水管") == "想修&lt;<mark>灯</mark>&gt;和<mark>水管</mark>"
    assert highlight("ＷＩＦＩ and wifi, hiwi", "wi") == "<mark>ＷＩ</mark>ＦＩ and <mark>wi</mark>fi, hiwi"
    assert highlight("<b>", "") == "&lt;b&gt;"
    assert highlight("水管水管", "水管 管水") == "<mark>水管水管</mark>"
    long = "第一句话没有什么。" * 20 + "后来水管爆了，一直漏。"
    assert "水管" in excerpt(long, "水管", "第一句话")
    assert excerpt("水管爆了", "水管", "水管爆了") == ""
