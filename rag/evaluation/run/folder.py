"""The folder of a run: its manifest, the results of each step so far, and the reports."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from corpora.redaction.credentials import without_credentials_in
from rag.evaluation.report import RunResult, from_json, html_report, to_json
from rag.evaluation.report.result import flat
from rag.evaluation.run.journal import Journal, no_room
from rag.evaluation.run.records import (
    Ablation,
    PromptRecord,
    ReferenceVerdict,
    RepairedSample,
    SampleVerdict,
    SelectedSample,
    WrittenTests,
)
from rag.evaluation.sample import Context, Sample

RUN_FORMAT: Final = 1
_MANIFEST, _RESULT, _REPORT = "manifest.json", "result.json", "report.html"
_MAX_MANIFEST_BYTES: Final = 16_000_000
_MAX_RESULT_BYTES: Final = 200_000_000
# Keys of the manifest that may differ when a run is resumed, since they change no result. What enforces the
# memory limit depends on the machine, and a run may be resumed on another one.
_FREE: Final = ("command", "workers", "sandbox.memory_limit", "generator.cache")


class RunFolder:
    """The results of a run so far, one journal for each step; a new folder, or one to be resumed.

    Raises:
        RagError: the folder holds another run, or something else.
    """

    def __init__(self, path: Path, manifest: Mapping[str, Any]) -> None:
        self.path = path
        # No credential is kept. A run can be resumed with another key, since a key does not identify it.
        plain = without_credentials_in(json.loads(json.dumps(manifest)))
        self.manifest = {"format_version": RUN_FORMAT, **plain}
        _check_own_files(path)
        if (path / _MANIFEST).exists():
            before = read_manifest(path)
            _check_same(path, before, self.manifest)
            write_whole(path / _MANIFEST, json.dumps(before, indent=1))
        else:
            _make(path, json.dumps(self.manifest, indent=1))
        self.references = Journal(path / "references.jsonl", ReferenceVerdict, lambda one: one.task_id)
        self.prompts = Journal(path / "prompts.jsonl", PromptRecord, lambda one: (one.task_id, one.context))
        self.samples = Journal(path / "samples.jsonl", Sample, _sample_key)
        self.verdicts = Journal(path / "verdicts.jsonl", SampleVerdict, _sample_key)
        self.written_tests = Journal(
            path / "written.jsonl", WrittenTests, lambda one: (one.task_id, one.number)
        )
        self.selected = Journal(
            path / "choices.jsonl", SelectedSample, lambda one: (one.task_id, one.context, one.method)
        )
        self.repairs = Journal(path / "repairs.jsonl", RepairedSample, _sample_key)
        self.ablations = Journal(path / "left-out.jsonl", Ablation, lambda one: (one.task_id, one.passage))

    def save(self, result: RunResult) -> None:
        """Write the result and the HTML report."""
        write_whole(self.path / _RESULT, to_json(result))
        write_whole(self.path / _REPORT, html_report(result))

    @property
    def report(self) -> Path:
        """Path of the HTML report that `save` writes."""
        return self.path / _REPORT


def _sample_key(record: Sample | SampleVerdict | RepairedSample) -> tuple[str, Context, int]:
    return record.task_id, record.context, record.number


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of the run in the folder `path`. Raises `RagError` where there is none."""
    try:
        manifest = parsed_json(read_outside(path / _MANIFEST, max_bytes=_MAX_MANIFEST_BYTES))
        if not isinstance(manifest, dict) or not {"format_version", "command"} <= manifest.keys():
            raise ValueError(f"{_MANIFEST} is not the manifest of a run")
    except (OSError, ValueError) as error:
        raise RagError(
            f"there is no run in {path}",
            why=reason_of(error),
            fix="name the folder that rag eval --out wrote",
        ) from error
    return without_credentials_in(manifest)  # manifests of older versions still held them


def read_result(path: Path) -> RunResult:
    """Read the result of the run in the folder `path`. Raises `RagError` where it has not finished."""
    read_manifest(path)
    try:
        text = read_outside(path / _RESULT, max_bytes=_MAX_RESULT_BYTES).decode("utf-8")
    except FileNotFoundError as error:
        raise RagError(
            f"the run in {path} has not finished",
            why="it has no result.json",
            fix=f"resume it: rag eval --again {path}",
        ) from error
    except (OSError, ValueError) as error:
        raise RagError(
            f"the result of the run in {path} cannot be read",
            why=reason_of(error),
            fix="copy the folder again from the machine that made the run",
        ) from error
    return from_json(text)


def _make(path: Path, manifest: str) -> None:
    """Make the folder of a run; one that a killed process left without a manifest is completed."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        # A killed process may have left an unfinished manifest.
        others = [one.name for one in path.iterdir() if one != _part(path / _MANIFEST)]
        if not others:
            write_whole(path / _MANIFEST, manifest)
            return
    except OSError as error:
        raise RagError(
            f"the folder {path} cannot be made", why=reason_of(error), fix="name another one with --out"
        ) from error
    raise RagError(
        f"the folder {path} is in use",
        why=f"it holds {min(others)}, and no manifest of a run",
        fix="name a new folder with --out",
    )


def _check_own_files(path: Path) -> None:
    """Raise `RagError` where the folder of a run holds links or pipes, since its files are written to."""
    entries = path.iterdir() if path.is_dir() else ()
    strange = [one.name for one in entries if one.is_symlink() or not (one.is_file() or one.is_dir())]
    if strange:
        raise RagError(
            f"the folder {path} cannot hold a run",
            why=f"{min(strange)} in it is not a regular file, and writing to it would write somewhere else",
            fix="name another folder with --out",
        )


def _part(path: Path) -> Path:
    return path.with_suffix(".part")


def write_whole(path: Path, text: str) -> None:
    """Write a file completely or not at all. Raises `RagError` if it cannot be written."""
    part = _part(path)
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise no_room(path, error) from error


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
            why=f"{name} is {old.get(name, 'missing')} there and {new.get(name, 'missing')} now"
            + (f"; also different: {', '.join(differing[1:])}" if len(differing) > 1 else ""),
            fix="name another folder with --out, or repeat the options of that run",
        )
