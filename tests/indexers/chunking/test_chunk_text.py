"""Prose is cut by its headings, documentation by its sections, anything else by its lines."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, Origin, Section, join_sections
from indexers.chunking.chunk import Chunk
from indexers.chunking.document import chunk_document
from tests import SLOWNESS


def prose(text: str, language: str = "markdown") -> Document:
    return Document(Origin("corpus", "readme", language, "code"), text, "hash")


def documented(*sections: Section) -> Document:
    return Document(Origin("corpus", "page", "html", "docs"), join_sections(sections), "hash", sections)


def rows(document: Document, max_chars: int = 1500) -> list[tuple[str, str]]:
    return [(chunk.scope, chunk.signature) for chunk in chunk_document(document, max_chars=max_chars).chunks]


def assert_partition(text: str, chunks: tuple[Chunk, ...], max_chars: int) -> None:
    assert "".join(chunk.text for chunk in chunks) == (text if text.strip(" \t\n\r\v\f") else "")
    data = text.encode()
    for chunk in chunks:
        assert data[chunk.start_byte : chunk.end_byte] == chunk.text.encode()
        assert chunk.start_line == data.count(b"\n", 0, chunk.start_byte) + 1
        assert chunk.end_line == data.count(b"\n", 0, chunk.end_byte - 1) + 1
        assert sum(len(word) for word in chunk.text.split()) <= max_chars


WORDS = "word " * 60  # 240 visible characters: more than a tiny section has
MARKDOWN_LINE = st.sampled_from(
    [
        "# One",
        "## Two ##",
        "Three",
        "===",
        "---",
        "```",
        "~~~~",
        "    code",
        "> # quote",
        "- item",
        "",
        "text",
        "+++",
    ]
)


@given(
    st.lists(MARKDOWN_LINE | st.text(max_size=12)), st.sampled_from(["markdown", "rst"]), st.integers(1, 30)
)
def test_any_prose_is_cut_into_a_partition(lines: list[str], language: str, max_chars: int) -> None:
    text = "\n".join(lines)
    assert_partition(text, chunk_document(prose(text, language), max_chars=max_chars).chunks, max_chars)


@given(st.text(alphabet="a é😀 \t\r\n", max_size=200), st.integers(1, 9))
def test_any_text_is_cut_by_lines_into_a_partition(text: str, max_chars: int) -> None:
    chunking = chunk_document(prose(text, "text"), max_chars=max_chars)
    assert chunking.method == "lines"
    assert_partition(text, chunking.chunks, max_chars)


def test_sections_know_the_headings_above_them() -> None:
    text = f"# Guide\n{WORDS}\n## Install #\n{WORDS}\n### C#\n{WORDS}\nUse\n---\n{WORDS}\n\nUse\n---\n{WORDS}"
    assert rows(prose(text)) == [
        ("", "Guide"),
        ("Guide", "Install"),
        ("Guide > Install", "C#"),
        ("Guide", "Use"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"# One\n{WORDS}\n```sh\n# not a heading\n```\n",
        f"---\ntitle: x\n# no\n---\n# One\n{WORDS}\n",
        f"# One\n{WORDS}\n~~~\n```\n# not a heading\n~~~\n",
        f"# One\n{WORDS}\n#hashtag\n    # code\n- item\n---\n\n---\n",
        f"\n\n# One\n{WORDS}\n```\n# an open fence\n",
    ],
)
def test_what_looks_like_a_heading_is_not_always_one(text: str) -> None:
    assert {signature for _, signature in rows(prose(text))} - {""} == {"One"}


def test_a_tiny_section_joins_its_first_subsection() -> None:
    text = f"# Guide\nShort.\n## Install\n{WORDS}\n## Use\n{WORDS}"
    assert rows(prose(text)) == [("", "Guide"), ("Guide", "Use")]
    assert "## Install" in chunk_document(prose(text)).chunks[0].text


def test_titles_of_restructured_text_nest_in_order_of_appearance() -> None:
    titles = ["=====\nGuide\n=====", "Install\n=======", "Pip\n---", "Use\n==="]
    text = "".join(f"{title}\n\n{WORDS}\n\n" for title in titles)
    expected = [("", "Guide"), ("Guide", "Install"), ("Guide > Install", "Pip"), ("Guide", "Use")]
    assert rows(prose(text, "rst")) == expected


def test_tables_and_transitions_of_restructured_text_are_no_titles() -> None:
    text = (
        f"Title\n=====\n\n{WORDS}\n\n===  ===\na    b\n===  ===\n1    2\n===  ===\n\n-----\n\nmore text\n--\n"
    )
    assert rows(prose(text, "rst")) == [("", "Title")]


def test_a_large_section_is_cut_between_paragraphs_and_not_inside_code() -> None:
    block = "```\nfirst\n\nsecond\n\nthird\n```\n"
    text = f"# One\n{'a ' * 40}\n\n{block}\n{'b ' * 40}\n\n    indented\n\n    still code\n\n{'c ' * 40}\n"
    chunks = chunk_document(prose(text), max_chars=60).chunks
    assert sum(block in chunk.text for chunk in chunks) == 1
    assert sum("    indented\n\n    still code\n" in chunk.text for chunk in chunks) == 1
    assert {chunk.signature for chunk in chunks} == {"One"}


def test_each_section_of_a_document_is_a_chunk_with_its_name_and_anchor() -> None:
    merge = Section("pandas.DataFrame.merge", "Merge two frames.\n\nüber", "merge", "merge(right)")
    chunks = chunk_document(documented(merge, Section("See also", "Other ways."))).chunks
    assert [(c.symbol, c.scope, c.signature, c.anchor) for c in chunks] == [
        ("pandas.DataFrame.merge", "pandas.DataFrame", "merge(right)", "merge"),
        ("See also", "", "", ""),
    ]
    assert chunks[0].text == merge.text
    assert (chunks[1].start_line, chunks[1].start_byte) == (5, len((merge.text + "\n\n").encode()))


@given(st.lists(st.text(alphabet="ab \n😀`", max_size=60), max_size=6), st.integers(1, 20))
def test_the_chunks_of_a_section_join_to_its_text(texts: list[str], max_chars: int) -> None:
    document = documented(*(Section(f"m.f{index}", text) for index, text in enumerate(texts)))
    chunks = chunk_document(document, max_chars=max_chars).chunks
    for index, text in enumerate(texts):
        own = [chunk for chunk in chunks if chunk.symbol == f"m.f{index}"]
        assert "".join(chunk.text for chunk in own) == (text if text.strip() else "")
    assert all(document.text.encode()[c.start_byte : c.end_byte] == c.text.encode() for c in chunks)


def test_an_example_stays_whole_when_a_section_is_cut() -> None:
    example = ">>> a = 1\n\n>>> b = 2\n>>> a + b\n3\n"
    section = Section("m.f", f"{'x ' * 30}\n\n{example}\n{'y ' * 30}")
    chunks = chunk_document(documented(section), max_chars=50).chunks
    assert len(chunks) > 1
    assert any(example in chunk.text for chunk in chunks)


def test_lines_are_cut_before_the_least_indented_one() -> None:
    text = "a:\n  one\n  two\nb:\n  three\n  four\n"
    assert [chunk.text[:2] for chunk in chunk_document(prose(text, "yaml"), max_chars=18).chunks] == [
        "a:",
        "b:",
    ]


def test_a_long_line_is_cut_at_spaces_and_never_inside_a_character() -> None:
    chunks = chunk_document(prose("wörd " * 100, "text"), max_chars=30).chunks
    assert {chunk.text.split()[0] for chunk in chunks} == {"wörd"}
    assert [chunk.text for chunk in chunk_document(prose("😀" * 7, "text"), max_chars=3).chunks] == [
        "😀😀😀",
        "😀😀😀",
        "😀",
    ]


@pytest.mark.parametrize(
    "text", ["x" * 5_000_000, "ab " * 1_700_000, "😀" * 1_250_000, "\n" * 1_000_000 + "x"]
)
def test_megabytes_are_cut_in_time(text: str) -> None:
    begin = time.process_time()
    for language in ("text", "markdown", "python"):
        chunking = chunk_document(prose(text, language))
        assert sum(len(chunk.text) for chunk in chunking.chunks) == len(text)
    assert time.process_time() - begin < 2 * SLOWNESS


@pytest.mark.parametrize(
    "line", ["# " + " " * 200_000 + "x", "#" * 200_000, "=" * 200_000, "# #" + " #" * 90_000]
)
def test_hostile_headings_take_linear_time(line: str) -> None:
    begin = time.process_time()
    for language in ("markdown", "rst"):
        chunks = chunk_document(prose(f"title\n{line}\n", language)).chunks
        assert all(len(chunk.signature) <= 200 for chunk in chunks)
    assert time.process_time() - begin < 1 * SLOWNESS


@pytest.mark.parametrize("language", ["python", "markdown", "rst", "text"])
def test_whitespace_has_no_chunks(language: str) -> None:
    assert chunk_document(prose(" \n\t\r\n ", language)).chunks == ()
    assert chunk_document(prose("", language)).chunks == ()
