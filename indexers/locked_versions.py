"""The versions that a project locks, as of the last sync: a fact stored beside the documents of an index."""

import json
from collections.abc import Mapping
from typing import Final

from indexers.index import Index

_KEY: Final = "locked_versions"  # in the catalog: JSON, from library to version


def lock_versions(index: Index, versions: Mapping[str, str]) -> None:
    """Store the version of each library."""
    index.remember(_KEY, json.dumps(dict(versions)))


def locked_versions(index: Index) -> dict[str, str]:
    """Return the version of each library, as the last sync stored them."""
    stored = index.remembered(_KEY)
    return dict(json.loads(str(stored))) if stored else {}
