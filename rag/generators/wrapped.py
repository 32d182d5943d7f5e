"""A generator around another one, which offers exactly what that one does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, cast

from rag.generators.completion import Completion, Generator, Sampling, complete, generator_name
from rag.prompting.prompt import Prompt


@dataclass(eq=False)
class WrappedGenerator:
    """Passes on every method and attribute of another generator; what is derived from it steps in between.

    Whether a generator streams, continues texts or gives several answers is seen by the methods that it has.
    So those of `around` are put into the instance, and only where the other generator has them, too.

    Args:
        generator: the other one.
        sampling: how to generate; by default as the other one does. `dataclasses.replace` sets it for both.

    """

    generator: Generator
    sampling: Sampling | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        own = getattr(self.generator, "sampling", None)
        if isinstance(own, Sampling) and is_dataclass(self.generator) and self.sampling not in (None, own):
            self.generator = cast(Generator, replace(cast(Any, self.generator), sampling=self.sampling))
        else:
            self.sampling = own if isinstance(own, Sampling) else None
        own_names = {one.name for one in fields(self)} | {*dir(type(self))}
        for name, method in (_methods_of(self.generator) | dict(self.around())).items():
            if name not in own_names and callable(getattr(self.generator, name, None)):
                vars(self)[name] = method

    @property
    def name(self) -> str:
        """Return how the completions of the other generator name it."""
        return generator_name(self.generator)

    def around(self) -> Mapping[str, Callable[..., Any]]:
        """Return methods that take the place of those of the other generator, by their names."""
        return {}

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` as the other generator does."""
        return complete(self.generator, prompt)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the other generator, such as its address."""
        if name.startswith("_") or "generator" not in vars(self):
            raise AttributeError(name)
        return getattr(self.generator, name)


def _methods_of(generator: Generator) -> dict[str, Callable[..., Any]]:
    """Return the public methods of a generator, since protocols do not look for attributes as Python does.

    Properties are left alone: to ask for one may take time, or fail.
    """
    kind, own = type(generator), getattr(generator, "__dict__", {})
    found = {name: one for name, one in own.items() if callable(one)}
    found |= {name: getattr(generator, name) for name in dir(kind) if callable(getattr(kind, name, None))}
    return {name: one for name, one in found.items() if not name.startswith("_")}
