"""Questions as JSON lines: read leniently, written strictly.

    {"question": "where are sessions closed", "gold": ["src/session.py:40-58"], "kind": "where"}

`query` is read as `question`, and `relevant` as `gold`. Gold is a text or an object, or a list of them. A
text is a path, a path with a line or lines (`src/session.py:40`, `src/session.py:40-58`), or a qualified
name (`Session.close`); an object has any of `path`, `start_line`, `end_line` and `symbol`. A field that is
not known is ignored, so that notes may stand beside a question.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from corpora.errors import CorpusError
from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.questions.question import Gold, GoldQuestion
from rag.evaluation.typed_record import json_kind

MAX_QUESTIONS: Final = 100_000
"""The most questions that are read from a file."""
MAX_QUESTION_CHARS: Final = 100_000
"""The longest question: a log with its traceback is far shorter."""
MAX_GOLD: Final = 1_000
"""The most places that may answer one question."""
_MAX_LINE: Final = 2**31
_FIX: Final = 'a question is like {"question": "where are sessions closed", "gold": ["src/session.py:40-58"]}'
_LINES: Final = re.compile(r"(?P<path>.+?):(?P<start>\d{1,9})(?:-(?P<end>\d{1,9}))?")


def read_questions(path: Path) -> list[GoldQuestion]:
    """Read the questions of a file of JSON lines (or one JSON array), plain or gzip.

    A question that stands there twice is one: it counts once, and what either of them names is right.

    Raises:
        CorpusError: the file cannot be read, or a line is not a question; the message names the line.
    """
    questions: dict[str, GoldQuestion] = {}
    for number, record in enumerate(read_records(path)):
        if number == MAX_QUESTIONS:
            raise CorpusError(
                f"{record.where}: there are more than {MAX_QUESTIONS} questions",
                why="that is the limit of one evaluation",
                fix="split the file",
            )
        question = _question(record)
        if before := questions.get(question.text):
            more = question.gold if len(before.gold) < MAX_GOLD else ()
            question = replace(before, gold=tuple(dict.fromkeys([*before.gold, *more])))
        questions[question.text] = question
    if not questions:
        raise CorpusError(f"{path} holds no questions", why="it is empty", fix=_FIX)
    return [*questions.values()]


def write_questions(questions: Iterable[GoldQuestion]) -> str:
    """Return questions as JSON lines that `read_questions` reads."""
    return "".join(f"{json.dumps(_written(question), ensure_ascii=False)}\n" for question in questions)


def _written(question: GoldQuestion) -> dict[str, Any]:
    gold = [{name: value for name, value in asdict(one).items() if value} for one in question.gold]
    return {
        "question": question.text,
        **({"kind": question.kind} if question.kind else {}),
        "gold": gold,
    }


def _question(record: DatasetRecord) -> GoldQuestion:
    text = record.text("question", "query").strip()
    if not text:
        raise _error(record, "the question is empty", "there is nothing to search for")
    if len(text) > MAX_QUESTION_CHARS:
        raise _error(
            record, f"the question has {len(text)} characters", f"at most {MAX_QUESTION_CHARS} are asked"
        )
    gold = tuple(dict.fromkeys(_gold(record)))
    return GoldQuestion(text, gold, record.text("kind", "category", default="").strip())


def _gold(record: DatasetRecord) -> Iterator[Gold]:
    value = record.fields.get("gold", record.fields.get("relevant"))
    values = value if isinstance(value, list) else [value]
    if value is None or not values:
        raise _error(record, "the gold is missing", "without it, no answer is right")
    if len(values) > MAX_GOLD:
        raise _error(record, f"the gold has more than {MAX_GOLD} places", f"it has {len(values)}")
    for one in values:
        if isinstance(one, str) and one.strip():
            yield from _of_text(record, one.strip())
        elif isinstance(one, dict):
            yield _of_object(DatasetRecord(one, record.where))
        else:
            what = "empty text" if isinstance(one, str) else json_kind(one)
            raise _error(record, "the gold is neither a text nor an object", f"it is {what}")


def _of_text(record: DatasetRecord, text: str) -> Iterator[Gold]:
    if lines := _LINES.fullmatch(text):
        start = int(lines["start"])
        if not start:
            raise _error(record, f"the gold {text} has no lines", "lines are counted from 1")
        yield _checked(record, Gold(lines["path"], start, int(lines["end"] or start)))
        return
    yield Gold(path=text)
    if "/" not in text:  # only the index can tell which of the two it is
        yield Gold(symbol=text)


def _of_object(record: DatasetRecord) -> Gold:
    start = _line(record, "start_line")
    gold = Gold(
        path=record.text("path", "file", default=""),
        start_line=start,
        end_line=_line(record, "end_line") or start,
        symbol=record.text("symbol", default=""),
    )
    if not gold.path and not gold.symbol:
        raise _error(record, "the gold names no place", "it has neither `path` nor `symbol`")
    return _checked(record, gold)


def _line(record: DatasetRecord, name: str) -> int:
    value = record.fields.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < _MAX_LINE:
        raise _error(record, f"the field {name!r} is no line number", "lines are counted from 1")
    return value


def _checked(record: DatasetRecord, gold: Gold) -> Gold:
    if gold.end_line < gold.start_line or (gold.end_line and not gold.start_line):
        raise _error(
            record, f"the gold {gold} has no lines", "a place begins at line 1 or later, and ends after that"
        )
    return gold


def _error(record: DatasetRecord, what: str, why: str) -> CorpusError:
    return CorpusError(f"{record.where}: {what}", why=why, fix=_FIX)
