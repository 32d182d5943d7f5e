"""`rag pack` and `rag unpack`: carry an index to another machine, or to another folder."""

import argparse
from pathlib import Path

from indexers.index import Index
from indexers.portable import pack_index, unpack_index
from rag.cli.options import add_common_options
from rag.cli.rendering import results
from rag.cli.terminal import show
from rag.projects.index_targets import find_index, new_index


def add_pack_options(options: argparse.ArgumentParser) -> None:
    """Add the options of `rag pack`."""
    add_common_options(options)
    options.description = (
        "Write an index into one file, to be copied anywhere: built once, say in CI, it is unpacked by many. "
        "With an engine in an object store, the file holds the catalog, and the tables stay where they are."
    )
    options.add_argument("file", type=Path, metavar="FILE", help="file to write, a .tar.gz")
    options.set_defaults(run=run_pack)


def add_unpack_options(options: argparse.ArgumentParser) -> None:
    """Add the options of `rag unpack`."""
    add_common_options(options)
    options.description = (
        "Make an index of a file that 'rag pack' has written, or of the folder of another index, such as "
        "that of another worktree. 'rag index' then brings it up to date, and reads only what differs."
    )
    options.add_argument("source", type=Path, metavar="SOURCE", help="packed file, or the folder of an index")
    options.set_defaults(run=run_unpack)


def run_pack(options: argparse.Namespace) -> None:
    """Run `rag pack`."""
    index = find_index(options.index)
    show(
        results.packed(index, options.file, pack_index(index, options.file), json=options.json),
        json=options.json,
    )


def run_unpack(options: argparse.Namespace) -> None:
    """Run `rag unpack`."""
    place = new_index(options.index)
    unpack_index(options.source, place)
    with Index.open(place) as index:
        show(results.unpacked(index.status(), json=options.json), json=options.json)
