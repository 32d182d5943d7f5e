"""How families of models were trained to read code with a gap, as templates in `prompts/infill`.

A template is given `prefix` and `suffix`, `path` of the file, `repository`, and `files`, each with `path`,
`text` and `commented`; without metadata, names and paths are empty. It sets `models`, beginnings of the names
of its models, and `stop`, the texts that end what a model writes into the gap.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from corpora.errors import PromptError, UnknownName
from rag.prompting.template import check_template, made_module
from rag.prompting.template_files import TemplateFile, infill_templates

PLAIN: Final = "plain"
"""The format for models that only continue text; it lists no models."""

_FIELDS: Final = frozenset({"prefix", "suffix", "path", "repository", "files"})
_SEPARATORS: Final = re.compile(r"[\s_:/]+")


@dataclass(frozen=True, slots=True)
class InfillFormat:
    """How a family of models reads code with a gap.

    Attributes:
        name: of the family, and of its template.
        models: beginnings of the names of its models, in lower case.
        stop: texts that end what a model writes.
        path: of its template.
    """

    name: str
    models: tuple[str, ...]
    stop: tuple[str, ...]
    path: Path

    def rendered(self, fields: Mapping[str, Any]) -> str:
        """Return the prompt for these fields; see the module."""
        return str(made_module(self.path, fields))


def infill_formats() -> tuple[InfillFormat, ...]:
    """Return the formats of all families, by name; see `known_templates`.

    Raises:
        PromptError: a template has a mistake.
    """
    files = sorted(infill_templates().items())
    return tuple(_loaded(name, one, one.path.stat().st_mtime_ns) for name, one in files)


@lru_cache(maxsize=128)
def _loaded(name: str, file: TemplateFile, changed_ns: int) -> InfillFormat:
    """Return the format that a template describes, in the state that it has since a time."""
    check_template(file)
    empty: dict[str, Any] = dict.fromkeys(_FIELDS, "") | {"files": ()}
    module = made_module(file.path, empty)
    return InfillFormat(name, _texts(module, "models"), _texts(module, "stop"), file.path)


def infill_format(name: str) -> InfillFormat:
    """Return the format of a family, or of a model, by its name.

    Of all beginnings of a model's name that a family lists, the longest counts: `starcoder2-3b` is no
    `starcoder`.

    Raises:
        PromptError: no family has this name, or one like it.
    """
    asked = _SEPARATORS.sub("-", name.strip().lower())
    best: tuple[int, InfillFormat] | None = None
    for one in infill_formats():
        if asked == one.name:
            return one
        for model in one.models:
            if _is_of(asked, model) and (best is None or len(model) > best[0]):
                best = len(model), one
    if best is not None:
        return best[1]
    unknown = UnknownName("infill format", name, [one.name for one in infill_formats()])
    raise PromptError(unknown.what, why=unknown.why, fix=unknown.fix)


def _is_of(name: str, model: str) -> bool:
    """Return whether a model's name, perhaps below that of who made it, begins with that of a family."""
    begin = name.find(model)
    return (
        begin >= 0
        and (begin == 0 or name[begin - 1] in "-.")
        and not name[begin + len(model) :][:1].isdigit()
    )


def _texts(module: Any, name: str) -> tuple[str, ...]:
    found = getattr(module, name, None)
    if (
        isinstance(found, Sequence)
        and not isinstance(found, str)
        and all(isinstance(one, str) for one in found)
    ):
        return tuple(found)
    raise PromptError(
        f"an infill template does not say its {name}",
        why=f"it sets no list of texts called {name!r}",
        fix=f'write {{% set {name} = ["..."] %}} into it',
    )
