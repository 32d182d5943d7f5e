"""What a generator was asked for a run, by the records of the run, however often it was resumed."""

from collections.abc import Iterator
from dataclasses import replace

from rag.evaluation.run.folder import RunFolder
from rag.generators.usage import GeneratorUsage, Prices


def usage_of_run(folder: RunFolder, prices: Prices | None = None) -> GeneratorUsage:
    """Return what the generator was asked for the records in a folder, and what that cost.

    Answers from a cache count as they cost when they were made. What was asked without passages, and for
    tests, was recorded without its tokens.
    """
    total = sum(_used(folder), GeneratorUsage())
    return replace(total, cost=prices.cost(total)) if prices and total.calls else total


def _used(folder: RunFolder) -> Iterator[GeneratorUsage]:
    for sample in folder.samples:
        yield _calls(1, sample.prompt_tokens, sample.completion_tokens)
    for repaired in folder.repairs:
        yield _calls(repaired.turns, repaired.prompt_tokens, repaired.completion_tokens)
    for left_out in folder.ablations:
        yield _calls(left_out.samples, None, None)
    for _ in folder.written_tests:
        yield _calls(1, None, None)


def _calls(count: int, prompt: int | None, completion: int | None) -> GeneratorUsage:
    uncounted = count if prompt is None and completion is None else 0
    return GeneratorUsage(
        count, uncounted=uncounted, prompt_tokens=prompt or 0, completion_tokens=completion or 0
    )
