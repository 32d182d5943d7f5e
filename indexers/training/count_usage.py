"""Count how many files of public code use each API, for the prior that comes with the package.

    python -m indexers.training.count_usage [--wheels FOLDER]

The code is that of the packages in packages.txt and of the standard library. What a package uses of itself
does not count, nor does what only one package uses.
"""

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path

from corpora.document import Document, Listed
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from indexers.encoders.api_popularity import USAGE_FILE, Usage, root_key
from indexers.training.make_builtin import fetch, sources
from indexers.training.used_names import UseCounter, UsingFile

_MIN_FILES, _MIN_CORPORA = 3, 2


def count_usage(specs: Iterable[CorpusSpec]) -> dict[str, int]:
    """Return how many Python files use each name, by `usage_key`, and each package, by `root_key`.

    Methods that a file would call anyway are not counted for the libraries that it imports.
    """
    counter = UseCounter()
    for spec in specs:
        tree = CodeTree(spec)
        for found in tree.scan():
            document = tree.read(found) if isinstance(found, Listed) and found.path.endswith(".py") else None
            if isinstance(document, Document) and (file := UsingFile.of_document(document)):
                counter.add(file, spec.name)
    much = counter.counts(min_files=_MIN_FILES, min_corpora=_MIN_CORPORA)
    return much | {root: counter.importers[root[:-1]] for root in sorted(set(map(root_key, much)))}


def main() -> None:
    """Count, and write the table beside that of the built-in encoder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheels", type=Path, help="folder that keeps the wheels for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wheels = options.wheels or Path(temporary, "wheels")
        fetch(wheels)
        usage = Usage.of_counts(count_usage(sources(wheels, Path(temporary))))
    usage.save(USAGE_FILE)
    print(f"{len(usage)} names, {USAGE_FILE.stat().st_size / 1024:.0f} KiB")  # noqa: T201  what was made


if __name__ == "__main__":
    main()
