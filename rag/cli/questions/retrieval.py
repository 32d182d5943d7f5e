"""`rag eval retrieval`: ask an index questions whose answers are known."""

import argparse
from pathlib import Path

from corpora.counted import counted
from indexers.index import Index
from rag.cli.options import add_common_options, add_search_settings, pair, probability
from rag.cli.search import cut_searches_noted, search_options_of
from rag.cli.terminal import note, show
from rag.evaluation.questions import (
    compare_retrieval,
    evaluate_retrieval,
    missing_files,
    read_questions,
    read_retrieval,
    retrieval_json,
    retrieval_text,
)
from rag.evaluation.questions.measured import DEFAULT_HITS
from rag.evaluation.questions.scores import MEASURES, cutoff_of, scores_of
from rag.projects.index_targets import find_index
from rag.prompting.fence import safe_line
from rag.rendering.json_text import json_text


def add_retrieval_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag eval retrieval`."""
    command.description = (
        "Ask an index questions whose answers are known, and report how often the first hit, or one of the "
        "first five, is right. Exits with 1 if a score is below its minimum."
    )
    add_common_options(command)
    command.add_argument(
        "questions",
        type=Path,
        metavar="QUESTIONS",
        help='JSON lines like {"question": "...", "gold": ["src/app.py:10-24"], "kind": "..."}; '
        "gold is a path, lines of it, or the name of a definition",
    )
    command.add_argument(
        "--min",
        action="append",
        default=[],
        type=_minimum,
        metavar="MEASURE=SHARE",
        help="lowest score that is accepted, such as hit@5=0.9 or MRR=0.7; may be repeated",
    )
    command.add_argument(
        "--against",
        type=Path,
        metavar="FILE",
        help="output of an earlier run with --json, compared question by question",
    )
    command.add_argument(
        "-v", "--verbose", action="store_true", help="show each question whose answer is not the first hit"
    )
    add_search_settings(command, k=DEFAULT_HITS)
    command.set_defaults(run=run_retrieval)


def _minimum(text: str) -> tuple[str, float]:
    """Parse a measure and the lowest score that is accepted: `hit@5=0.9`."""
    name, _, value = pair(text).partition("=")
    if not (cutoff_of(name) or name.upper() == "MRR"):
        raise argparse.ArgumentTypeError(f"{name!r} is not a measure such as hit@1, hit@5 or MRR")
    return name.lower().replace("mrr", "MRR"), probability(value)


def run_retrieval(options: argparse.Namespace) -> int:
    """Run `rag eval retrieval`; returns 1 if a score is below its minimum."""
    questions = read_questions(options.questions)
    before = read_retrieval(options.against) if options.against else None
    measures = list(dict.fromkeys([*MEASURES, *(name for name, _ in options.min)]))
    k = max(options.k, *(cutoff_of(name) for name in measures))
    with Index.open(find_index(options.index)) as index:
        with cut_searches_noted():
            result = evaluate_retrieval(index, questions, search_options_of(options, index), k=k)
        lacking = list(missing_files(index, questions))
    compared = compare_retrieval(before, result, measures) if before else None
    if options.json:
        show(json_text(retrieval_json(result, compared, measures=measures)), json=True)
    else:
        show(retrieval_text(result, compared, measures=measures, verbose=options.verbose))
    if lacking:
        count, first = counted(len(lacking), "question"), safe_line(lacking[0].text)[:60]
        note(f"warning: no search can answer {count}: the index lacks all files of the gold; first: {first}")
    scores = scores_of(result.ranks(), measures)
    failed = [(name, least) for name, least in options.min if scores[name] < least]
    for name, least in failed:
        note(f"{name} is {scores[name]:.3f}, below the minimum of {least:g}")
    return 1 if failed else 0
