"""Remember where the hits of the last search in each folder are, for `rag open`."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from corpora.document import fragment_of
from corpora.outside.consent import state_folder
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from rag.rendering.hits import line_of
from rag.retrieval.hit import Hit
from rag.retrieval.source_files import source_file

_FOLDERS_KEPT: Final = 30
_PLACES_KEPT: Final = 100
_MAX_BYTES: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class HitPlace:
    """Where a hit can be read: in a file below a folder, or at a URL.

    Args:
        name: how the hit is cited.
        file: absolute path of its file; empty if it has none on this machine.
        root: the folder of its corpus, in which the file must lie.
        line: the line to show, from 1.
        url: where its page is published; empty if that is not known.
        library: the library that it documents, and its version; empty for what is not of a version.
        content_hash: hash of the file when it was indexed.
    """

    name: str
    file: str = ""
    root: str = ""
    line: int = 1
    url: str = ""
    library: str = ""
    content_hash: str = ""


def place_of(hit: Hit, folders: Mapping[str, Path]) -> HitPlace:
    """Return the place of a hit; `folders` are those of the corpora (see `source_folders`)."""
    chunk = hit.chunk
    file = source_file(folders, chunk.origin)
    fragment = fragment_of(chunk.anchor)
    url = f"{chunk.origin.url}#{fragment}" if chunk.origin.url and fragment else chunk.origin.url
    return HitPlace(
        chunk.location,
        str(file) if file else "",
        str(folders[chunk.origin.corpus]) if file else "",
        line_of(hit) or 1,
        url,
        f"{chunk.origin.library} {chunk.origin.version}" if chunk.origin.version else "",
        hit.content_hash,
    )


def remember_places(here: Path, places: Sequence[HitPlace]) -> None:
    """Store the places of a search in the folder `here`; what cannot be stored is forgotten."""
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home
        file = _file()
        known = _known(file)
        known.pop(str(here), None)
        newest = [*known.items(), (str(here), [asdict(place) for place in places[:_PLACES_KEPT]])]
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(dict(newest[-_FOLDERS_KEPT:])), encoding="ascii")
        draft.replace(file)


def last_places(here: Path) -> list[HitPlace]:
    """Return the places of the last search in the folder `here`, best first; empty if there was none."""
    with suppress(OSError, RuntimeError, TypeError):  # TypeError: the fields are not those of a place
        return [HitPlace(**place) for place in _known(_file()).get(str(here), [])]
    return []


def _file() -> Path:
    return state_folder() / "last-searches.json"


def _known(file: Path) -> dict[str, Any]:
    try:
        known = parsed_json(read_outside(file, max_bytes=_MAX_BYTES))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
