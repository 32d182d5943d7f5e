"""Measure what of the hits gets into a prompt: passages, gold pages, and how much of them is shown.

    RAG_BENCH_DATA=../shared/data python -m bench.prompt_packing --index INDEX
        [--tokenizer NAME] [--set ds1000-dev] [--k 4 8] [--max-tokens 900 2000]

INDEX is that of `bench.docs_retrieval` (`--keep FOLDER` leaves it there). Questions without a gold page are
skipped, as are those of more than 1,200 characters. "Found" is the share of questions of which a gold page is
among the hits, "shown" of which one is in the prompt: no packing can do better than found. "Of it" is the
share of the lines of the best gold hit that are in the prompt, over the questions that have one; "first" is
that of the first hit.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from time import perf_counter

from bench.arguments import argument_parser
from bench.data import bench_data
from bench.docs_retrieval import hit_id, questions
from indexers.index import Index
from rag.prompting.fence import clean, defuse
from rag.prompting.prompt import make_prompt
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.tokens.open_counter import open_token_counter

_MAX_QUERY_CHARS = 1_200  # a question that takes half of the budget says little about the rest


def share_shown(hit: Hit, text: str) -> float:
    """Return the share of the lines of a hit that stand in a text."""
    shown = set(text.split("\n"))
    lines = [line for line in defuse(clean(hit.chunk.text)).split("\n") if line.strip()]
    return sum(line in shown for line in lines) / max(1, len(lines))


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--index", type=Path, required=True, help="index of the documentation pages")
    parser.add_argument("--tokenizer", default="estimate", help="what counts tokens; default: the estimate")
    parser.add_argument("--set", default="odex-dev", help="questions: odex-dev or ds1000-dev")
    parser.add_argument("--k", type=int, nargs="+", default=[4, 8])
    parser.add_argument("--max-tokens", type=int, nargs="+", default=[900, 2000])
    options = parser.parse_args()
    path = bench_data() / "docs" / f"{options.set}.jsonl"
    asked = [(query, gold) for query, gold in questions(path) if len(query) <= _MAX_QUERY_CHARS]
    counter = open_token_counter(options.tokenizer)
    with Index.open(options.index) as index:
        found = [(query, gold, retrieve(index, query, max(options.k))) for query, gold in asked]
    print(f"{len(found)} questions of {options.set}, tokens by {options.tokenizer}")
    print("k  budget   passages  tokens   found  shown   of it   first   a prompt")
    for k in options.k:
        for budget in options.max_tokens:
            _row([(query, gold, hits[:k]) for query, gold, hits in found], k, budget, counter)


def _row(asked: Sequence[tuple[str, list[str], list[Hit]]], k: int, budget: int, counter) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    start = perf_counter()
    prompts = [make_prompt(query, hits, max_tokens=budget, count_tokens=counter) for query, _, hits in asked]
    seconds = (perf_counter() - start) / len(asked)
    shown, found, whole, first = [], [], [], []
    for (_, gold, hits), prompt in zip(asked, prompts, strict=True):
        assert prompt.tokens <= budget
        right = [hit for hit in hits if hit_id(hit) in gold]
        found.append(bool(right))
        shown.append(any(hit_id(hit) in gold for hit in prompt.hits))
        if right:
            whole.append(max(share_shown(hit, prompt.text) for hit in right))
        first.append(share_shown(hits[0], prompt.text) if hits else 0.0)
    passages = mean(len(prompt.hits) for prompt in prompts)
    tokens = mean(prompt.tokens for prompt in prompts)
    print(
        f"{k}  {budget:6}   {passages:8.2f}  {tokens:6.0f}   {mean(found):.3f}  {mean(shown):.3f}  "
        f"{mean(whole):.3f}   {mean(first):.3f}   {seconds * 1000:.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
