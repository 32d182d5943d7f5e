"""The result of a run, written as JSON and read back."""

import json
from dataclasses import asdict
from typing import Any

from corpora.errors import RagError
from rag.evaluation.report.comparison import Comparison
from rag.evaluation.report.effects import effect_tables
from rag.evaluation.report.result import RunResult
from rag.evaluation.report.tables import all_tables
from rag.evaluation.typed_record import read_record

RESULT_FORMAT = 1
_DERIVED = ("tables", "documentation")  # what follows from the rest


def to_json(result: RunResult) -> str:
    """Return the whole result as JSON, with the tables of the report, which follow from it.

    The text is ASCII, since that of a model may hold surrogates, which UTF-8 cannot encode.
    """
    shown = (_plain(tuple(tables)) for tables in (all_tables(result), effect_tables(result)))
    data = {"format_version": RESULT_FORMAT, **dict(zip(_DERIVED, shown, strict=True)), **asdict(result)}
    return json.dumps(data, indent=1)


def comparison_json(compared: Comparison) -> str:
    """Return a comparison as JSON."""
    return json.dumps(_plain(compared), indent=1)


def from_json(text: str) -> RunResult:
    """Return the result that `to_json` wrote.

    Raises:
        RagError: the text is damaged, or has another format version.
    """
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or "format_version" not in data:
            raise ValueError("it has no format_version")
        version = data.pop("format_version")
        if version != RESULT_FORMAT:
            raise ValueError(f"it has format {version}; this version of rag reads {RESULT_FORMAT}")
        for name in _DERIVED:
            data.pop(name, None)
        return read_record(RunResult, data)
    except (ValueError, RecursionError) as error:
        raise RagError(
            "the results of the run cannot be read", why=str(error), fix="run the evaluation again"
        ) from error


def _plain(value: Any) -> Any:
    """Return named tuples as mappings, since `json` would write them as lists."""
    if hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
