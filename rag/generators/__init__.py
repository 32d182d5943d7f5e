"""The generators by name, and the function that opens one."""

import inspect
from collections.abc import Callable
from typing import Any, Final

from corpora.errors import GeneratorError
from corpora.registry import Registry
from rag.generators.completion import Generator

__all__ = ["GENERATORS", "generator_names", "open_generator"]

GENERATORS: Final = Registry[Callable[..., Generator]](
    "generator",
    "docprompting.generators",
    {
        "command": "rag.generators.command:Command",
        "echo": "rag.generators.echo:Echo",
        "local": "rag.generators.local:LocalModel",
        "openai": "rag.generators.openai_api:OpenAIChat",
    },
)
"""Classes or functions that make a generator, by name."""


def generator_names() -> tuple[str, ...]:
    """Return the names that `open_generator` knows: the built-in ones, then those of installed packages."""
    return GENERATORS.names()


def open_generator(name: str, **options: Any) -> Generator:
    """Open the generator called `name`; `options` are the arguments of its class.

    Raises:
        UnknownName: there is no such generator.
        GeneratorError: an option is missing or not known.
        MissingExtra: the generator needs a package that is not installed.
    """
    backend = GENERATORS.get(name)
    signature = inspect.signature(backend)
    try:
        signature.bind(**options)
    except TypeError as error:
        raise GeneratorError(
            f"the generator {name!r} cannot be opened with these options",
            why=str(error),
            fix=f"its options are: {', '.join(_public(signature)) or 'none'}",
        ) from error
    return backend(**options)


def _public(signature: inspect.Signature) -> list[str]:
    return [name for name in signature.parameters if not name.startswith("_")]
