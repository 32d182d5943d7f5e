"""Questions as JSON lines: what is read, what is refused, and that what is written is read back."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError
from rag.evaluation.questions import Gold, GoldQuestion, question_file, read_questions, write_questions


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "questions.jsonl"


def read(file: Path, *records: object) -> list[GoldQuestion]:
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return read_questions(file)


def refused(file: Path, *records: object) -> CorpusError:
    with pytest.raises(CorpusError) as caught:
        read(file, *records)
    return caught.value


@pytest.mark.parametrize(
    ("gold", "meant"),
    [
        ("src/app.py", [Gold("src/app.py")]),
        ("src/app.py:7", [Gold("src/app.py", 7, 7)]),
        ("src/app.py:7-9", [Gold("src/app.py", 7, 9)]),
        ("app.py", [Gold("app.py"), Gold(symbol="app.py")]),
        ("Session.close", [Gold("Session.close"), Gold(symbol="Session.close")]),
        ({"path": "app.py", "start_line": 7}, [Gold("app.py", 7, 7)]),
        ({"path": "app.py", "symbol": "run", "note": "the new one"}, [Gold("app.py", symbol="run")]),
        (["a/b.py", {"symbol": "run"}], [Gold("a/b.py"), Gold(symbol="run")]),
    ],
)
def test_gold_is_a_text_an_object_or_a_list_of_them(file: Path, gold: object, meant: list[Gold]) -> None:
    assert read(file, {"question": "q", "gold": gold})[0].gold == tuple(meant)


def test_other_names_of_fields_and_fields_of_one_s_own_are_read(file: Path) -> None:
    record = {"query": "q", "relevant": "a/b.py", "category": "where", "author": "Ann"}
    assert read(file, record) == [GoldQuestion("q", (Gold("a/b.py"),), "where")]


def test_a_question_that_stands_there_twice_is_asked_once(file: Path) -> None:
    asked = [
        {"question": f"{word} ", "gold": gold, "kind": gold}
        for word, gold in map(str.split, ("q a/", "r a/", "q b/"))
    ]
    assert read(file, *asked) == [
        GoldQuestion("q", (Gold("a/"), Gold("b/")), "a/"),
        GoldQuestion("r", (Gold("a/"),), "a/"),
    ]


def test_blank_lines_and_a_byte_order_mark_are_no_questions(file: Path) -> None:
    file.write_text('\ufeff\n{"question": "q", "gold": "a/b"}\n\n')
    assert [question.text for question in read_questions(file)] == ["q"]


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({"gold": "a/b"}, "the field 'question' or 'query' is missing"),
        ({"question": " ", "gold": "a/b"}, "the question is empty"),
        ({"question": "q" * 100_001, "gold": "a/b"}, "the question has 100001 characters"),
        ({"question": ["q"], "gold": "a/b"}, "the field 'question' is not text"),
        ({"question": "q"}, "the gold is missing"),
        ({"question": "q", "gold": []}, "the gold is missing"),
        ({"question": "q", "gold": [7]}, "the gold is neither a text nor an object"),
        ({"question": "q", "gold": ""}, "the gold is neither a text nor an object"),
        ({"question": "q", "gold": {"start_line": 7}}, "the gold names no place"),
        ({"question": "q", "gold": {"path": "a", "start_line": 0}}, "the field 'start_line' is no line"),
        ({"question": "q", "gold": {"path": "a", "start_line": True}}, "the field 'start_line' is no line"),
        ({"question": "q", "gold": {"path": "a", "end_line": 3}}, "the gold a has no lines"),
        ({"question": "q", "gold": "a.py:9-7"}, "the gold a.py:9-7 has no lines"),
        ({"question": "q", "gold": "a.py:0"}, "the gold a.py:0 has no lines"),
        (["q"], "is not an object"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_and_shows_how_it_should_be(file: Path, record: object, what: str) -> None:
    error = refused(file, {"question": "fine", "gold": "a/b"}, record)
    assert f"{file}, line 2" in error.what and what in error.what
    assert error.fix


def test_an_empty_file_is_an_error_that_shows_a_question(file: Path) -> None:
    assert '{"question":' in refused(file).fix


def test_a_file_of_too_many_questions_or_answers_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_file, "MAX_QUESTIONS", 2)
    assert "line 3" in refused(file, *[{"question": "q", "gold": "a/b"}] * 3).what
    assert "more than 1000 places" in refused(file, {"question": "q", "gold": ["a/b"] * 1001}).what


def test_a_file_that_is_missing_or_binary_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\0\0")
    for name in ("missing", "binary"):
        with pytest.raises(CorpusError):
            read_questions(tmp_path / name)


_TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)
_PLACES = st.one_of(
    st.builds(Gold, path=_TEXT),
    st.builds(Gold, symbol=_TEXT),
    st.builds(
        lambda path, start, more: Gold(path, start, start + more),
        _TEXT,
        st.integers(1, 99),
        st.integers(0, 9),
    ),
)
_QUESTIONS = st.builds(
    GoldQuestion,
    _TEXT,
    st.lists(_PLACES, min_size=1, max_size=3, unique=True).map(tuple),
    st.one_of(st.just(""), _TEXT),
)


@given(questions=st.lists(_QUESTIONS, min_size=1, max_size=3, unique_by=lambda question: question.text))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, questions: list[GoldQuestion]
) -> None:
    file = tmp_path_factory.mktemp("written") / "questions.jsonl"
    file.write_text(write_questions(questions), encoding="utf-8")
    assert read_questions(file) == questions
