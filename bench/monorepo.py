"""Measure indexing, updates, searches and growth on a tree of your choice, in one table.

    python -m bench.monorepo TREE [--index FOLDER] [--no-growth]

Each step is a fresh process, as a user starts it. Memory is the most that all processes of a step held
together (see `bench.process`). Files that are changed in TREE are restored, with their times. Growth
indexes copies of 1,000 and 10,000 of the indexed files, taken evenly from the whole, and compares the time
per file.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.arguments import argument_parser
from bench.process import Measured, run
from bench.warm_queries import QUERIES, ROUNDS
from rag import Index

FRESH = 5  # processes for the median of a fresh search
CHANGES = 3  # number of files that are changed, one after the other
GROWTH_FILES = (1_000, 10_000)

# what to append to a file, by its suffix
FUNCTIONS = {
    ".py": "\n\ndef {name}():\n    return 1\n",
    ".c": "\n\nint {name}(void)\n{{\n\treturn 1;\n}}\n",
    ".go": "\n\nfunc {name}() int {{\n\treturn 1\n}}\n",
    ".java": "\n\nclass {name} {{\n}}\n",
    ".js": "\n\nfunction {name}() {{\n  return 1;\n}}\n",
    ".ts": "\n\nfunction {name}() {{\n  return 1;\n}}\n",
    ".rs": "\n\nfn {name}() -> i32 {{\n    1\n}}\n",
}


def row(name: str, figure: str, note: str = "") -> None:
    print(f"| {name} | {figure} | {note} |", flush=True)


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"


def measure_index(tree: Path, index: Path) -> tuple[float, int]:
    """Index `tree`; return the seconds and the number of files."""
    built = run(["index", "--json", "--index", str(index), str(tree)])
    status = json.loads(built.output)["index"]
    counts = status["counts"]
    source, files = counts["source_bytes"], counts["documents"]
    left_out = sum(counts["skipped"].values())
    row("text", megabytes(source), f"{files:,} files, {counts['chunks']:,} chunks, {left_out:,} left out")
    row("index: wall time", f"{built.seconds:.1f} s", f"{source / built.seconds / 1e6:.2f} MB/s")
    row("index: peak memory", megabytes(built.peak_bytes), "all processes together")
    row("index: on disk", megabytes(status["size_bytes"]), f"{status['size_bytes'] / source:.2f} x the text")
    return built.seconds, files


def measure_updates(tree: Path, index: Path) -> None:
    """Measure an update without changes, and one of a changed file, until a search finds the change."""
    again = run(["index", "--json", "--index", str(index)])
    encoded = json.loads(again.output)["encoded"]
    row(
        "nothing changed",
        f"{again.seconds:.2f} s",
        f"{encoded} chunks encoded, {megabytes(again.peak_bytes)}",
    )
    changed = [change_one(path, index, number) for number, path in enumerate(files_to_change(tree, index))]
    update, search = (median(one.seconds for one in column) for column in zip(*changed, strict=True))
    peak = megabytes(max(one.peak_bytes for one, _ in changed))
    note = f"{update:.2f} s + search {search:.2f} s, {peak}, medians of {len(changed)}"
    row("one file changed -> found", f"{update + search:.2f} s", note)
    run(["index", "--json", "--index", str(index)])


def files_to_change(tree: Path, index: Path) -> list[Path]:
    """Return some indexed files from all over the tree."""
    paths = [path for path in indexed_paths(index) if Path(path).suffix in FUNCTIONS]
    if not paths:
        sys.exit(f"no file in {tree} ends with one of: {', '.join(FUNCTIONS)}")
    return [tree / path for path in evenly(paths, CHANGES)]


def change_one(path: Path, index: Path, number: int) -> tuple[Measured, Measured]:
    """Add a function with a unique name to the file at `path`, index, and search for it."""
    name = f"qxzv{os.getpid()}marker{number}"
    with put_back(path):
        with path.open("a", encoding="utf-8") as file:
            file.write(FUNCTIONS[path.suffix].format(name=name))
        update = run(["index", "--json", "--index", str(index)])
        search = run(["search", "--json", "-k", "1", "--index", str(index), name])
        if name not in json.loads(search.output)[0]["text"]:
            sys.exit(f"{name} is in {path}, but the search did not find it")
    return update, search


@contextmanager
def put_back(path: Path) -> Iterator[None]:
    """Restore the file at `path`, with its times, at the end of the context."""
    data, status = path.read_bytes(), path.stat()
    try:
        yield
    finally:
        path.write_bytes(data)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def measure_queries(index: Path) -> None:
    """Measure queries, each in a fresh process, and all in one warm process."""
    fresh = [run(["search", "--json", "--index", str(index), query]) for query in QUERIES[:FRESH]]
    row(
        "fresh search",
        f"{median(one.seconds for one in fresh):.2f} s",
        f"median of {FRESH} processes, peak {megabytes(max(one.peak_bytes for one in fresh))}",
    )
    warm = run([str(index)], module="bench.warm_queries")
    times = json.loads(warm.output)
    note = f"p95 {times['p95']:.1f} ms, the first {times['first']:.0f} ms"
    row("warm query: p50", f"{times['p50']:.1f} ms", note)
    row(
        "warm query: peak memory",
        megabytes(warm.peak_bytes),
        f"a process that asked {len(QUERIES)} questions {ROUNDS} times",
    )


def measure_growth(tree: Path, index: Path, whole: tuple[float, int]) -> None:
    """Compare the time per file of subsets with that of the whole tree."""
    paths = indexed_paths(index)
    per_file = []
    for count in (count for count in GROWTH_FILES if count < len(paths)):
        with tempfile.TemporaryDirectory() as folder:
            size = copy_files(tree, evenly(paths, count), Path(folder, "tree"))
            built = run(["index", "--json", "--index", f"{folder}/index", f"{folder}/tree"])
        per_file.append(built.seconds / count)
        speed = f"{per_file[-1] * 1e3:.2f} ms a file, {size / built.seconds / 1e6:.2f} MB/s"
        row(f"growth: {count:,} files", f"{built.seconds:.1f} s", f"{speed}, {megabytes(built.peak_bytes)}")
    seconds, files = whole
    ratio = f", {seconds / files / per_file[0]:.2f} x that of {GROWTH_FILES[0]:,}" if per_file else ""
    row(f"growth: {files:,} files", f"{seconds:.1f} s", f"{seconds / files * 1e3:.2f} ms a file{ratio}")


def copy_files(tree: Path, paths: Sequence[str], target: Path) -> int:
    """Copy these files of `tree`; return their total size in bytes."""
    size = 0
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(tree / path, target / path)
        size += (target / path).stat().st_size
    return size


def indexed_paths(index: Path) -> list[str]:
    with Index.open(index) as opened:
        catalog = opened.catalog
        known = [item for corpus_id in catalog.corpora() for item in catalog.known(corpus_id).items()]
    return sorted(path for path, item in known if not item.reason)


def evenly(paths: Sequence[str], count: int) -> list[str]:
    """Return `count` of the paths, at equal distances."""
    return [paths[number * len(paths) // count] for number in range(min(count, len(paths)))]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("tree", type=Path, help="writable folder of code")
    parser.add_argument("--index", type=Path, help="new folder to keep the index in")
    parser.add_argument("--no-growth", action="store_true", help="do not index the subsets")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = options.index or Path(folder, "index")
        if index.exists():
            sys.exit(f"{index} exists: name a new folder")
        tree = options.tree.resolve()
        print("| step | figure | |\n|---|---|---|")
        whole = measure_index(tree, index)
        measure_updates(tree, index)
        measure_queries(index)
        if not options.no_growth:
            measure_growth(tree, index, whole)


if __name__ == "__main__":
    main()
