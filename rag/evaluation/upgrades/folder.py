"""The folder of a built evaluation set: tasks, questions, what was left out, and where it comes from."""

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final, get_args

from corpora.counted import counted
from corpora.errors import CorpusError, RagError, reason_of
from corpora.python.fetching.wheels import fetched_wheel
from rag.evaluation.questions import write_questions
from rag.evaluation.task import Task
from rag.evaluation.upgrades.records import BuiltSet, Purpose
from rag.version import installed_version

SET_FORMAT: Final = 1
TASKS_FILE: Final = "tasks.jsonl"
QUESTIONS_FILE: Final = "questions.jsonl"
_LEFT_OUT, _MANIFEST, _README = "left-out.jsonl", "manifest.json", "README.md"


def write_tasks(tasks: Iterable[Task]) -> str:
    """Return tasks as JSON lines, which `open_dataset` reads; fields that are empty are left out."""
    return "".join(_line(_written(task)) for task in tasks)


def write_evaluation_set(built: BuiltSet, out: Path) -> None:
    """Write a set into a new folder, whole or not at all. The same set gives the same bytes.

    Raises:
        RagError: there is something at `out`, or it cannot be written.
    """
    check_new_folder(out)
    files = _files(built)
    part = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        for name, text in files.items():
            (part / name).write_text(text, encoding="utf-8", newline="\n")
        part.chmod(0o755)
        part.replace(out)
    except OSError as error:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
        raise RagError(
            f"{out} cannot be written", why=reason_of(error), fix="name another folder with --out"
        ) from error


def check_new_folder(out: Path) -> None:
    """Raise `RagError` if there is something at `out`; an empty folder is nothing."""
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise RagError(
            f"{out} exists already",
            why="it may hold a set that runs were made with",
            fix="name another folder with --out, or remove that one first",
        )


def set_summary(built: BuiltSet) -> dict[str, Any]:
    """Return the numbers of a set: by kind of change, and of what was left out by reason."""
    return {
        "library": built.library,
        "old": built.old,
        "new": built.new,
        "changes": dict(built.counts),
        "questions": dict(Counter(one.kind for one in built.questions)),
        "tasks": dict(Counter(one.group for one in built.tasks)),
        "left_out": {purpose: _reasons(built, purpose) for purpose in get_args(Purpose)},
    }


def _reasons(built: BuiltSet, purpose: Purpose) -> dict[str, int]:
    """Return how often something was left out for each reason, the most frequent first."""
    return dict(Counter(one.reason for one in built.left_out if one.purpose == purpose).most_common())


def _files(built: BuiltSet) -> Mapping[str, str]:
    tasks, questions = write_tasks(built.tasks), write_questions(built.questions)
    left_out = "".join(_line(asdict(one)) for one in built.left_out)
    manifest = {
        "format_version": SET_FORMAT,
        "docprompting": installed_version(),
        **set_summary(built),
        "seed": built.seed,
        "wheels": {version: _wheel_hash(built.library, version) for version in (built.old, built.new)},
        "environment": dict(built.installed),
        "sha256": {name: _sha256(text) for name, text in ((TASKS_FILE, tasks), (QUESTIONS_FILE, questions))},
    }
    return {
        TASKS_FILE: tasks,
        QUESTIONS_FILE: questions,
        _LEFT_OUT: left_out,
        _MANIFEST: json.dumps(manifest, indent=1, ensure_ascii=False) + "\n",
        _README: _readme(built),
    }


def _written(task: Task) -> dict[str, Any]:
    record: dict[str, Any] = {"id": task.task_id}
    for field in fields(task):
        value = getattr(task, field.name)
        if value and field.name != "task_id" and value != field.default:
            record[field.name] = list(value) if isinstance(value, tuple) else value
    return record


def _line(record: Mapping[str, Any]) -> str:
    return f"{json.dumps(record, ensure_ascii=True)}\n"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _wheel_hash(library: str, version: str) -> str:
    """Return the SHA-256 of the wheel of a version; empty if there is none here."""
    try:
        return hashlib.sha256(fetched_wheel(library, version).read_bytes()).hexdigest()
    except (CorpusError, OSError):
        return ""


def _readme(built: BuiltSet) -> str:
    library, old, new = built.library, built.old, built.new
    tasks, questions = counted(len(built.tasks), "task"), counted(len(built.questions), "question")
    return f"""# {library} {old} to {new}

{tasks} for generation, {questions} for retrieval, made of the docstrings of {library} {new} by
`rag eval build`. What became neither is in `{_LEFT_OUT}`, with reasons.

An intent is what the docstring says, without the name of what is new; its unit of documentation is the
gold. A task is an example of the docstring whose use of the API is to be written. Its reference has passed
twice with {new}. It fails with {old}, unless the group of the task is "removed" or "deprecated", where the
replacement may be older. Trivial answers fail.

The intents and examples come from the documentation, so passages hold them: evaluate with
`--keep-contaminated`.

    rag index pkg:{library}=={new} --index new
    rag index pkg:{library}=={old} --index old
    rag eval retrieval {QUESTIONS_FILE} --index new
    rag eval run {TASKS_FILE} --make-environments --keep-contaminated \\
        --context none,retrieved,wrong,oracle --index new --wrong-index old
"""
