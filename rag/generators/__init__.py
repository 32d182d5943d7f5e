"""Generators by name, and the function that opens one."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final

from corpora.errors import GeneratorError
from corpora.registry import Registry
from rag.generators.completion import Generator

__all__ = ["GENERATORS", "GeneratorOptionsError", "generator_names", "open_generator"]

GENERATORS: Final = Registry[Callable[..., Generator]](
    "generator",
    "docprompting.generators",
    {
        "anthropic": "rag.generators.anthropic_api:AnthropicModel",
        "command": "rag.generators.command:Command",
        "echo": "rag.generators.echo:Echo",
        "local": "rag.generators.local:LocalModel",
        "openai": "rag.generators.endpoints.openai_api:OpenAIModel",
    },
)
"""Classes or functions that make a generator, by name."""


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class GeneratorOptionsError(GeneratorError):
    """A generator was opened without an argument that it needs, or with one that it does not know."""

    def __init__(
        self, name: str, missing: Sequence[str], unknown: Sequence[str], known: Sequence[str]
    ) -> None:
        """Describe which arguments of the generator `name` are wrong, and which it knows."""
        lacks = f"it needs {', '.join(missing)}" if missing else ""
        extra = f"it does not know {', '.join(unknown)}" if unknown else ""
        super().__init__(
            f"the generator {name!r} cannot be opened with these options",
            why="; ".join(filter(None, (lacks, extra))),
            fix=f"its options are: {', '.join(known) or 'none'}",
        )
        self.missing, self.unknown, self.known = tuple(missing), tuple(unknown), tuple(known)


def generator_names() -> tuple[str, ...]:
    """Return the names that `open_generator` knows: the built-in ones, then those of installed packages."""
    return GENERATORS.names()


def open_generator(name: str, **options: Any) -> Generator:
    """Open the generator called `name`; `options` are the arguments of its class.

    Raises:
        UnknownName: there is no such generator.
        GeneratorOptionsError: an option is missing or not known.
        MissingExtra: the backend needs a package that is not installed.
    """
    backend = GENERATORS.get(name)
    parameters = inspect.signature(backend).parameters.values()
    known = [one.name for one in parameters if one.kind in _NAMED and not one.name.startswith("_")]
    takes_any = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters)
    missing = [
        one.name
        for one in parameters
        if one.kind in _NAMED and one.default is inspect.Parameter.empty and one.name not in options
    ]
    unknown = [] if takes_any else sorted(options.keys() - set(known))
    if missing or unknown:
        raise GeneratorOptionsError(name, missing, unknown, known)
    return backend(**options)
