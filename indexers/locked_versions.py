"""The versions that a project locks, as of the last sync: a fact stored beside the documents of an index."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from indexers.index import Index

if TYPE_CHECKING:
    from corpora.dependencies.locked_package import Ecosystem

# In the catalog: JSON, from library to version. Where Python and npm have libraries of one name, the key
# has the ecosystem before it: `npm:redis`.
_KEY: Final = "locked_versions"


def lock_versions(index: Index, versions: Mapping[tuple["Ecosystem", str], str]) -> None:
    """Store the version of each library, which is given by its ecosystem and its name."""
    shared = Counter(library for _, library in versions)
    stored = {
        library if shared[library] == 1 else f"{ecosystem}:{library}": version
        for (ecosystem, library), version in versions.items()
    }
    index.remember(_KEY, json.dumps(stored))


def locked_versions(index: Index) -> dict[str, str]:
    """Return the version of each library, as the last sync stored them.

    The name of a library that both ecosystems have follows `python:` or `npm:`.
    """
    stored = index.catalog.database.meta(_KEY)
    return dict(json.loads(str(stored))) if stored else {}
