"""The generators that come with the toolkit, and the function that opens one by name."""

import inspect
from importlib import import_module
from typing import Any, cast

from corpora.errors import GeneratorError, UnknownName
from rag.generators.completion import Generator

__all__ = ["BACKENDS", "generator_names", "open_generator"]

BACKENDS = {
    "command": "rag.generators.command:Command",
    "echo": "rag.generators.echo:Echo",
    "local": "rag.generators.local:LocalModel",
    "openai": "rag.generators.openai_api:OpenAIChat",
}

ENTRY_POINTS = "docprompting.generators"  # where other packages add theirs


def generator_names() -> tuple[str, ...]:
    """Names that `open_generator` knows, sorted: the built-in ones and those of installed packages."""
    from importlib.metadata import entry_points

    return tuple(sorted({*BACKENDS, *entry_points(group=ENTRY_POINTS).names}))


def open_generator(name: str, **options: Any) -> Generator:
    """Open the generator called `name`; `options` are the arguments of its class.

    Raises `UnknownName` for a name that there is not, `GeneratorError` for an option that is
    missing or not known, `MissingExtra` where the backend needs a package that is not installed.
    """
    backend = _backend(name)
    signature = inspect.signature(backend)
    try:
        signature.bind(**options)
    except TypeError as error:
        raise GeneratorError(
            f"the generator {name!r} cannot be opened with these options",
            why=str(error),
            fix=f"its options are: {', '.join(_public(signature)) or 'none'}",
        ) from error
    return cast(Generator, backend(**options))


def _public(signature: inspect.Signature) -> list[str]:
    return [name for name in signature.parameters if not name.startswith("_")]


def _backend(name: str) -> Any:
    """Import what makes the generator; nothing is imported for the others."""
    if name in BACKENDS:
        module, _, attribute = BACKENDS[name].partition(":")
        return getattr(import_module(module), attribute)
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=ENTRY_POINTS, name=name):
        return entry_point.load()
    raise UnknownName("generator", name, generator_names())
