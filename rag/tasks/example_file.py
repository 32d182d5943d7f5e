"""Examples of requests and the code that answers them, read from a file of the user's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json

MAX_EXAMPLES: Final = 100_000
MAX_EXAMPLE_CHARS: Final = 20_000
"""Of a request, of code, and of documentation: more than that no prompt has room for."""

_MAX_BYTES: Final = 200_000_000
# Names under which data sets and other tools have the same: the training part of CoNaLa, ODEX, our own tasks.
_QUERY: Final = ("query", "rewritten_intent", "intent", "nl", "question", "text", "prompt")
_CODE: Final = ("code", "snippet", "cmd", "canonical_solution", "reference", "answer")
_DOCS: Final = ("docs", "documentation")


@dataclass(frozen=True, slots=True)
class FewShotExample:
    """A request and the code that answers it.

    Args:
        query: the request, in words.
        code: a right answer.
        docs: documentation of what the code uses; empty if that is to be retrieved.
        name: how it is called in notes, such as `line 3`.
    """

    query: str
    code: str
    docs: str = ""
    name: str = ""


def read_examples(path: str | Path) -> tuple[FewShotExample, ...]:
    """Return the examples of a file: JSON lines with `query` and `code`, and maybe `docs`.

    `docs` is a text, or a list of texts. The names of some data sets are understood as well: `intent`,
    `snippet`, `nl`, `cmd` and so on. A JSON array of such objects may take the place of lines.

    Raises:
        RagError: the file cannot be read, or a line is no example; the message names the line.
    """
    found: list[FewShotExample] = []
    for where, record in _records(Path(path)):
        if len(found) == MAX_EXAMPLES:
            raise _error(f"{path} has too many examples", f"it has more than {MAX_EXAMPLES:,}")
        found.append(_example(record, f"{path}, {where}", where))
    if not found:
        raise _error(f"{path} holds no examples", "it is empty")
    return tuple(found)


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        text = read_outside(path, max_bytes=_MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _error(f"{path} is not UTF-8", str(error)) from error
    except (OSError, ValueError) as error:
        raise _error(f"cannot read {path}", reason_of(error)) from error
    if text.lstrip().startswith("["):
        listed = _parsed(text, str(path))
        yield from ((f"element {number}", one) for number, one in enumerate(listed, start=1))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"line {number}", _parsed(line, f"{path}, line {number}")


def _parsed(text: str, where: str) -> Any:
    try:
        return parsed_json(text)
    except ValueError as error:
        raise _error(f"{where} is not JSON", str(error)) from error


def _example(record: Any, where: str, name: str) -> FewShotExample:
    if not isinstance(record, dict):
        raise _error(f"{where} is no example", f"it is a JSON {type(record).__name__}, not an object")
    query, code, docs = (_text(record, names, where) for names in (_QUERY, _CODE, _DOCS))
    for field, value in (("query", query), ("code", code)):
        if not value.strip():
            given = ", ".join(str(key)[:40] for key in [*record][:10]) or "nothing"
            raise _error(f"{where} has no {field}", f"it holds: {given}")
    return FewShotExample(query, code, docs, name)


def _text(record: dict[str, Any], names: tuple[str, ...], where: str) -> str:
    """Return the first of these fields that holds something; lists of texts are joined."""
    for name in names:
        value = record.get(name)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = "\n\n".join(value)
        if value is None:
            continue
        if not isinstance(value, str):
            raise _error(f"{where}: the field {name!r} is no text", f"it is a {type(value).__name__}")
        if len(value) > MAX_EXAMPLE_CHARS:
            raise _error(
                f"{where}: the field {name!r} is too long",
                f"it has {len(value):,} characters, more than {MAX_EXAMPLE_CHARS:,}",
            )
        if value.strip():
            return value
    return ""


def _error(what: str, why: str) -> RagError:
    return RagError(
        what, why=why, fix='give a file with lines such as {"query": "sort a list", "code": "sorted(x)"}'
    )
