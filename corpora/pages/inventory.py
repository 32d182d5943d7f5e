"""Read Sphinx' `objects.inv`: the documented objects, each with its page and anchor."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corpora.document import Section
from corpora.outside.archives import inflated
from corpora.pages.html_sections import page_sections

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEAD_LINES = 4
_MAX_BYTES = 16_000_000  # unpacked; CPython's inventory has 1.5 MB
_MAX_OBJECTS = 100_000
_MAX_LINE_BYTES = 4_000
# The domain std also lists labels, glossary terms and pages, which are not objects.
_STANDARD_ROLES = frozenset({"cmdoption", "confval", "envvar", "option", "setting"})


@dataclass(frozen=True, slots=True)
class Inventory:
    """The project, its version, and for each page (`api/x.html`) its anchors with the names of objects."""

    project: str = ""
    version: str = ""
    pages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_inventory(data: bytes) -> Inventory:
    """Parse an `objects.inv`.

    Raises:
        ValueError: with the reason: it is no inventory, damaged, or too large.
    """
    import sphobjinv

    if not data.strip():
        raise ValueError("it is empty")
    try:
        read = sphobjinv.Inventory(plaintext=_plain(data))
    except Exception as error:  # sphobjinv lets through whatever its own parsers raise
        raise ValueError(f"it is no Sphinx inventory: {str(error) or type(error).__name__}") from error
    pages: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for entry in read.objects:
        if entry.domain != "std" or entry.role in _STANDARD_ROLES:
            page, _, anchor = entry.uri_expanded.partition("#")
            pages[page + "index.html" if not page or page.endswith("/") else page][anchor] = entry.name
    return Inventory(str(read.project or ""), str(read.version or ""), dict(pages))


def _plain(data: bytes) -> bytes:
    """Return the lines of an inventory, unpacked, without those that describe no object.

    The library's patterns search across lines, and take minutes for long runs of blanks.
    """
    *head, rest = data.split(b"\n", _HEAD_LINES)
    if len(head) == _HEAD_LINES and b"compressed" in head[-1]:
        rest = inflated(rest, _MAX_BYTES)
    if len(rest) > _MAX_BYTES or rest.count(b"\n") > _MAX_OBJECTS:
        raise ValueError(f"it holds more than {_MAX_BYTES} bytes or {_MAX_OBJECTS} objects")
    lines = (b" ".join(line.split()) for line in rest.split(b"\n"))
    objects = [line for line in lines if b":" in line and len(line) <= _MAX_LINE_BYTES]
    return b"\n".join([*(line[:_MAX_LINE_BYTES] for line in head), *objects, b""])


def sphinx_sections(root: "_Element", names: Mapping[str, str], stem: str) -> tuple[Section, ...]:
    """Return the sections of a page built by Sphinx, with the names of its inventory.

    Args:
        root: the page.
        names: anchor to qualified name of the objects on the page, as the inventory lists them.
        stem: the last component of the page's path, without its suffix.

    Each object whose anchor is on the page gets a section with exactly that anchor.
    """
    found = [
        replace(section, name=names.get(section.anchor, section.name)) if section.anchor else section
        for section in page_sections(root, None, stem)
    ]
    present = {section.anchor for section in found}
    on_page = {element.get("id") or element.get("name") for element in root.iter() if element.attrib}
    missing = {anchor: name for anchor, name in names.items() if anchor in on_page - present}
    if missing:
        found += [
            replace(section, name=missing[section.anchor])
            for section in page_sections(root, missing, stem)
            if section.anchor in missing
        ]
    return tuple(found)
