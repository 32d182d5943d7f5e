"""Whatever a source holds, its chunks are a partition of it, within the limit, with true lines and bytes."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document, Origin
from corpora.syntax.grammars import GRAMMARS
from indexers.chunking.chunk import Chunk
from indexers.chunking.document import chunk_document
from tests.code_samples import SOURCES


def code(text: str, language: str) -> Document:
    return Document(Origin("corpus", "queue", language, "code"), text, "hash")


def visible(text: str) -> int:
    return sum(character not in " \t\n\v\f\r" for character in text)


def assert_partition(document: Document, chunks: tuple[Chunk, ...], max_chars: int) -> None:
    data, position = document.text.encode(), 0
    for chunk in chunks:
        assert (chunk.start_byte, data[chunk.start_byte : chunk.end_byte]) == (position, chunk.text.encode())
        assert chunk.start_line == data.count(b"\n", 0, chunk.start_byte) + 1
        assert chunk.end_line == data.count(b"\n", 0, chunk.end_byte - 1) + 1
        assert 0 < visible(chunk.text) <= max_chars
        position = chunk.end_byte
    assert position == (len(data) if visible(document.text) else 0)


@pytest.mark.parametrize("language", sorted(GRAMMARS))
@pytest.mark.parametrize("max_chars", [1, 17, 60, 1500])
def test_chunks_join_to_the_source_whatever_the_limit(language: str, max_chars: int) -> None:
    for source in (SOURCES[language], SOURCES[language].replace("\n", "\r\n"), SOURCES[language] + "\n😀 ü"):
        document = code(source, language)
        assert_partition(document, chunk_document(document, max_chars=max_chars).chunks, max_chars)


@given(st.sampled_from(sorted(GRAMMARS)), st.randoms(use_true_random=False), st.integers(1, 200))
def test_damaged_source_is_still_cut_into_a_partition(
    language: str, rng: random.Random, max_chars: int
) -> None:
    source = SOURCES[language]
    for _ in range(rng.randrange(1, 6)):
        low, high = sorted(rng.randrange(len(source) + 1) for _ in range(2))
        source = source[:low] + rng.choice(["", "😀", "{", "\r", '"', source[low:high]]) + source[high:]
    document = code(source, language)
    assert_partition(document, chunk_document(document, max_chars=max_chars).chunks, max_chars)


@settings(max_examples=60)
@given(st.text(), st.sampled_from(sorted(GRAMMARS)), st.integers(1, 40))
def test_arbitrary_text_is_cut_into_a_partition(text: str, language: str, max_chars: int) -> None:
    document = code(text, language)
    assert_partition(document, chunk_document(document, max_chars=max_chars).chunks, max_chars)


@pytest.mark.parametrize(
    "nesting",
    ["(" * 1_900 + ")" * 1_900, "(" * 10_000 + ")" * 10_000, "[" * 50_000, "f(" * 20_000, "-" * 50_000 + "1"],
)
def test_deep_nesting_is_cut(nesting: str) -> None:
    for language in ("python", "javascript", "c"):
        document = code(nesting, language)
        assert_partition(document, chunk_document(document).chunks, 1500)
