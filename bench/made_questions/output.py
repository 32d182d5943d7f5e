"""Write what was made: questions and pairs as lines of JSON."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple


class Made(NamedTuple):
    """The questions and the pairs of a repository or a package."""

    name: str
    questions: list[dict[str, Any]]
    pairs: list[dict[str, Any]]


def fresh_folder(folder: Path) -> Path:
    """Return a new, empty folder at this place; what was there is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_made(made: Made, folder: Path) -> None:
    """Write questions and pairs below `folder`."""
    if made.questions:
        _write(folder / "questions" / f"{made.name}.jsonl", made.questions)
    _write(folder / "pairs" / f"{made.name}.jsonl", _unique(made.pairs))


def _unique(pairs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the pairs without repeats, and without the queries that say the same of many things."""
    by_query: dict[str, list[dict[str, Any]]] = {}
    for pair in pairs:
        by_query.setdefault(pair["query"].lower(), []).append(pair)
    return [pair for group in by_query.values() if len(group) <= 3 for pair in group]


def _write(file: Path, rows: Iterable[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
