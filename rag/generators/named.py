"""Names of generators as users write them, `NAME:MODEL`, and any callable that is named so."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Self

from corpora.errors import GeneratorError, GeneratorUnavailable
from rag.generators.completion import DEFAULT_SAMPLING, Generator, Sampling

_NAMED: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_FIX: Final = "write call:package.module:function, with a module that is installed or on PYTHONPATH"


@dataclass(frozen=True, slots=True)
class GeneratorName:
    r"""The name of a generator, and the model after its first colon; models may hold further ones.

    >>> GeneratorName.parse("openai:qwen2.5-coder:7b")
    GeneratorName(name='openai', model='qwen2.5-coder:7b')
    >>> GeneratorName.parse("local:C:\\models\\small.gguf").model
    'C:\\models\\small.gguf'
    """

    name: str
    model: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Divide `NAME:MODEL` at its first colon."""
        name, _, model = text.partition(":")
        return cls(name.strip(), model.strip())


@dataclass(frozen=True, slots=True)
class MakerArguments:
    """The arguments that a class or function takes which makes a generator.

    Attributes:
        known: those with names.
        needed: those of them without a default.
        takes_any: whether it takes any others, too.
    """

    known: tuple[str, ...]
    needed: tuple[str, ...]
    takes_any: bool = False

    @classmethod
    def of(cls, maker: Callable[..., object]) -> Self:
        """Return those of a maker; one without a signature that can be read takes none."""
        try:
            parameters = inspect.signature(maker).parameters.values()
        except (TypeError, ValueError):
            return cls((), ())
        named = [one for one in parameters if one.kind in _NAMED and not one.name.startswith("_")]
        return cls(
            tuple(one.name for one in named),
            tuple(one.name for one in named if one.default is inspect.Parameter.empty),
            any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters),
        )

    @property
    def model(self) -> str:
        """The one that what stands after the colon is given as; empty if the generator has no models.

        It is called `model`, or is the first one, such as `command`.
        """
        if "model" not in self.known and self.known and self.known[0] != "sampling":
            return self.known[0]
        return "model" if "model" in self.known or self.takes_any else ""


def open_called(function: str, sampling: Sampling = DEFAULT_SAMPLING) -> Generator:
    """Return any callable of a module, named as `package.module:function`; a class is made first.

    Its module is imported, which runs it: the name has to come from the user, never from a file that may be
    a stranger's.

    Raises:
        GeneratorUnavailable: there is no such module, no such name in it, or it cannot be called.
    """
    module, _, path = function.partition(":")
    found = _found(function, module, path)
    if not isinstance(found, type):
        return _callable(function, found)
    arguments = MakerArguments.of(found)
    given = {"sampling": sampling} if "sampling" in arguments.known else {}
    if missing := [name for name in arguments.needed if name not in given]:
        raise GeneratorError(
            f"the class {function} cannot be made",
            why=f"it needs {', '.join(missing)}",
            fix="name a function that makes one and calls it, or register the class as an entry point",
        )
    return _callable(function, found(**given))


def _found(function: str, module: str, path: str) -> Any:
    if not (path and all(part.isidentifier() for part in f"{module}.{path}".split("."))):
        raise GeneratorUnavailable(
            f"{function!r} names no callable", why="it is not like package.module:function", fix=_FIX
        )
    try:
        found: Any = import_module(module)
    except Exception as error:  # whatever a module raises when it is imported
        raise GeneratorUnavailable(
            f"the module {module} cannot be imported", why=f"{type(error).__name__}: {error}", fix=_FIX
        ) from error
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise GeneratorUnavailable(
                f"there is no {path} in the module {module}", why=str(error), fix=_FIX
            ) from error
    return found


def _callable(function: str, found: Any) -> Generator:
    if not callable(found):
        raise GeneratorUnavailable(
            f"{function} cannot be called", why=f"it is of the type {type(found).__name__}", fix=_FIX
        )
    generator: Generator = found
    return generator
