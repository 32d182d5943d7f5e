"""How fast answers are kept and found again, with many answers in the folder.

python -m bench.answer_cache FOLDER [--answers N]
python -m bench.answer_cache FOLDER --found      (in another process, which has seen none of them)
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter

from rag import Completion, Prompt, Sampling, make_prompt
from rag.generators.answer_cache.answer_store import AnswerStore
from rag.generators.answer_cache.cached import CachedGenerator
from rag.generators.completion import with_seed
from rag.generators.extraction.extract_code import extract_code

ROUNDS = 300


@dataclass(frozen=True)
class Ready:
    """A generator that has its answer: some 2.6 KB of code, another one for each seed."""

    sampling: Sampling = Sampling()  # noqa: RUF009  frozen, so it may be shared
    cache_key: dict[str, str] = field(default_factory=lambda: {"model": "ready"})

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer at once."""
        lines = "".join(f"def f{n}(x):\n    return x + {self.sampling.seed}\n" for n in range(75))
        text = f"```python\n{lines}```"
        return Completion(text, extract_code(text), "ready", 900, 700)


def timed(call: Callable[[int], object]) -> float:
    """Return the median of the milliseconds that a call takes."""
    times = []
    for number in range(ROUNDS):
        begun = perf_counter()
        call(number)
        times.append((perf_counter() - begun) * 1000)
    return median(times)


def main() -> None:
    """Fill a new folder, and print how long each step takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answers", type=int, default=50_000, help="in the folder beforehand")
    parser.add_argument("--found", action="store_true", help="only find again what the folder has")
    options = parser.parse_args()
    prompt = make_prompt("sort " * 800, [], max_tokens=4096)
    cached = CachedGenerator(Ready(), options.folder, max_bytes=10**10)
    if options.found:
        print(f"found: {timed(lambda number: with_seed(cached, number)(prompt)):.2f} ms")
        assert cached.tally.found == ROUNDS, cached.tally
        return
    store = AnswerStore(options.folder, max_bytes=10**10)
    for number in range(options.answers):
        key = sha256(str(number).encode()).hexdigest()
        place = options.folder / key[:2] / f"{key}.answers"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x" * 2_600)
    print(f"asked and kept: {timed(lambda number: with_seed(cached, number)(prompt)):.2f} ms")
    begun = perf_counter()
    store.prune()
    print(f"all looked through ({options.answers + ROUNDS:,}): {perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
