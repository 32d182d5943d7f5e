"""Prompt templates: find one and fill it in."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from corpora.errors import PromptError, UnknownName
from rag.prompting.passage import Passage

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.environment import TemplateModule

SUFFIX = ".jinja"
_REPAIR_PREFIX = "repair-"  # filled in by `rag.evaluation.repair`, and of use only with its variables
_FIELDS = tuple(field.name for field in fields(Passage))


def template_folder() -> Path:
    """Return the folder of the built-in templates: in the package, or beside it in a source tree."""
    package = Path(__file__).parents[1]
    # Inside comes first: beside an installed package, `prompts` would belong to another one.
    inside = package / "prompts"
    return inside if inside.is_dir() else package.parent / "prompts"


def template_names() -> tuple[str, ...]:
    """Return the names of the built-in templates that ask for an answer, sorted; those of repair are not."""
    names = sorted(path.stem for path in template_folder().glob(f"*{SUFFIX}"))
    return tuple(name for name in names if not name.startswith(_REPAIR_PREFIX))


def repair_template(name: str) -> Path:
    """Return the path of the built-in template `name`, one of those that repair fills in."""
    return template_folder() / f"{name}{SUFFIX}"


def template_source(template: str | Path) -> str:
    """Return the source of `template`, a name or the path of a file. Raises `PromptError` for none."""
    return _path(template).read_text(encoding="utf-8")


def render(
    template: str | Path, query: str, passages: Sequence[Passage], given: Mapping[str, str]
) -> tuple[str, str]:
    """Fill in `template`, a built-in name or the path of a file.

    A template is given `query`, `passages` and the variables in `given`.

    Returns:
        The system message, which is what the template sets as `system`, and the text, which is all else.

    Raises:
        PromptError: there is no such template, or it has a mistake; the message says in which line.
    """
    module = made_module(_path(template), {**given, "query": query, "passages": passages})
    return str(getattr(module, "system", "")).strip(), str(module)


def made_module(path: Path, variables: Mapping[str, Any]) -> "TemplateModule":
    """Return a template that is filled in: as a text, that; its attributes are what it sets.

    Raises:
        PromptError: the template has a mistake; the message says in which line.
    """
    try:
        return _environment(path.parent).get_template(path.name).make_module(dict(variables))
    except Exception as error:  # an expression in it may raise anything: division by zero, a wrong type
        _fail(path, error)


def _path(template: str | Path) -> Path:
    """Return the file of a built-in template, or of one's own if `template` looks like a path."""
    names = template_names()
    if isinstance(template, str):
        if template in names:
            return template_folder() / f"{template}{SUFFIX}"
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
def _environment(folder: Path) -> "Environment":
    """Return an environment for the templates of `folder`, which may include and extend built-in ones."""
    from jinja2 import FileSystemLoader, StrictUndefined  # `import rag` stays light
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=FileSystemLoader([folder, template_folder()]),
        undefined=StrictUndefined,  # a misspelt name is an error, not a gap in the prompt
        autoescape=False,  # a prompt is not HTML; passages are fenced instead
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _fail(path: Path, error: Exception) -> NoReturn:
    raise PromptError(
        f"the prompt template {path.name} cannot be filled in",
        why=f"{_place(error) or path}: {type(error).__name__}: {error}",
        fix=f"correct the template: it has `query` and `passages`, each with {', '.join(_FIELDS)}",
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
