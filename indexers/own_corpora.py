"""What an index names, and its user has named too: an index is data, and may name anything.

A corpus in a catalog is read or fetched again only if the user named it for this index, on a command line
or in a program, or has agreed to it since.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from corpora.errors import RagError
from corpora.outside.consent import agree, has_agreed
from corpora.spec import CorpusSpec

Sources = Iterable[CorpusSpec | str | Path]
"""Corpora, or folders, files and addresses of which corpora are made."""

_CORPUS, _ENCODER, _ENGINE = "corpus of an index", "encoder of an index", "engine of an index"
_WRITER: Final = "writer of an engine"
_SHOWN: Final = 3
# Fields of `CorpusSpec` that count only if they are set: what was agreed to before they were added stays so.
_ADDED_SINCE: Final = frozenset({"runtime", "environment", "hashes", "readers"})
_FIX: Final = "rag status shows what it names; if you agree, run: rag status --trust"


def name_corpora(index: Path | None, specs: Iterable[CorpusSpec]) -> None:
    """Remember that the user names these corpora for the index; nothing for None, an index in memory."""
    if index:
        for spec in specs:
            agree(_CORPUS, *_facts(index, spec))


def is_named(index: Path | None, spec: CorpusSpec) -> bool:
    """Return whether the user has named the corpus for this index."""
    return index is None or has_agreed(_CORPUS, *_facts(index, spec))


def check_named(index: Path | None, specs: Iterable[CorpusSpec]) -> None:
    """Raise `RagError` if the index names a corpus that its user has not named."""
    strange = [f"{spec.kind} at {spec.location}" for spec in specs if not is_named(index, spec)]
    if strange:
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        raise RagError(
            f"the corpora of the index at {index} are not read again",
            why=f"the index was not made here, and names {', '.join(strange[:_SHOWN])}{more}",
            fix=f"name what to index: rag index SOURCE; or {_FIX}",
        )


def name_encoder(index: Path | None, encoder: str) -> None:
    """Remember that the user names the encoder for the index."""
    if index:
        agree(_ENCODER, os.path.realpath(index), encoder)


def check_encoder(index: Path | None, encoder: str) -> None:
    """Raise `RagError` if an index that was not made here names files to load as its encoder."""
    model = encoder.rpartition("+")[2]
    place = Path(model.partition(":")[2] if ":" in model else model)
    is_file = model.startswith("table:") or place.exists()
    if index and is_file and not has_agreed(_ENCODER, os.path.realpath(index), encoder):
        raise RagError(
            f"the encoder {encoder!r} of the index at {index} is not loaded",
            why="the index was not made here, and its encoder is a file of this machine",
            fix=_FIX,
        )


def name_engine(index: Path | None, engine: str) -> None:
    """Remember that the user names the engine for the index."""
    if index:
        agree(_ENGINE, os.path.realpath(index), engine)


def name_writer(index: Path | None, engine: str) -> None:
    """Remember that the user writes the tables of the engine, at its address, by this index and no other."""
    if index:
        agree(_WRITER, os.path.realpath(index), engine)


def check_writer(index: Path | None, engine: str) -> None:
    """Raise `RagError` if an index that was not made here would write, or delete, tables at an address.

    Where it was made, they are written too: of two catalogs, each would take from the tables what it lacks.
    """
    if index and ":" in engine and not has_agreed(_WRITER, os.path.realpath(index), engine):
        raise RagError(
            f"the index at {index} is not written",
            why=f"it was not made here, and its tables at {engine.partition(':')[2]} are written there",
            fix="update it where it was made, and unpack it anew; or, if it is written here from now on, say "
            "so by naming its engine, with --engine; or make one here: rag index --rebuild --engine embedded",
        )


def check_engine(index: Path, engine: str) -> None:
    """Raise `RagError` if an index that was not made here names an address to send questions to."""
    if ":" in engine and not has_agreed(_ENGINE, os.path.realpath(index), engine):
        raise RagError(
            f"the engine {engine!r} of the index at {index} is not asked",
            why="the index was not made here, and its engine is at an address",
            fix=_FIX,
        )


def _facts(index: Path, spec: CorpusSpec) -> tuple[str, str]:
    facts = {key: value for key, value in asdict(spec).items() if value or key not in _ADDED_SINCE}
    return os.path.realpath(index), json.dumps(facts, sort_keys=True)


def specs_of(sources: Sources, known: Iterable[CorpusSpec] = ()) -> list[CorpusSpec]:
    """Return the corpora for `sources`; what is no `CorpusSpec` gets a name that no other of `known` has."""
    from corpora.names import told_apart
    from corpora.sources import spec_for

    all_sources = list(sources)
    given = [source for source in all_sources if isinstance(source, CorpusSpec)]
    named = (spec_for(str(source)) for source in all_sources if not isinstance(source, CorpusSpec))
    return [*given, *told_apart(named, [*known, *given], lambda line: None)]
