"""Measure the error of the estimate of tokens against real tokenizers, by kind of text.

    python -m bench.token_estimate TEXTS --tokenizer tokenizers:FILE --tokenizer tiktoken:NAME ...

TEXTS holds a folder for each kind of text. Half of the files, by a hash of their names, is what the numbers
of `rag.tokens.estimate` were fitted to; the figures are of the other half (`--fitted`: of the first).
"""

import hashlib
from pathlib import Path

import numpy as np

from bench.arguments import argument_parser
from rag.tokens.estimate import estimate_tokens
from rag.tokens.open_counter import open_token_counter


def is_held_out(path: Path) -> bool:
    """Return whether nothing was fitted to a file."""
    named = f"texts/{path.parent.name}/{path.name}"
    return int(hashlib.md5(named.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("texts", type=Path, help="folder with a folder of texts for each kind")
    parser.add_argument("--tokenizer", action="append", required=True, help="real tokenizer, by its name")
    parser.add_argument("--fitted", action="store_true", help="the half that the numbers were fitted to")
    options = parser.parse_args()
    files = [path for path in sorted(options.texts.glob("*/*")) if is_held_out(path) != options.fitted]
    texts = [path.read_text(encoding="utf-8") for path in files]
    estimated = np.array([estimate_tokens(text) for text in texts])
    kinds = np.array([path.parent.name for path in files])
    print("estimate / true count: median [5 %, 95 %], share at or above 1")
    every = []
    for name in options.tokenizer:
        counter = open_token_counter(name)
        ratio = estimated / np.array([counter(text) for text in texts])
        every.append(ratio)
        print(name.rpartition("/")[2])
        for kind in sorted(set(kinds)):
            _row(kind, ratio[kinds == kind])
        _row("all", ratio)
    _row("all of all", np.concatenate(every))


def _row(kind: str, ratio: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    low, middle, high = np.quantile(ratio, [0.05, 0.5, 0.95])
    print(
        f"  {kind:14} {len(ratio):5}  {middle:.2f} [{low:.2f}, {high:.2f}]  {np.mean(ratio >= 1):.0%}",
        flush=True,
    )


if __name__ == "__main__":
    main()
