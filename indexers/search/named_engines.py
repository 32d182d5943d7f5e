"""Look up, by name, what holds and searches an index: `embedded`, `lance`, `lance:ADDRESS`, or another.

A package adds one by an entry point in the group `docprompting.engines`: a callable that is given the layout
of the index and the text behind the colon, and returns `Engines`.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from corpora.errors import RagError
from corpora.registry import Registry
from indexers.layout import Layout
from indexers.search.engines import DiskEngines, Engines, OpenEngines

EMBEDDED: Final = "embedded"
"""The name of tantivy and FAISS in the folder of the index, which are used unless others are named."""

# No user, password, query or fragment: credentials come from the environment.
_ADDRESS: Final = re.compile(r"(?:s3|gs|az|abfss)://[\w.-]+(?:@[\w.-]+)?(?:/[\w.=-]+)*/?", re.ASCII)


def engines_named(name: str) -> OpenEngines:
    """Return what opens the engines called `name`; the empty name is `embedded`.

    Raises:
        UnknownName: there are none.
        RagError: the package that adds them fails.
    """
    kind, _, address = (name or EMBEDDED).partition(":")
    return partial(_open, ENGINES.get(kind), address)


def _open(make: "Callable[[Layout, str], Engines]", address: str, layout: Layout) -> Engines:
    return make(layout, address)


def _embedded(layout: Layout, address: str) -> Engines:
    if address:
        raise RagError(
            f"the engine embedded:{address} is not known",
            why="tantivy and FAISS are in the folder of the index, and have no address",
            fix="leave it out: --engine embedded",
        )
    return DiskEngines(layout)


def _lance(layout: Layout, address: str) -> Engines:
    if address and not _ADDRESS.fullmatch(address):
        raise RagError(
            f"the engine lance:{address} is not known",
            why="its address is not that of a folder in an object store",
            fix="write lance, for tables in the folder of the index, or lance:s3://BUCKET/FOLDER (also gs, "
            "az, abfss), and give credentials in the environment",
        )
    from indexers.search.lance.engines import LanceEngines  # loads what few have

    return LanceEngines(layout, address)


ENGINES: Final = Registry[Callable[[Layout, str], Engines]](
    "engine", "docprompting.engines", {EMBEDDED: _embedded, "lance": _lance}
)
"""All engines by name."""
