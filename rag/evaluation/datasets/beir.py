"""Queries and the documents that answer them, in folders like those of BEIR and CodeRAG-Bench.

Thakur et al. 2021, arXiv 2104.08663; Wang et al. 2024, arXiv 2406.14497.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from corpora.errors import CorpusError
from corpora.outside.files import read_outside
from rag.evaluation.datasets.folder_format import FolderFormat
from rag.evaluation.datasets.records import read_records
from rag.evaluation.task import Task

_MAX_BYTES = 100_000_000  # of judgements


def _files(path: Path) -> list[Path]:
    """Return the files of the data set: corpus, queries, and the relevance judgements that are used."""
    judged = _judgements(path)
    folder = judged.parent.parent
    corpus = [file for file in (folder / "corpus.jsonl", folder / "corpus.jsonl.gz") if file.is_file()]
    return [*corpus[:1], _queries(folder), judged]


def _tasks(path: Path) -> Iterator[Task]:
    """Yield a task for each query with a relevant document (score above 0); there is nothing to run.

    `path` is a file in `qrels/`, or the folder of the data set: then `qrels/test.tsv` is used, or the only
    file in `qrels/`.
    """
    judged = _judgements(path)
    gold = _gold(judged)
    for record in read_records(_queries(judged.parent.parent)):
        if identifiers := gold.pop(record.text("_id"), None):
            yield Task(record.text("_id"), record.text("text"), gold=tuple(identifiers))
    if gold:
        raise CorpusError(
            f"{judged} judges queries that do not exist",
            why=f"queries.jsonl lacks {len(gold)} of them, such as {next(iter(gold))!r}",
            fix="use queries and judgements of the same data set",
        )


def _judgements(path: Path) -> Path:
    if path.suffix == ".tsv":
        return path
    found = sorted((path / "qrels").glob("*.tsv"))
    chosen = [file for file in found if file.name == "test.tsv"] or found
    if len(chosen) == 1:
        return chosen[0]
    raise CorpusError(
        f"it is not clear which relevance judgements of {path} to use",
        why=f"qrels/ holds {', '.join(file.name for file in found) or 'no .tsv file'}",
        fix=f"name one of them: {path / 'qrels' / 'NAME.tsv'}",
    )


def _queries(folder: Path) -> Path:
    plain = folder / "queries.jsonl"
    return plain if plain.is_file() else folder / "queries.jsonl.gz"


def _gold(path: Path) -> dict[str, list[str]]:
    """Return the relevant documents by query; the first line of the file is its header."""
    gold: dict[str, list[str]] = defaultdict(list)
    try:
        lines = read_outside(path, max_bytes=_MAX_BYTES).decode("utf-8").split("\n")[1:]
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read", why=str(error), fix="save it as UTF-8 text") from error
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            query, document, score = line.rstrip("\r").split("\t")
            if float(score) > 0:
                gold[query].append(document)
        except ValueError as error:
            raise CorpusError(
                f"{path}, line {number} is not a judgement",
                why="it is not a query id, a document id and a score, separated by tabs",
                fix="write the judgements in the format of BEIR",
            ) from error
    return gold


load_beir = FolderFormat(_tasks, _files)
