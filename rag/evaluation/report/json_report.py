"""A run as JSON, and back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from corpora.errors import RagError
from rag.evaluation.report.comparison import Comparison
from rag.evaluation.report.result import (
    Attribution,
    ContextResult,
    FailingCase,
    GateEffect,
    Outcome,
    PassageEffect,
    RunResult,
    ShownPassage,
)
from rag.evaluation.report.tables import all_tables

FORMAT_VERSION = 1
_TABLES = "tables"

Record = TypeVar("Record")


def to_json(result: RunResult) -> str:
    """All of a run, with the tables that follow from it.

    In ASCII: what a model wrote may be no valid Unicode.
    """
    shown = [_plain(table) for table in all_tables(result)]
    data = {"format_version": FORMAT_VERSION, _TABLES: shown, **asdict(result)}
    return json.dumps(data, indent=1)


def comparison_json(compared: Comparison) -> str:
    """All that a comparison found."""
    return json.dumps(_plain(compared), indent=1)


def from_json(text: str) -> RunResult:
    """The run that `to_json` wrote.

    Raises:
        RagError: it is no such text, or of another version.
    """
    try:
        data = json.loads(text)
        version = data.pop("format_version")
        del data[_TABLES]  # they follow from the rest
        if version != FORMAT_VERSION:
            raise _unreadable(f"it has format {version}; this rag reads {FORMAT_VERSION}")
        return _run(data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from error


def _unreadable(why: str) -> RagError:
    return RagError("the results of the run cannot be read", why=why, fix="run the evaluation again")


def _run(data: dict[str, Any]) -> RunResult:
    return RunResult(
        **_with(
            data,
            contexts=_all(lambda one: ContextResult(**_with(one, outcomes=_all(_outcome)))),
            environment_failures=_tuples,
            failing=_all(lambda one: FailingCase(**_with(one, passages=_all(_shown)))),
            gate=lambda one: one and GateEffect(**_with(one, gained=tuple, lost=tuple)),
            attributions=_all(lambda one: Attribution(**_with(one, passages=_all(_effect)))),
        )
    )


def _outcome(data: dict[str, Any]) -> Outcome:
    return Outcome(**_with(data, groups=_tuples))


def _effect(data: dict[str, Any]) -> PassageEffect:
    return PassageEffect(**_with(data, passage=_shown))


def _shown(data: dict[str, Any]) -> ShownPassage:
    return ShownPassage(**data)


def _all(read: Callable[[Any], Record]) -> Callable[[list[Any]], tuple[Record, ...]]:
    return lambda data: tuple(read(one) for one in data)


def _tuples(data: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in data.items()}


def _with(data: dict[str, Any], **readers: Callable[[Any], Any]) -> dict[str, Any]:
    """The fields of a record, those that have a reader read by it."""
    return {**data, **{name: read(data[name]) for name, read in readers.items()}}


def _plain(value: Any) -> Any:
    """Named tuples as mappings, which `json` would write as lists."""
    if hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
