"""Prompt templates: find one and fill it in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from corpora.errors import PromptError, UnknownName
from corpora.outside.files import read_outside
from rag.prompting.passage import Passage
from rag.prompting.template_files import TemplateFile, kind_of, known_templates, own_folder, template_folder

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.environment import TemplateModule
    from jinja2.nodes import Template

_MAX_BYTES = 1_000_000
_PASSAGE = tuple(field.name for field in fields(Passage))
_ANSWER_FIELDS = frozenset({"query", "passages", "examples"})
_INFILL_FIELDS = frozenset({"prefix", "suffix", "path", "repository", "files"})

FIELDS_OF_TASKS: Final[dict[str, frozenset[str]]] = {
    "checks": frozenset({"checks"}),
    "docstring": frozenset({"stub"}),
    "edit": frozenset({"code", "name", "imports", "around"}),
    "notebook": frozenset({"imports", "cells"}),
    "shell": frozenset(),
}
"""What the template of each task is given beside the request, its passages and examples (see `rag.tasks`)."""


def template_source(template: str | Path) -> str:
    """Return the source of `template`, a name or the path of a file. Raises `PromptError` for none."""
    return template_text(_path(template))


def template_text(path: Path) -> str:
    """Return the source of a template in a file. Raises `PromptError` for what cannot be one."""
    try:
        return read_outside(path, max_bytes=_MAX_BYTES).decode("utf-8")
    except (OSError, ValueError) as error:
        _fail(path, error)


def check_template(template: TemplateFile) -> None:
    """Raise `PromptError` for a template that cannot be parsed, or that asks for what it is not given."""
    if template.kind == "infill":
        _check_fields(template.name, template.path, _INFILL_FIELDS)
    elif template.kind == "answer":
        _check_fields(template.name, template.path, _ANSWER_FIELDS)
    elif template.kind == "task":
        _check_fields(template.name, template.path, _ANSWER_FIELDS | _fields_of_task(template))
    else:  # those of repair get more, from the code that fills them in
        _parsed(template.path)


def _fields_of_task(template: TemplateFile) -> frozenset[str]:
    task = template.path.stem
    if task not in FIELDS_OF_TASKS:
        unknown = UnknownName("task", task, sorted(FIELDS_OF_TASKS))
        raise PromptError(
            unknown.what, why=f"{template.path} is named after no task", fix=unknown.fix
        ) from unknown
    return FIELDS_OF_TASKS[task]


def _check_fields(name: str, path: Path, given: frozenset[str]) -> None:
    """Raise `PromptError` for a template that cannot be parsed, or asks for more than what it is given."""
    from jinja2 import meta, nodes  # `import rag` stays light

    tree = _parsed(path)
    unknown = sorted(meta.find_undeclared_variables(tree) - given)
    if unknown:
        line = next((one.lineno for one in tree.find_all(nodes.Name) if one.name in unknown), 1)
        purpose = "fill in the middle" if given == _INFILL_FIELDS else "ask for an answer"
        raise PromptError(
            f"the template {name} asks for what it is not given",
            why=f"line {line} of {path}: a template to {purpose} is given no {', '.join(unknown)}",
            fix=f"it is given {', '.join(sorted(given))}",
        )


def _parsed(path: Path) -> "Template":
    from jinja2 import TemplateError

    try:
        return _environment(path.parent, own_folder()).parse(template_text(path), filename=str(path))
    except TemplateError as error:
        _fail(path, error)


def check_is_shown(template: str | Path, names: Iterable[str]) -> None:
    """Raise `PromptError` if a template, with those that it extends, has no place for some material.

    Args:
        template: a built-in name, or the path of a file.
        names: of variables that hold what has to be shown.
    """
    path = _path(template)
    if missing := sorted(frozenset(names) - _asked_fields(path, path.stat().st_mtime_ns)):
        raise PromptError(
            f"the template {path.name} has no place for {' and '.join(missing)}",
            why=f"it does not print {', '.join(missing)}, so that the model would not see what was given",
            fix=f"write {{{{ {missing[0]} }}}} into it, or use a built-in template",
        )


@lru_cache(maxsize=64)
def _asked_fields(path: Path, changed_ns: int) -> frozenset[str]:
    """Return the variables that a template and those which it extends or includes ask for."""
    from jinja2 import TemplateError, meta

    environment = _environment(path.parent, own_folder())
    trees, names = [_parsed(path)], {path.name}
    found: set[str] = set()
    while trees:
        tree = trees.pop()
        found |= meta.find_undeclared_variables(tree)
        for name in meta.find_referenced_templates(tree):
            if name and name not in names and environment.loader:
                names.add(name)
                try:
                    source, filename, _ = environment.loader.get_source(environment, name)
                    trees.append(environment.parse(source, filename=filename))
                except TemplateError as error:
                    _fail(path, error)
    return frozenset(found)


def render(
    template: str | Path, query: str, passages: Sequence[Passage], given: Mapping[str, str]
) -> tuple[str, str]:
    """Fill in `template`, a built-in name or the path of a file.

    A template is given `query`, `passages`, `examples` (empty unless given) and the variables in `given`.

    Returns:
        The system message, which is what the template sets as `system`, and the text, which is all else.

    Raises:
        PromptError: there is no such template, or it has a mistake; the message says in which line.
    """
    path = _path(template)
    if kind_of(path) != "repair":
        _check_once(path, path.stat().st_mtime_ns, _ANSWER_FIELDS.union(given))
    module = made_module(path, {"examples": "", **given, "query": query, "passages": passages})
    return str(getattr(module, "system", "")).strip(), str(module)


def made_module(path: Path, variables: Mapping[str, Any]) -> "TemplateModule":
    """Return a template that is filled in: as a text, that; its attributes are what it sets.

    Raises:
        PromptError: the template has a mistake; the message says in which line.
    """
    try:
        environment = _environment(path.parent, own_folder())
        return environment.get_template(path.name).make_module(dict(variables))
    except Exception as error:  # an expression in it may raise anything: division by zero, a wrong type
        _fail(path, error)


@lru_cache(maxsize=64)
def _check_once(path: Path, changed_ns: int, given: frozenset[str]) -> None:
    """Check a template that asks for an answer, in the state that it has since a time."""
    _check_fields(path.stem, path, given)


def _path(template: str | Path) -> Path:
    """Return the file of a template by its name, or of any one if `template` looks like a path."""
    known = known_templates()
    names = [name for name, one in known.items() if one.kind == "answer"]
    if isinstance(template, str):
        if template in known and known[template].kind != "repair":
            return known[template].path
        if not Path(template).suffix and Path(template).name == template:
            unknown = UnknownName("prompt template", template, names)
            raise PromptError(unknown.what, why=unknown.why, fix=f"{unknown.fix} (or give a file's path)")
    path = Path(template)
    if not path.is_file():
        raise PromptError(
            f"no prompt template at {path}",
            why="there is no such file",
            fix=f"give the path of a Jinja2 file, or one of: {', '.join(names)}",
        )
    return path


@lru_cache(maxsize=16)
def _environment(folder: Path, own: Path | None) -> "Environment":
    """Return an environment for the templates of `folder`, which may include and extend others by name."""
    from jinja2 import FileSystemLoader, StrictUndefined  # `import rag` stays light
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=FileSystemLoader([folder, *([own] if own is not None else []), template_folder()]),
        undefined=StrictUndefined,  # a misspelt name is an error, not a gap in the prompt
        autoescape=False,  # a prompt is not HTML; passages are fenced instead
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _fail(path: Path, error: Exception) -> NoReturn:
    raise PromptError(
        f"the prompt template {path.name} cannot be filled in",
        why=f"{_place(error) or path}: {type(error).__name__}: {error}",
        fix=f"correct the template: it has `query` and `passages`, each with {', '.join(_PASSAGE)}",
    ) from error


def _place(error: Exception) -> str:
    """Return the line and the template in which `error` arose, as far as Jinja2 knows; else empty."""
    from jinja2 import TemplateSyntaxError

    if isinstance(error, TemplateSyntaxError):
        return f"line {error.lineno} of {error.filename}"
    place = ""
    step = error.__traceback__
    while (
        step
    ):  # a frame of a compiled template knows its template, which maps its lines to those of the source
        template = step.tb_frame.f_globals.get("__jinja_template__")
        if template:
            place = f"line {template.get_corresponding_lineno(step.tb_lineno)} of {template.filename}"
        step = step.tb_next
    return place
