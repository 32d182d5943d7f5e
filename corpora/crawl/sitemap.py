"""Read sitemaps piece by piece, as they are unpacked, within bounds of bytes, elements and entries."""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpora.crawl.scope import MAX_URL_CHARS, normal_url

# https://www.sitemaps.org/protocol.html allows 50 MB (unpacked) and 50,000 URLs a file.
_MAX_BYTES = 50_000_000
_MAX_ENTRIES = 50_000
_MAX_ELEMENTS = 20 * _MAX_ENTRIES  # an entry may list its images and translations
_STEP_BYTES = 65_536
_TOKEN = re.compile(rb"\S+")


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The URLs in a sitemap, in normal form: pages, or other sitemaps if it is an index of them.

    `size` is how many bytes were read of it, unpacked.
    """

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    size: int = 0


class _Enough(Exception):
    """A limit is reached or the text is no XML from here on: nothing more is read."""


class _Locations:
    """A target of lxml's parser, so that no tree is built, which collects the text of each `loc`.

    In `<urlset><url><loc>https://example.org/</loc></url></urlset>`, `loc` is at depth 3.
    """

    def __init__(self) -> None:
        self.root = ""
        self.texts: list[str] = []
        self._depth = self._elements = 0
        self._pieces: list[str] | None = None
        self._chars = 0

    def start(self, tag: str, _attributes: object) -> None:
        self._depth += 1
        self._elements += 1
        if self._elements > _MAX_ELEMENTS or len(self.texts) >= _MAX_ENTRIES:
            raise _Enough
        name = tag.rpartition("}")[2]
        if self._depth == 1:
            self.root = name
        if self._depth == 3 and name == "loc":
            self._pieces, self._chars = [], 0

    def data(self, text: str) -> None:
        if self._pieces is not None and self._chars <= MAX_URL_CHARS:
            self._pieces.append(text)
            self._chars += len(text)

    def end(self, _tag: str) -> None:
        if self._depth == 3 and self._pieces is not None:
            self.texts.append("".join(self._pieces))
            self._pieces = None
        self._depth -= 1

    def close(self) -> None:
        return None


def read_sitemap(body: bytes, url: str, max_bytes: int = _MAX_BYTES) -> Sitemap:
    """Read a sitemap in XML or as a plain list of URLs, packed by gzip or not.

    It never raises for what a body holds: what is no URL, and all after a damaged place, is left out.

    Args:
        body: as it was fetched.
        url: where it was fetched, in normal form.
        max_bytes: how much to read of it, unpacked.
    """
    size = 0
    pieces = _unpacked(body, min(max_bytes, _MAX_BYTES))
    first = next(pieces, b"")
    read = _Listing() if not first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _Tree()
    try:
        for piece in _chained(first, pieces):
            size += len(piece)
            read.feed(piece)
        read.close()
    except _Enough:
        pass
    locations = tuple(_urls(read.texts(), url))
    return Sitemap(sitemaps=locations, size=size) if read.is_index else Sitemap(locations, size=size)


def _chained(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _unpacked(body: bytes, max_bytes: int) -> Iterator[bytes]:
    """Yield `body` unpacked and in pieces, up to `max_bytes` or the first damaged place."""
    if not body.startswith(b"\x1f\x8b"):
        yield from (body[at : at + _STEP_BYTES] for at in range(0, min(len(body), max_bytes), _STEP_BYTES))
        return
    unpacker, size = zlib.decompressobj(wbits=47), 0  # 32 + 15: a gzip or zlib header, largest window
    try:
        while size < max_bytes and not unpacker.eof and body:
            piece = unpacker.decompress(body, min(_STEP_BYTES, max_bytes - size))
            body = unpacker.unconsumed_tail
            size += len(piece)
            yield piece
    except zlib.error:
        return


class _Tree:
    """A sitemap in XML."""

    def __init__(self) -> None:
        from lxml import etree

        self._problems = (etree.LxmlError, ValueError)
        self._found = _Locations()
        self._parser = etree.XMLParser(
            target=self._found,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            recover=True,
        )

    def feed(self, piece: bytes) -> None:
        try:
            self._parser.feed(piece)
        except self._problems as error:
            raise _Enough from error

    def close(self) -> None:
        try:
            self._parser.close()
        except self._problems as error:
            raise _Enough from error

    def texts(self) -> list[str]:
        return self._found.texts

    @property
    def is_index(self) -> bool:
        return self._found.root == "sitemapindex"


class _Listing:
    """A sitemap that is a plain list of URLs, separated by white space."""

    is_index = False

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        # A URL may go on in the next piece, so what follows the last white space waits for it.
        data = self._rest + piece
        end = max(data.rfind(b"\n"), data.rfind(b" ")) + 1
        self._rest = data[end:][: MAX_URL_CHARS + 1]
        self._take(data[:end])

    def close(self) -> None:
        self._take(self._rest)

    def texts(self) -> list[str]:
        return self._texts

    def _take(self, data: bytes) -> None:
        for found in _TOKEN.finditer(data):
            if len(self._texts) >= _MAX_ENTRIES:
                raise _Enough
            self._texts.append(found[0].decode("utf-8", "replace"))


def _urls(texts: Iterable[str], base: str) -> Iterator[str]:
    return (found for text in texts if text.strip() and (found := normal_url(text, base)))
