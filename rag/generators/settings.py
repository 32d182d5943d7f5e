"""What a user says of a generator, by an option, a variable or a `rag.toml`, and how it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpora.errors import GeneratorError
from rag.generators import GeneratorOptionsError, open_generator
from rag.generators.answer_cache.answer_key import why_not_kept
from rag.generators.answer_cache.cached import CachedGenerator
from rag.generators.completion import DEFAULT_SAMPLING, Generator, Sampling
from rag.generators.named import GeneratorName
from rag.generators.usage import MeteredGenerator, Prices

DEFAULT_GENERATOR = "local"


@dataclass(frozen=True, slots=True)
class GeneratorSettings:
    """A generator that was asked for, and how.

    Args:
        name: `NAME` or `NAME:MODEL`; see `open_generator`.
        base_url: address of its server; empty for the default.
        timeout_seconds: how long it may take; None for the default.
        max_concurrency: how many requests it may be sent at a time, likewise.
        sampling: how to generate.
        prices: what its tokens cost; None where that is not known.
        cache: whether answers are kept on disk.
        origin: where the name was given, for errors.
        options: further arguments of its class, in plain values.
    """

    name: str = DEFAULT_GENERATOR
    base_url: str = ""
    timeout_seconds: float | None = None
    max_concurrency: int | None = None
    sampling: Sampling = DEFAULT_SAMPLING
    prices: Prices | None = None
    cache: bool = False
    origin: str = "--generator"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def described(self) -> dict[str, Any]:
        """What decides its answers, in plain values, for a record of a run."""
        return {
            "name": self.name,
            **({"base_url": self.base_url} if self.base_url else {}),
            **({"options": dict(self.options)} if self.options else {}),
            "temperature": self.sampling.temperature,
            "max_output_tokens": self.sampling.max_tokens,
            **({"cache": True} if self.cache else {}),
        }

    def open(self) -> MeteredGenerator:
        """Open it, so that what it is asked is counted.

        Raises:
            GeneratorError: it lacks its model, or does not take an option; in the words of the command line.
            RagError: what `open_generator` raises.
        """
        options = {
            "base_url": self.base_url,
            "timeout_seconds": self.timeout_seconds,
            "max_concurrency": self.max_concurrency,
        }
        given = {**self.options, **{name: one for name, one in options.items() if one not in ("", None)}}
        given.pop("sampling", None)  # which is made of values of its own
        try:
            generator = open_generator(self.name, sampling=self.sampling, **given)
        except GeneratorOptionsError as error:
            raise self._in_words(error) from error
        return MeteredGenerator(generator, self.prices)

    def _in_words(self, error: GeneratorOptionsError) -> GeneratorError:
        name = GeneratorName.parse(self.name).name
        unknown = [_as_written(one, self.origin) for one in error.unknown]
        if unknown and not error.missing:
            return GeneratorError(
                f"the generator {name} does not take {', '.join(unknown)}",
                why=f"it is named by {self.origin}, and only some generators have a server or a limit",
                fix=f"leave out {', '.join(unknown)}, or choose another generator",
            )
        if len(error.missing) == 1 and f":{error.missing[0].upper()}" in error.fix:
            what = error.missing[0]
            return GeneratorError(
                f"the generator {name} needs a {what}",
                why=f"{self.origin} names {name} alone, and it is no {what} by itself",
                fix=f"write it after a colon, {name}:{what.upper()}",
            )
        return error


def with_cache(generator: Generator, folder: Path) -> tuple[Generator, str]:
    """Return a generator that keeps its answers in a folder; or, if they cannot be kept, itself and why."""
    if why := why_not_kept(generator):
        return generator, why
    return CachedGenerator(generator, folder), ""


def _as_written(option: str, origin: str) -> str:
    return f"{option} in [generator]" if origin.endswith(".toml") else f"--{option.replace('_', '-')}"
