"""The compiler of TypeScript for tests: that in the developer's cache, since tests fetch nothing."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from corpora.network.cache import cache_folder
from rag.checking.typescript.compiler import TYPESCRIPT_VERSION, kept_compiler


def _is_there() -> bool:
    """Link the developer's copy into the cache of the tests, and return whether it can be used."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(caches, "docprompting", "typescript", TYPESCRIPT_VERSION)
    link = cache_folder("typescript") / TYPESCRIPT_VERSION
    if folder.is_dir() and not link.exists():
        with suppress(FileExistsError):  # another worker was first
            link.symlink_to(folder)
    return kept_compiler() is not None


needs_compiler = pytest.mark.skipif(
    not _is_there(), reason="needs node, and TypeScript in the cache: run rag check on a file of TypeScript"
)
