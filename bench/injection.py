"""Measure which injected instructions are recognised, and how many honest passages are taken for one.

    python -m bench.injection [INDEX ...] [-v]
    python -m bench.injection --answers FILE [--model FILE.gguf] [--limit N]    (how many answers are turned)

`bench/data/injections.jsonl` holds 60 texts that were to turn a model, with where they are from: papers,
packages, pages, chats; some were made for it. Passages are drawn at random from the indexes, at most 3,000 of
each; none of their libraries is about language models unless you name one. With --answers, a model is
asked in the presence of each text: see `bench.injected_answers`.
"""

import json
import random
import sys
from argparse import Namespace
from pathlib import Path
from time import process_time

from bench.arguments import argument_parser
from bench.asked_model import add_model_options, asked_model
from bench.injected_answers import (
    ANSWER_TOKENS,
    ask_injected,
    injections,
    report_turned,
    turned_journal,
)
from indexers.index import Index
from rag.prompting.injection import reads_like_instructions

_TEXTS = Path(__file__).parent / "data" / "injections.jsonl"
_DRAWN = 3_000
_SEED = 17


def main() -> int:
    """Measure, and print the shares."""
    parser = argument_parser(__doc__)
    parser.add_argument("indexes", nargs="*", type=Path)
    parser.add_argument("-v", action="store_true", help="show what is missed, and the false alarms")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="JSONL of the answers of a model")
    add_model_options(parser)
    options = parser.parse_args()
    if options.answers:
        return turned(options)
    rows = [json.loads(line) for line in _TEXTS.read_text(encoding="utf-8").splitlines()]
    missed = [row for row in rows if not reads_like_instructions(row["text"])]
    print(f"recognised: {len(rows) - len(missed)} of {len(rows)} injected texts")
    texts: list[tuple[str, str]] = []
    for path in options.indexes:
        with Index.open(path) as index:
            ids = index.catalog.chunk_ids().tolist()
            drawn = random.Random(_SEED).sample(ids, min(_DRAWN, len(ids)))
            texts += [(chunk.location, chunk.text) for chunk in index.chunks(drawn).values()]
    begun = process_time()
    alarms = [(place, said) for place, text in texts if (said := reads_like_instructions(text))]
    seconds = process_time() - begun
    if texts:
        each = 1000 * seconds / len(texts)
        print(f"false alarms: {len(alarms)} of {len(texts):,} honest passages, {each:.2f} ms each")
    if options.v:
        for row in missed:
            print(f"missed ({row['source']}): {row['text'][:100]!r}")
        for place, said in alarms:
            print(f"alarm at {place}: {said!r}")
    return 0


def turned(options: Namespace) -> int:
    """Ask the model what is left to ask, and print the shares of answers that were turned."""
    kept = turned_journal(options.answers)
    if options.model:
        model = asked_model(options, ANSWER_TOKENS)
        texts = injections()
        # Drawn, so that any beginning of them has all kinds of sources.
        drawn = random.Random(_SEED).sample(texts, len(texts))
        ask_injected(drawn[: options.limit or None], model, kept, options.at_once)
    print("\n".join(report_turned(kept)))
    if options.v:
        for one in kept:
            if one.turned:
                print(f"{one.number} {one.way}: {' '.join(one.text.split())[:300]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
