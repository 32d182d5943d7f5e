"""An evaluation of retrieval as text for a terminal of 80 columns."""

from collections.abc import Iterable, Sequence

from corpora.counted import counted
from rag.evaluation.intervals import share_interval
from rag.evaluation.questions.compared import RankChange, RetrievalComparison
from rag.evaluation.questions.measured import ALL, QuestionRank, RetrievalResult
from rag.evaluation.questions.scores import MEASURES, cutoff_of, measure_named, scores_of
from rag.evaluation.report.lines import aligned, fit
from rag.evaluation.report.numbers_as_text import chance, limits, number, number_format
from rag.evaluation.report.visible import visible_line

_CHANGES_SHOWN = 10


def retrieval_text(
    result: RetrievalResult,
    compared: RetrievalComparison | None = None,
    *,
    measures: Sequence[str] = MEASURES,
    verbose: bool = False,
) -> str:
    """Return the scores of an evaluation by kind, and what changed since another.

    `verbose` adds each question whose answer is not the first hit, with what stood there instead.
    """
    parts = [_scores(result, measures)]
    if compared:
        parts.append(_comparison(compared))
    if verbose:
        parts += _misses(one for one in result.questions if one.rank != 1)
    return "\n\n".join(parts)


def _scores(result: RetrievalResult, measures: Sequence[str]) -> str:
    rows = [["kind", "questions", *measures]]
    for kind in (*(result.kinds if len(result.kinds) > 1 else ()), ALL):
        ranks = result.ranks(kind)
        scores = (f"{score:.3f}" for score in scores_of(ranks, measures).values())
        rows.append([fit(visible_line(kind), 30), str(len(ranks)), *scores])
    lines = [f"{counted(len(result.questions), 'question')}, of each the first {result.k} hits"]
    lines += aligned(rows)
    for name in measures:
        if cutoff_of(name):
            measure = measure_named(name)
            interval = share_interval([measure(rank) for rank in result.ranks()])
            lines.append(f"95 % interval of {name}: {limits(interval, number_format(False, 0.0))}")
    return "\n".join(lines)


def _comparison(compared: RetrievalComparison) -> str:
    lines = [f"{counted(compared.count, 'question')} in both evaluations"]
    if compared.only_one:
        lines.append(f"not compared: {counted(compared.only_one, 'question')} that only one of them asked")
    rows = [["", "before", "after", "difference", "p"]]
    shown = number_format(False, 0.0)
    for name, found in compared.differences.items():
        change = found.difference
        rows.append(
            [
                name,
                number(compared.before[name], shown),
                number(compared.after[name], shown),
                f"{number(change.mean, shown, signed=True)} {limits(change, shown, signed=True)}",
                chance(found.p),
            ]
        )
    gains = [change for change in compared.changes if change.is_gain]
    losses = [change for change in compared.changes if not change.is_gain]
    return "\n".join([*lines, *aligned(rows), *_changes("gained", gains), *_changes("lost", losses)])


def _changes(name: str, changes: Sequence[RankChange]) -> Iterable[str]:
    yield f"{name}: {counted(len(changes), 'question')}"
    for change in changes[:_CHANGES_SHOWN]:
        ranks = f"{change.before or '-':>4} -> {change.after or '-':>4}"
        yield f"  {ranks}  {fit(visible_line(change.question), 62)}"
    if len(changes) > _CHANGES_SHOWN:
        yield f"  and {len(changes) - _CHANGES_SHOWN} more"


def _misses(missed: Iterable[QuestionRank]) -> Iterable[str]:
    for one in missed:
        kind = f"{visible_line(one.kind)}: " if one.kind else ""
        answer = f"  rank {one.rank or '-'}; first: {visible_line(one.first) or 'nothing'}"
        yield f"{fit(kind + visible_line(one.question))}\n{fit(answer)}"
