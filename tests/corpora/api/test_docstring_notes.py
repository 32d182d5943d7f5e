"""What docstrings say of versions."""

import pytest

from corpora.api.docstring_notes import deprecation_in, notes_of, summary_of

SPHINX = """Join two tables.

.. versionadded:: 1.2

.. versionchanged:: 2.0
   It also takes
   lists.

.. deprecated:: 2.1
   Use :func:`merge`.

Parameters
----------
how : str, default "inner"
    How to join.

    .. versionadded:: 1.4
       "cross".

**options
    More.

    .. deprecated:: 1.5
"""

GOOGLE = """Join two tables.

    Args:
        how (str): How to join.
            New in version 1.4: "cross".
        copy: Whether to copy.

            Deprecated since version 2.0: it is ignored.

    Changed in version 3.0.
"""


def test_directives_are_read_with_their_texts_and_parameters() -> None:
    assert [(note.kind, note.version, note.text, note.about) for note in notes_of(SPHINX)] == [
        ("added", "1.2", "", ""),
        ("changed", "2.0", "It also takes lists.", ""),
        ("deprecated", "2.1", "Use :func:`merge`.", ""),
        ("added", "1.4", '"cross".', "how"),
        ("deprecated", "1.5", "", "options"),
    ]


def test_what_stands_in_an_item_of_a_list_is_about_that_item() -> None:
    item = "  * ``noload`` - nothing.\n\n    .. deprecated:: 2.1\n       It is.\n"
    text = f"Relate tables.\n\n:param lazy: how:\n\n{item}"
    (note,) = notes_of(text)
    assert (note.kind, note.about) == ("deprecated", "noload") and not deprecation_in(text, (note,))


def test_sentences_are_read_as_directives_are() -> None:
    assert [(note.kind, note.version, note.text, note.about) for note in notes_of(GOOGLE)] == [
        ("added", "1.4", '"cross".', "how"),
        ("deprecated", "2.0", "it is ignored.", "copy"),
        ("changed", "3.0", "", ""),
    ]


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        (SPHINX, "since 2.1: Use :func:`merge`."),
        (GOOGLE, ""),
        ("Deprecated: use f.", "use f."),
        ("DEPRECATED.", "deprecated"),
        ("Return a deprecated thing.", ""),
        ("A thing.\n\n.. deprecated:: 1.0", "since 1.0"),
        ("A thing.\n\n.. deprecated-removed:: 1.0 2.0\n   Use f.", "since 1.0: Use f."),
    ],
)
def test_an_object_is_deprecated_if_its_docstring_says_so(docstring: str, expected: str) -> None:
    assert deprecation_in(docstring, notes_of(docstring)) == expected


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Join two tables. And more.", "Join two tables."),
        ("Join two\n    tables.\n\nMore.", "Join two tables."),
        ("", ""),
        ("Title\n=====\n\nMore.", "Title"),
        ('!!! note "Usage"\n    [Models](x.md)\n\nA base class.', "A base class."),
        ("x" * 500, "x" * 197 + "..."),
    ],
)
def test_the_summary_is_the_first_sentence(docstring: str, expected: str) -> None:
    assert summary_of(docstring) == expected


def test_long_docstrings_are_read_within_bounds() -> None:
    assert len(notes_of(".. versionadded:: 1.0\n" * 5_000)) == 30
    assert len(notes_of("New in version 1." * 200_000)) <= 30
    assert len(summary_of("a " * 1_000_000)) <= 200
