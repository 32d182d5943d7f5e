"""The folder of a run: its manifest, what each step has found so far, and the reports."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError
from rag.evaluation.report import RunResult, from_json, html_report, to_json
from rag.evaluation.report.result import flat
from rag.evaluation.run.journal import Journal
from rag.evaluation.run.records import (
    read_calibrated,
    read_chosen,
    read_judged,
    read_left_out,
    read_mended,
    read_prompted,
    read_sample,
    read_written,
)

FORMAT_VERSION: Final = 1
_MANIFEST, _RESULT, _REPORT = "manifest.json", "result.json", "report.html"
# What may differ when a run goes on: it changes no figure.
# (what holds the memory depends on the machine, and a run may go on elsewhere)
_FREE: Final = ("command", "workers", "sandbox.memory_limit")


class RunFolder:
    """What a run has found so far; made anew, or opened to go on.

    Raises:
        RagError: the folder holds another run, or something else.
    """

    def __init__(self, path: Path, manifest: Mapping[str, Any]) -> None:
        self.path = path
        self.manifest = {"format_version": FORMAT_VERSION, **json.loads(json.dumps(manifest))}
        if (path / _MANIFEST).exists():
            _check_same(path, read_manifest(path), self.manifest)
        else:
            _make(path, json.dumps(self.manifest, indent=1))
        self.references = Journal(path / "references.jsonl", lambda one: one.task_id, read_calibrated)
        self.prompts = Journal(path / "prompts.jsonl", lambda one: (one.task_id, one.context), read_prompted)
        self.samples = Journal(
            path / "samples.jsonl", lambda one: (one.task_id, one.context, one.number), read_sample
        )
        self.verdicts = Journal(
            path / "verdicts.jsonl", lambda one: (one.task_id, one.context, one.number), read_judged
        )
        self.written = Journal(path / "written.jsonl", lambda one: (one.task_id, one.number), read_written)
        self.choices = Journal(
            path / "choices.jsonl", lambda one: (one.task_id, one.context, one.method), read_chosen
        )
        self.repairs = Journal(
            path / "repairs.jsonl", lambda one: (one.task_id, one.context, one.number), read_mended
        )
        self.left_out = Journal(
            path / "left-out.jsonl", lambda one: (one.task_id, one.passage), read_left_out
        )

    def save(self, result: RunResult) -> None:
        """Write the result, and the report that people read."""
        write_whole(self.path / _RESULT, to_json(result))
        write_whole(self.path / _REPORT, html_report(result))

    @property
    def report(self) -> Path:
        """Where `save` writes the report."""
        return self.path / _REPORT


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of the run in the folder `path`. Raises `RagError` where there is none."""
    try:
        manifest = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or not {"format_version", "command"} <= manifest.keys():
            raise ValueError(f"{_MANIFEST} is none of a run")
    except (OSError, ValueError) as error:
        raise RagError(
            f"there is no run in {path}", why=str(error), fix="name the folder that rag eval --out wrote"
        ) from error
    return manifest


def read_result(path: Path) -> RunResult:
    """What the finished run in the folder `path` found. Raises `RagError` where it has not ended."""
    read_manifest(path)
    try:
        text = (path / _RESULT).read_text(encoding="utf-8")
    except OSError as error:
        raise RagError(
            f"the run in {path} has not ended",
            why="it has no result.json",
            fix=f"let it go on: rag eval --again {path}",
        ) from error
    return from_json(text)


def _make(path: Path, manifest: str) -> None:
    """Make the folder of a run; one that was killed at that is made again."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        others = [one.name for one in path.iterdir() if one != _part(path / _MANIFEST)]
        if not others:
            write_whole(path / _MANIFEST, manifest)
            return
    except OSError as error:
        raise RagError(
            f"the folder {path} cannot be made", why=str(error), fix="name another one with --out"
        ) from error
    raise RagError(
        f"the folder {path} is in use",
        why=f"it holds {min(others)}, and no manifest of a run",
        fix="name a new folder with --out",
    )


def _part(path: Path) -> Path:
    return path.with_suffix(".part")


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole, or as it was before."""
    part = _part(path)
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _check_same(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    old, new = flat(before), flat(now)
    differing = [
        name
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name) and not name.startswith(_FREE)
    ]
    if differing:
        name = differing[0]
        raise RagError(
            f"the folder {path} holds another run",
            why=f"{name} is {old.get(name, 'not there')} in it, and {new.get(name, 'not there')} now"
            + (f"; also different: {', '.join(differing[1:])}" if len(differing) > 1 else ""),
            fix="name another folder with --out, or ask for the same",
        )
