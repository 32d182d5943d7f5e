"""The files of prompt templates: the built-in ones, and the user's own."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from corpora.errors import PromptError

SUFFIX = ".jinja"
FOLDER_VARIABLE = "RAG_PROMPTS"
"""The environment variable that names a folder with templates of the user's own."""

TemplateKind = Literal["answer", "infill", "repair", "task"]

_REPAIR_PREFIX = "repair-"  # filled in by `rag.evaluation.repair`, and of use only with its variables
_INFILL_FOLDER = "infill"
_TASK_FOLDER = "tasks"


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A template.

    Attributes:
        name: by which it is asked for, `docprompting`, `tasks/shell` or `infill/starcoder2`.
        kind: what it is for: to ask for an answer, or for that of a task with material of its own, to fill in
            the middle, or to repair an answer.
        path: of its file.
        is_own: whether it is one of the user's, and not built in.
    """

    name: str
    kind: TemplateKind
    path: Path
    is_own: bool = False


def template_folder() -> Path:
    """Return the folder of the built-in templates: in the package, or beside it in a source tree."""
    package = Path(__file__).parents[1]
    # Inside comes first: beside an installed package, `prompts` would belong to another one.
    inside = package / "prompts"
    return inside if inside.is_dir() else package.parent / "prompts"


def known_templates() -> dict[str, TemplateFile]:
    """Return all templates by name: the built-in ones, and those in the folder that RAG_PROMPTS names.

    One of the user's takes the place of the built-in one of its name.

    Raises:
        PromptError: RAG_PROMPTS names no folder.
    """
    own = own_folder()
    return dict(_built_in()) | (_in_folder(own, is_own=True) if own is not None else {})


@cache
def _built_in() -> dict[str, TemplateFile]:
    """Return the built-in templates, which are listed once."""
    return _in_folder(template_folder(), is_own=False)


def own_folder() -> Path | None:
    """Return the folder of the user's own templates; None if there is none. Raises `PromptError`."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    if not named:
        return None
    folder = Path(named).absolute()
    if not folder.is_dir():
        raise PromptError(
            f"there is no folder of templates at {folder}",
            why=f"{FOLDER_VARIABLE} names it",
            fix=f"make it, or unset {FOLDER_VARIABLE}",
        )
    return folder


_PLACES: Final[tuple[tuple[str, TemplateKind], ...]] = (
    ("", "answer"),
    (_INFILL_FOLDER, "infill"),
    (_TASK_FOLDER, "task"),
)


def _in_folder(folder: Path, *, is_own: bool) -> dict[str, TemplateFile]:
    found = [
        TemplateFile(f"{inner}/{path.stem}".lstrip("/"), kind if inner else kind_of(path), path, is_own)
        for inner, kind in _PLACES
        for path in sorted((folder / inner).glob(f"*{SUFFIX}"))
    ]
    return {one.name: one for one in found}


def kind_of(path: Path) -> TemplateKind:
    """Return what a template is for that lies in no folder of its own."""
    return "repair" if path.stem.startswith(_REPAIR_PREFIX) else "answer"


def template_names() -> tuple[str, ...]:
    """Return the names of the templates that ask for an answer, sorted."""
    return tuple(sorted(name for name, one in known_templates().items() if one.kind == "answer"))


def infill_templates() -> dict[str, TemplateFile]:
    """Return the templates that fill in the middle, by the names of their families."""
    found = known_templates().values()
    return {one.name.removeprefix(f"{_INFILL_FOLDER}/"): one for one in found if one.kind == "infill"}


def repair_template(name: str) -> Path:
    """Return the path of the built-in template `name`, one of those that repair fills in."""
    return template_folder() / f"{name}{SUFFIX}"
