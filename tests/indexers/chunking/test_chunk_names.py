"""Which chunk has which of the names of its file."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document, Origin
from corpora.syntax.grammars import GRAMMARS
from indexers.chunking.chunk import MAX_NAMES_OF_CHUNK, Chunk, ChunkName
from indexers.chunking.document import chunk_document

SOURCES = sorted((Path(__file__).parents[2] / "corpora/syntax/names/sources").glob("*.txt"))


def chunks_of(text: str, language: str = "python", max_chars: int = 60) -> tuple[Chunk, ...]:
    """Return the chunks of a text, small ones unless stated otherwise."""
    document = Document(Origin("app", "app/code", language, "code"), text, "hash")
    return chunk_document(document, max_chars=max_chars).chunks


def test_definitions_that_share_a_chunk_all_have_their_names() -> None:
    """Small functions and constants are packed together; each is known."""
    (chunk,) = chunks_of("LIMIT = 1\n\ndef push(): ...\n\ndef pop(): ...\n", max_chars=1500)
    assert chunk.names == (
        ChunkName("LIMIT", "defines"),
        ChunkName("push", "defines"),
        ChunkName("pop", "defines"),
    )


def test_only_the_head_of_a_long_function_defines_it() -> None:
    """The pieces behind it have its symbol, but not its name."""
    body = "".join(f"    total = total + {number}\n" for number in range(20))
    first, *rest = chunks_of(f"def count(total):\n{body}")
    assert first.names == (ChunkName("count", "defines"),)
    assert rest
    assert all(chunk.symbol == "count" and chunk.names == () for chunk in rest)


def test_a_name_is_with_the_head_behind_a_long_comment() -> None:
    """Where comments fill a chunk, the next one defines."""
    comments = "".join(f"# Line {number} of a long comment.\n" for number in range(6))
    first, *_, last = chunks_of(f"{comments}def count():\n    return 1\n")
    assert first.names == ()
    assert last.names == (ChunkName("count", "defines"),)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
@pytest.mark.parametrize("max_chars", [40, 300, 1500])
def test_names_stand_in_the_text_of_their_chunk(source: Path, max_chars: int) -> None:
    """At least the last part of each name does, however small the chunks are."""
    language = source.name.partition(".")[0]
    for chunk in chunks_of(source.read_text(), language, max_chars):
        for name, _ in chunk.names:
            assert name.rpartition(".")[2].removeprefix("~") in chunk.text or len(name) > max_chars // 4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([path.read_text() for path in SOURCES]), min_size=1, max_size=2), st.data())
def test_no_cut_of_a_source_gives_names_from_nowhere(sources: list[str], data: st.DataObject) -> None:
    """Also of broken code, in any language, each name is spelled in the chunk that has it."""
    text = "\n".join(sources)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 1000)))
    language = data.draw(st.sampled_from(sorted(GRAMMARS)))
    for chunk in chunks_of(text[start:end], language, 1500):
        for name, _ in chunk.names:
            assert name.rpartition(".")[2].lstrip("~") in " ".join(chunk.text.split()) or " " in name


def test_a_chunk_has_at_most_so_many_names() -> None:
    """Of a line that binds more, the first ones count."""
    names = ", ".join(f"a{number}" for number in range(45))
    chunks = chunks_of(f"{names} = b\n" + f"{names.replace('a', 'c')} = d\n" * 2, max_chars=1500)
    assert all(len(chunk.names) <= MAX_NAMES_OF_CHUNK for chunk in chunks)
    assert {name for chunk in chunks for name, _ in chunk.names} == {
        f"{letter}{number}" for letter in "ac" for number in range(45)
    }
