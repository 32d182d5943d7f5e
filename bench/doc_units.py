"""The documentation pages of the benchmark cut into units: time, entries present, signatures carried.

    RAG_BENCH_DATA=../shared/data python -m bench.doc_units [--pages FOLDER]

FOLDER holds the unpacked pages; they are unpacked to a temporary one without it. An entry is present if
a unit stands under its anchor and says something. A page marks a signature where the anchor of an entry is on
(or directly inside) a `dt` or a heading that shows a call, `name(...)`; that is decided here, by regular
expressions on the source of the page, not by the parser that is measured.
"""

import argparse
import json
import random
import re
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.data import bench_data
from bench.docs_retrieval import entries
from bench.process import run
from corpora.document import Document, Listed, Section
from corpora.spec import CorpusSpec, open_corpus
from indexers.building.budget import Budget
from indexers.building.prepare import Batch, ReadTask
from indexers.building.workers import batched, spread
from rag.evaluation.gold import page_id

_TAG = re.compile(r"<[^>]*>")
_CALL = re.compile(r"[\w.]+\s*\(.*\)", re.DOTALL)


def parse(batch: Batch) -> list[Any]:
    """The documents of a batch, whole; what a worker does here in place of preparing them."""
    corpus = open_corpus(batch.spec)
    return [corpus.read(task.listed) for task in batch.tasks]


def marked_signatures(page: Path, anchors: list[str]) -> Iterator[str]:
    """Those of the anchors that the page shows with a call in a term (`dt`) of its own."""
    source = page.read_text(encoding="utf-8", errors="replace")
    terms = {
        unescape(found[1]): unescape(_TAG.sub("", found[2]))
        for found in re.finditer(r'<dt[^>]*\bid="([^"]+)"[^>]*>(.*?)</dt>', source, re.DOTALL)
    }
    for anchor in anchors:
        if anchor in terms and _CALL.search(terms[anchor]):
            yield anchor


def units_of(spec: CorpusSpec) -> tuple[dict[str, Section], float, int]:
    """The units by the benchmark's id, the seconds that it took in two processes, and pages skipped."""
    start = perf_counter()
    listed = [entry for entry in open_corpus(spec).scan() if isinstance(entry, Listed)]
    whole = Batch(spec, tuple(map(ReadTask, listed)), "")
    batches = list(batched([whole], max_bytes=1_000_000, max_items=64))
    units: dict[str, Section] = {}
    skipped = 0
    for documents in spread(batches, Budget(workers=2), parse):
        for document in documents:
            if isinstance(document, Document):
                for section in document.sections:
                    units.setdefault(page_id(document.origin.path, section.anchor), section)
            else:
                skipped += 1
    return units, perf_counter() - start, skipped


def entries_of(pages: Path) -> dict[Path, list[str]]:
    """The anchors that the index files list, by the page's file; a page that is not there has none."""
    found: dict[Path, list[str]] = {}
    for index in sorted(pages.glob("*/index.json")):
        for entry in json.loads(index.read_text())["entries"]:
            page, _, anchor = entry["path"].partition("#")
            found.setdefault(index.parent / f"{page}.html", []).append(anchor)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--show", type=int, default=0, help="print so many units, drawn at random")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        pages = options.pages or Path(temporary, "devdocs")
        if not pages.exists():
            with tarfile.open(bench_data() / "docs" / "devdocs-html.tar.xz") as archive:
                archive.extractall(temporary, filter="data")
        units, seconds, skipped = units_of(CorpusSpec("docs", "docs", str(pages)))
        built = run(["index", "--index", str(Path(temporary, "index")), str(pages)])
        report(pages, units)
        print(f"parsed into units in {seconds:.1f} s by two processes, {skipped} pages skipped")
        print(f"`rag index`: {built.seconds:.1f} s, {built.peak_bytes / 1e6:.0f} MB")
        for identifier in random.Random(0).sample(sorted(units), options.show):
            unit = units[identifier]
            print(f"\n=== {identifier} | {unit.name} | {unit.signature}\n{unit.text[:1500]}")


def report(pages: Path, units: dict[str, Section]) -> None:
    """Print how many entries have a unit, and a signature where their page marks one."""
    listed = set(entries(pages))
    present = sum(bool(units[entry].text.strip()) for entry in listed if entry in units)
    marked, carried = Counter[str](), Counter[str]()
    for page, anchors in entries_of(pages).items():
        if not page.exists():
            continue
        library = page.relative_to(pages).parts[0]
        for anchor in marked_signatures(page, anchors):
            unit = units.get(page_id(page.relative_to(pages).as_posix(), anchor))
            marked[library] += 1
            carried[library] += bool(unit and "(" in unit.signature)
    print("| library | marked signatures | carried by the unit |\n|---|---|---|")
    for library, count in marked.most_common():
        print(f"| {library} | {count} | {carried[library]} ({carried[library] / count:.1%}) |")
    print(f"| all | {marked.total()} | {carried.total()} ({carried.total() / marked.total():.1%}) |")
    print(f"{len(units)} units; {present} of {len(listed)} entries have one that says something")


if __name__ == "__main__":
    main()
