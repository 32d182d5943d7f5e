"""Which tasks the passages of a context changed, and which of these passages name what was used."""

import re
from collections.abc import Sequence

from corpora.dependencies.package_name import normalized_name
from rag.evaluation.repair.findings import program_of
from rag.evaluation.report.result import ChangedTask, NamingPassage
from rag.evaluation.run.records import PromptRecord
from rag.evaluation.task import Task
from rag.prompting.prompt import Prompt
from rag.retrieval.draft import read_draft


def library_versions(task: Task) -> tuple[str, ...]:
    """Return the libraries that a task is about, with the versions that it pins: `numpy 1.25.0`."""
    pins = [requirement.partition("==") for requirement in task.requirements]
    versions = {normalized_name(name.strip()): version.strip() for name, _, version in pins}
    named = ((library, versions.get(normalized_name(library), "")) for library in task.libraries)
    return tuple(f"{library} {version}".strip() for library, version in named)


def shown_texts(prompt: Prompt) -> tuple[str, ...]:
    """Return what a prompt shows of each of its passages: of one that is cut, the lines that are left."""
    texts = []
    for hit in prompt.hits:
        chunk = hit.chunk
        lines = f"{chunk.symbol}\n{chunk.signature}\n{chunk.text}".split("\n")
        texts.append("\n".join(line for line in lines if line.strip() and line.strip() in prompt.text))
    return tuple(texts)


def changed_task(
    task: Task, shares: tuple[float, float], passing: Sequence[str], prompted: PromptRecord
) -> ChangedTask:
    """Return what is told of a task that passages changed.

    Args:
        task: the task.
        shares: of the answers that pass without and with passages, 0 to 1.
        passing: the answers that pass on the better side.
        prompted: the prompt with passages.
    """
    used = used_names(task, passing[0]) if passing else ()
    texts = prompted.texts if len(prompted.texts) == len(prompted.passages) else ()
    passages = (
        NamingPassage(passage, tuple(name for name in used if _names(text, name)))
        for passage, text in zip(
            prompted.passages, texts or [one.title for one in prompted.passages], strict=True
        )
    )
    return ChangedTask(task.task_id, *shares, used, tuple(passages))


def used_names(task: Task, answer: str) -> tuple[str, ...]:
    """Return the names of libraries that an answer uses, as far as its imports show them in full."""
    draft = read_draft(program_of(task, answer)) if task.language == "python" else None
    words = set(re.findall(r"\w+", answer))
    names = (used.name.removeprefix(".") for used in (draft.used if draft else ()))
    return tuple(dict.fromkeys(name for name in names if name.rpartition(".")[2] in words))


def _names(text: str, name: str) -> bool:
    """Return whether a text has a name as a title, an attribute, a call or code, and not only as a word."""
    last = re.escape(name.rpartition(".")[2])
    return bool(re.search(rf"[.`]{last}(?!\w)|(?<!\w){last}[(`]|\A{last}(?:\n|\Z)", text))
