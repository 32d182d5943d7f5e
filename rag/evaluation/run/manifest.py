"""The manifest of a run: everything that decides its results, in plain values."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from corpora.document import hash_bytes
from indexers.index import Index
from rag.corrections.correct import FINDINGS_TEMPLATE
from rag.evaluation.repair import STRATEGIES
from rag.evaluation.repair.trial import stages_of
from rag.evaluation.run.evaluation import Evaluation
from rag.prompting.template import template_source
from rag.prompting.template_files import repair_template
from rag.tasks.few_shot import FewShot


def manifest_of(evaluation: Evaluation, command: Sequence[str] = ()) -> dict[str, Any]:
    """Return the manifest of a run of `evaluation` that `command` started."""
    settings, dataset = evaluation.settings, evaluation.dataset
    finds = bool(settings.repair) and "findings" in stages_of(settings.feedback)
    templates: dict[str, str | Path] = {Path(settings.template).name: settings.template}
    if settings.repair:
        names = [*STRATEGIES[settings.repair].templates, *([FINDINGS_TEMPLATE] if finds else [])]
        templates |= {name: repair_template(name) for name in names}
    return {
        "command": list(command),
        "dataset": {
            "name": dataset.name,
            "files": [path.name for path in dataset.paths],
            "content_hash": dataset.content_hash,
            "tasks": len(dataset.tasks),
        },
        "index": _index(evaluation.index),
        # Runs of older versions, which have no such index, can still be resumed.
        **({"wrong_index": _index(evaluation.wrong_index)} if evaluation.wrong_index else {}),
        **_examples(evaluation.few_shot),
        "generator": dict(evaluation.sampler.description),
        "settings": asdict(settings),
        # Templates count by their content: a run with another prompt is another run.
        "templates": {
            name: hash_bytes(template_source(template).encode()) for name, template in templates.items()
        },
        "sandbox": _sandbox(evaluation),
        "versions": {
            "docprompting": _version("docprompting"),
            "python": platform.python_version(),
            **({"ty": _version("ty")} if finds else {}),
        },
    }


def _examples(few_shot: FewShot | None) -> dict[str, Any]:
    if few_shot is None:
        return {}
    content = {"count": len(few_shot.examples), "content_hash": few_shot.content_hash}
    return {"examples": {**content, "shots": few_shot.shots}}


def _index(index: Index | None) -> Mapping[str, Any]:
    if index is None:
        return {}
    status = index.status()
    return {
        "generation": status.generation,
        "encoder": index.encoder.encoder_id,
        "chunks": status.counts.chunks,
    }


def _sandbox(evaluation: Evaluation) -> Mapping[str, Any]:
    """Describe the sandbox of the first task that can run here."""
    runs = (task for task in evaluation.dataset.tasks if not evaluation.why_not(task))
    task = next(runs, None)
    if task is None:
        return {}
    sandbox = evaluation.sandbox_of(task)
    python = sandbox.python or "the running one"
    return {
        "isolation": sandbox.isolation,
        "memory_limit": sandbox.memory_limit,
        "python": python,
        "limits": asdict(sandbox.limits),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a source tree that is not installed
        return "not installed"
