"""An evaluation of retrieval as JSON, written and read back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from rag.evaluation.questions.compared import RetrievalComparison
from rag.evaluation.questions.measured import ALL, RetrievalResult
from rag.evaluation.questions.scores import MEASURES, scores_of
from rag.evaluation.typed_record import read_record

_FORMAT: Final = "docprompting retrieval"
_FORMAT_VERSION: Final = 1
_MAX_BYTES: Final = 100_000_000


def retrieval_json(
    result: RetrievalResult,
    compared: RetrievalComparison | None = None,
    *,
    measures: Sequence[str] = MEASURES,
) -> dict[str, Any]:
    """Return an evaluation as JSON values: its scores by kind, its ranks, and what changed since another."""
    kinds = {kind: result.ranks(kind) for kind in (*result.kinds, ALL)}
    return {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "scores": {
            kind: {"questions": len(ranks), **scores_of(ranks, measures)} for kind, ranks in kinds.items()
        },
        "comparison": _comparison(compared) if compared else None,
        "result": asdict(result),
    }


def _comparison(compared: RetrievalComparison) -> dict[str, Any]:
    return {
        "questions": compared.count,
        "only_one": compared.only_one,
        "measures": {
            name: {
                "before": compared.before[name],
                "after": compared.after[name],
                "difference": found.difference.mean,
                "interval": [found.difference.low, found.difference.high],
                "p": found.p,
            }
            for name, found in compared.differences.items()
        },
        "changes": [asdict(change) for change in compared.changes],
    }


@dataclass(frozen=True, slots=True)
class _Saved:
    """The content of a file: only ranks are read, since all else follows from them."""

    format: Literal["docprompting retrieval"]
    format_version: Literal[1]
    result: RetrievalResult
    scores: Any = None
    comparison: Any = None


def read_retrieval(path: Path) -> RetrievalResult:
    """Read the evaluation that a file with the JSON of `retrieval_json` holds.

    Raises:
        RagError: the file cannot be read, or holds something else.
    """
    fix = "name a file made by: rag eval retrieval QUESTIONS --json > FILE"
    try:
        result = read_record(_Saved, parsed_json(read_outside(path, max_bytes=_MAX_BYTES))).result
    except (OSError, ValueError) as error:
        why = reason_of(error)
        raise RagError(f"{path} is not an evaluation of retrieval", why=why, fix=fix) from error
    if result.k < 1 or not result.questions or any(one.rank < 0 for one in result.questions):
        raise RagError(f"{path} is damaged", why="it has no questions or hits, or ranks below 0", fix=fix)
    return result
