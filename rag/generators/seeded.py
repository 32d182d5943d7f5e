"""Generators with another seed, for several answers to one prompt."""

from dataclasses import is_dataclass, replace
from typing import cast

from rag.generators.completion import Generator, Sampling


def with_seed(generator: Generator, seed: int, *, log_likelihood: bool = False) -> Generator:
    """Return a generator with another seed; as it is where it has no `Sampling`.

    Args:
        generator: any one.
        seed: of its answers.
        log_likelihood: whether to ask for the probabilities of tokens, too.
    """
    sampling = getattr(generator, "sampling", None)
    if not is_dataclass(generator) or not isinstance(sampling, Sampling):
        return generator
    likely = sampling.log_likelihood or log_likelihood
    asked = replace(sampling, seed=seed, log_likelihood=likely)
    return cast(Generator, replace(generator, sampling=asked))
