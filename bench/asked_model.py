"""Which model a bench asks: one in a file, in this process or behind a server that runs it, at temperature 0.

A server built for the processor at hand may be several times faster, and answers several requests at a time:

    llama-server -m FILE.gguf --port 8080 -np 4 -c 16384
    python -m bench.NAME ... --model FILE.gguf --url http://127.0.0.1:8080/v1 --at-once 4
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from rag.generators.completion import Sampling
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.generators.local import CONTINUING_PENALTY, REPEAT_PENALTY, LocalModel

ANSWER_TOKENS: Final = 300

_Item = TypeVar("_Item")


def add_model_options(parser: ArgumentParser) -> None:
    """Add the options that say which model is asked, and how much."""
    parser.add_argument("--model", type=Path, help="GGUF file; without it, only what was kept is reported")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="ask only about the first N")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads of the model")
    parser.add_argument("--url", default="", help="API of a llama.cpp server that runs the same file")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="requests at a time to it")


def asked_model(
    options: Namespace, max_tokens: int = ANSWER_TOKENS, *, continues: bool = False
) -> LocalModel | OpenAIModel:
    """Return the model that was named, at temperature 0.

    Args:
        options: see `add_model_options`.
        max_tokens: the most tokens of an answer.
        continues: whether it continues texts, rather than answering requests.
    """
    sampling = Sampling(temperature=0.0, max_tokens=max_tokens)
    if options.url:
        # What a local model asks of llama.cpp in this process.
        penalty = CONTINUING_PENALTY if continues else REPEAT_PENALTY
        extra = {"repeat_penalty": penalty, "cache_prompt": False}
        return OpenAIModel(
            options.model.stem, options.url, sampling, 600.0, extra=extra, max_concurrency=options.at_once
        )
    if options.threads:
        # The local model leaves one core to others, and has no option for that: see `rag.generators.local`.
        os.cpu_count = lambda: options.threads + 1
    return LocalModel(options.model, sampling)


def each_at_once(items: Iterable[_Item], work: Callable[[_Item], None], at_once: int) -> None:
    """Do a work on each item, on so many at a time; the first error ends it when those begun are done."""
    with ThreadPoolExecutor(at_once) as threads:
        running = [threads.submit(work, item) for item in items]
        try:
            for one in running:
                one.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
