"""Read sites as their generators built them, and count the units against the sites' own indexes.

    python -m bench.built_sites FOLDER [FOLDER ...]

Each FOLDER is a built site. It must be recognized without options. Its inventory or search index (that of
Sphinx, MkDocs, Javadoc, rustdoc, doxygen, TypeDoc, VitePress, mdBook or Antora; the tables of contents of
the pages for Docusaurus) lists pages and anchors. An entry is carried if a unit of its page has its anchor;
an entry without an anchor, if its page has a unit at all. Only entries of pages in the folder count.
"""

import base64
import gzip
import html
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from bench.arguments import argument_parser
from corpora.document import Document, Listed, Skipped
from corpora.pages.inventory import read_inventory
from corpora.sources import spec_for
from corpora.spec import open_corpus

Entry = tuple[str, str]  # page and anchor
_MAX_SHOWN = 12


def sphinx(folder: Path) -> Iterator[Entry]:
    """Yield the objects that `objects.inv` lists."""
    pages = read_inventory((folder / "objects.inv").read_bytes()).pages
    yield from ((page, anchor) for page, anchors in pages.items() for anchor in anchors)


def mkdocs(folder: Path) -> Iterator[Entry]:
    """Yield the pages and headings of the search index."""
    for entry in json.loads((folder / "search" / "search_index.json").read_text())["docs"]:
        yield _split(entry["location"])


def javadoc(folder: Path) -> Iterator[Entry]:
    """Yield the members and types of the search indexes."""
    for entry in _assigned(folder / "member-search-index.js"):
        module = f"{entry['m']}/" if "m" in entry else ""
        page = f"{module}{entry['p'].replace('.', '/')}/{entry['c']}.html"
        yield page, unquote(entry.get("u", entry["l"]))
    for entry in _assigned(folder / "type-search-index.js"):
        if "p" in entry:
            module = f"{entry['m']}/" if "m" in entry else ""
            yield f"{module}{entry['p'].replace('.', '/')}/{entry['l']}.html", ""


def rustdoc(folder: Path) -> Iterator[Entry]:
    """Yield the items that each crate's list of all items names, and the members in the pages' sidebars."""
    for listing in folder.glob("*/all.html"):
        crate = listing.parent
        for href in _hrefs(listing):
            page = crate / href.partition("#")[0]
            if page.suffix == ".html" and page.is_file() and page.parent.is_relative_to(crate.resolve()):
                path = page.relative_to(folder).as_posix()
                yield path, ""
                source = page.read_text(encoding="utf-8")
                aside = source[source.find('class="sidebar') :].partition("</nav>")[0]
                for anchor in re.findall(
                    r'href="#((?:ty)?(?:method|variant|structfield|associated)\w*\.[^"]+)"', aside
                ):
                    yield path, html.unescape(anchor)


def doxygen(folder: Path) -> Iterator[Entry]:
    """Yield the entries of the search index."""
    for part in (folder / "search").glob("all_*.js"):
        for href in re.findall(r"'\.\./([^']+\.html(?:#[^']*)?)'", part.read_text(encoding="utf-8")):
            yield _split(href)


def typedoc(folder: Path) -> Iterator[Entry]:
    """Yield the rows of the search index."""
    packed = re.search(r'"([^"]+)"', (folder / "assets" / "search.js").read_text())
    assert packed
    data = base64.b64decode(packed[1])
    plain = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else zlib.decompress(data)
    for row in json.loads(plain)["rows"]:
        yield _split(row["url"])


def docusaurus(folder: Path) -> Iterator[Entry]:
    """Yield the pages, and the entries of their own tables of contents."""
    for page in sorted(folder.rglob("index.html")):
        source = page.read_text(encoding="utf-8")
        path = page.relative_to(folder).as_posix()
        yield path, ""
        for link in re.findall(r"<a [^>]*table-of-contents__link[^>]*>", source):
            if found := re.search(r'href="#([^"]+)"', link):
                yield path, html.unescape(found[1])


def vitepress(folder: Path) -> Iterator[Entry]:
    """Yield the documents of the local search index."""
    (index,) = (folder / "assets" / "chunks").glob("@localSearchIndex*.js")
    for location in re.findall(r'"\d+":"(/[^"]*)"', index.read_text(encoding="utf-8")):
        yield _split(location.lstrip("/"))


def mdbook(folder: Path) -> Iterator[Entry]:
    """Yield the documents of the search index."""
    source = (folder / "searchindex.js").read_text(encoding="utf-8")
    urls = re.search(r'"doc_urls":(\[[^\]]*\])', source)
    assert urls
    yield from map(_split, json.loads(urls[1]))


def antora(folder: Path) -> Iterator[Entry]:
    """Yield the pages of the search index, and their headings."""
    source = (folder / "search-index.js").read_text(encoding="utf-8")
    store = source[source.index('"store":{"documents":') + len('"store":{"documents":') :]
    for entry in json.JSONDecoder().raw_decode(store)[0].values():
        path = entry["url"].lstrip("/")
        yield path, ""
        yield from ((path, title["hash"]) for title in entry["titles"])


# What is only there where the generator wrote its index, in the order in which it is looked for.
INDEXES = {
    "search/search_index.json": ("MkDocs", mkdocs),
    "objects.inv": ("Sphinx", sphinx),
    "member-search-index.js": ("Javadoc", javadoc),
    "crates*.js": ("rustdoc", rustdoc),
    "doxygen.css": ("doxygen", doxygen),
    "assets/search.js": ("TypeDoc", typedoc),
    "assets/chunks/@localSearchIndex*.js": ("VitePress", vitepress),
    "searchindex.js": ("mdBook", mdbook),
    "search-index.js": ("Antora", antora),
    "assets/js/runtime~main*.js": ("Docusaurus", docusaurus),
}


def _split(location: str) -> Entry:
    page, _, anchor = location.partition("#")
    page = unquote(page.partition("?")[0])
    return page + "index.html" if not page or page.endswith("/") else page, unquote(anchor)


def _assigned(path: Path) -> list[dict[str, str]]:
    """Return the JSON that a script assigns to a variable."""
    source = path.read_text(encoding="utf-8")
    found: list[dict[str, str]] = json.JSONDecoder().raw_decode(source, source.index("["))[0]
    return found


def _hrefs(path: Path) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'href="([^"]+)"', path.read_text(encoding="utf-8"))]


def measure(folder: Path, *, verbose: bool) -> str:
    """Return a row of the table for the site in `folder`."""
    spec = spec_for(str(folder), kind="docs")
    if spec.kind != "docs":
        return f"| {folder.name} | taken for {spec.kind} |"
    found = [INDEXES[name] for name in INDEXES if any(folder.glob(name))]
    corpus = open_corpus(spec)
    units: defaultdict[str, set[str]] = defaultdict(set)
    read = skipped = 0
    said: set[tuple[str, str]] = set()
    for item in list(corpus.scan()):
        document = corpus.read(item) if isinstance(item, Listed) else item
        if isinstance(document, Skipped):
            skipped += 1
            continue
        assert isinstance(document, Document)
        read += 1
        said.add((document.origin.library, document.origin.version))
        units[item.path] |= {unquote(section.anchor) for section in document.sections}
    generator, index = found[0]
    entries = {entry for entry in index(folder) if (folder / entry[0]).is_file()}
    missed = sorted(
        (page, anchor)
        for page, anchor in entries
        if (anchor not in units[page] if anchor else not units[page])
    )
    if verbose:
        print(f"{folder.name}: {len(missed)} missed")
        for page, anchor in missed[:: max(1, len(missed) // _MAX_SHOWN)][:_MAX_SHOWN]:
            print(f"    {page}#{anchor}")
    share = 1 - len(missed) / max(len(entries), 1)
    counted = sum(map(len, units.values()))
    named = ", ".join(sorted(" ".join(filter(None, one)) for one in said)[:3])
    return (
        f"| {named} | {generator} | {read:,} | {skipped:,} | {counted:,} | {len(entries):,} | "
        f"{len(entries) - len(missed):,} | {share:.1%} |"
    )


def main() -> None:
    """Print the table."""
    parser = argument_parser(__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show some of the entries that are missed"
    )
    options = parser.parse_args()
    rows = [measure(folder, verbose=options.verbose) for folder in options.folders]
    print("| site | generator | pages | left out | units | entries | carried | share |")
    print("|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
