"""`objects.inv`: what a documentation built by Sphinx documents, and on which page and anchor."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corpora.document import Section
from corpora.outside.archives import inflated
from corpora.pages.html_sections import page_sections

if TYPE_CHECKING:
    from lxml.etree import _Element

# The domain std holds labels, terms and pages as well, which are no objects.
_HEAD_LINES = 4
_MAX_BYTES = 16_000_000  # once unpacked; that of CPython has 1.5 MB
_MAX_OBJECTS = 100_000
_MAX_LINE_BYTES = 4_000
_STANDARD_ROLES = frozenset({"cmdoption", "confval", "envvar", "option", "setting"})


@dataclass(frozen=True, slots=True)
class Inventory:
    """The project, its version, and for each page (`api/x.html`) its anchors with the names behind them."""

    project: str = ""
    version: str = ""
    pages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_inventory(data: bytes) -> Inventory:
    """The inventory in an `objects.inv`. Raises `ValueError`, with a reason, for what is none."""
    import sphobjinv

    if not data.strip():
        raise ValueError("it is empty")
    try:
        read = sphobjinv.Inventory(plaintext=_plain(data))
    except Exception as error:  # (whatever the parsers below it raise)
        raise ValueError(f"it is no inventory of Sphinx: {str(error) or type(error).__name__}") from error
    pages: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for entry in read.objects:
        if entry.domain != "std" or entry.role in _STANDARD_ROLES:
            page, _, anchor = entry.uri_expanded.partition("#")
            pages[page + "index.html" if not page or page.endswith("/") else page][anchor] = entry.name
    return Inventory(str(read.project or ""), str(read.version or ""), dict(pages))


def _plain(data: bytes) -> bytes:
    """The lines of an inventory, unpacked, without those that tell of no object.

    The patterns of the library look for an object across lines, and take minutes over blanks.
    """
    *head, rest = data.split(b"\n", _HEAD_LINES)
    if len(head) == _HEAD_LINES and b"compressed" in head[-1]:
        rest = inflated(rest, _MAX_BYTES)
    if len(rest) > _MAX_BYTES or rest.count(b"\n") > _MAX_OBJECTS:
        raise ValueError(f"it holds more than {_MAX_BYTES} bytes or {_MAX_OBJECTS} objects")
    lines = (b" ".join(line.split()) for line in rest.split(b"\n"))
    told = [line for line in lines if b":" in line and len(line) <= _MAX_LINE_BYTES]
    return b"\n".join([*(line[:_MAX_LINE_BYTES] for line in head), *told, b""])


def sphinx_sections(root: "_Element", names: Mapping[str, str], stem: str) -> tuple[Section, ...]:
    """The sections of a page that Sphinx built; what `names` lists goes by the names that it gives.

    Args:
        root: the page.
        names: anchor to qualified name of the objects on the page, as the inventory has them.
        stem: the last component of the page's path without its suffix.

    Each object whose anchor is on the page has a section at that very anchor.
    """
    found = [
        replace(section, name=names.get(section.anchor, section.name)) if section.anchor else section
        for section in page_sections(root, None, stem)
    ]
    present = {section.anchor for section in found}
    on_page = {element.get("id") or element.get("name") for element in root.iter() if element.attrib}
    lacking = {anchor: name for anchor, name in names.items() if anchor in on_page - present}
    if lacking:
        found += [
            replace(section, name=lacking[section.anchor])
            for section in page_sections(root, lacking, stem)
            if section.anchor in lacking
        ]
    return tuple(found)
