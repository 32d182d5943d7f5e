"""Cut the documentation pages of the benchmark into units: time, entries present, signatures kept.

    RAG_BENCH_DATA=../shared/data python -m bench.doc_units [--pages FOLDER]

FOLDER holds the unpacked pages; without it, they are unpacked to a temporary folder. An entry is present if
a unit with its anchor has text. A page marks a signature where the anchor of an entry is on (or directly
inside) a `dt` or a heading that shows a call, `name(...)`. That is decided here, by regular expressions on
the source of the page, not by the parser that is measured.
"""

import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import perf_counter

from bench.arguments import argument_parser
from bench.data import unpacked_docs
from bench.docs_retrieval import entries
from bench.process import run
from corpora.document import Document, Listed, Section, Skipped
from corpora.spec import CorpusSpec, open_corpus
from indexers.building.budget import Budget
from indexers.building.prepare import Batch, ReadTask
from indexers.building.workers import batched, spread
from rag.evaluation.gold import page_id

_TAG = re.compile(r"<[^>]*>")
_CALL = re.compile(r"[\w.]+\s*\(.*\)", re.DOTALL)


def parse(batch: Batch) -> list[Document | Skipped]:
    """Read the documents of a batch, but do not prepare them; this is what worker processes run here."""
    corpus = open_corpus(batch.spec)
    return [corpus.read(task.listed) for task in batch.tasks]


def marked_signatures(page: Path, anchors: list[str]) -> Iterator[str]:
    """Yield the anchors whose term (`dt`) on the page shows a call."""
    source = page.read_text(encoding="utf-8", errors="replace")
    terms = {
        unescape(found[1]): unescape(_TAG.sub("", found[2]))
        for found in re.finditer(r'<dt[^>]*\bid="([^"]+)"[^>]*>(.*?)</dt>', source, re.DOTALL)
    }
    for anchor in anchors:
        if anchor in terms and _CALL.search(terms[anchor]):
            yield anchor


def units_of(spec: CorpusSpec) -> tuple[dict[str, Section], float, int]:
    """Return the units by the benchmark's id, the seconds taken by two processes, and the number of skips."""
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
    """Return the anchors that the index files list, by the file of their page, which may not exist."""
    found: dict[Path, list[str]] = {}
    for index in sorted(pages.glob("*/index.json")):
        for entry in json.loads(index.read_text())["entries"]:
            page, _, anchor = entry["path"].partition("#")
            found.setdefault(index.parent / f"{page}.html", []).append(anchor)
    return found


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pages", type=Path, help="folder with the unpacked pages")
    parser.add_argument("--show", type=int, default=0, help="number of random units to print")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        pages = options.pages or unpacked_docs(Path(temporary))
        units, seconds, skipped = units_of(CorpusSpec("docs", "docs", str(pages)))
        built = run(["index", "--index", str(Path(temporary, "index")), str(pages)])
        report(pages, units)
        print(f"parsed into units in {seconds:.1f} s by two processes, {skipped} pages skipped")
        print(f"`rag index`: {built.seconds:.1f} s, {built.peak_bytes / 1e6:.0f} MB")
        for identifier in random.Random(0).sample(sorted(units), options.show):
            unit = units[identifier]
            print(f"\n=== {identifier} | {unit.name} | {unit.signature}\n{unit.text[:1500]}")


def report(pages: Path, units: dict[str, Section]) -> None:
    """Print how many entries have a unit, and how many of the signatures that pages mark are in it."""
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
    print("| library | marked signatures | in the unit |\n|---|---|---|")
    for library, count in marked.most_common():
        print(f"| {library} | {count} | {carried[library]} ({carried[library] / count:.1%}) |")
    print(f"| all | {marked.total()} | {carried.total()} ({carried.total() / marked.total():.1%}) |")
    print(f"{len(units)} units; {present} of {len(listed)} entries have one with text")


if __name__ == "__main__":
    main()
