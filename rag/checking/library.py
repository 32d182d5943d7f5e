"""A library that programs are checked against: where it is, its API, and what its files mention."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from corpora.api.model import ApiModel
from corpora.errors import CorpusError
from corpora.outside.files import read_outside
from corpora.python.api.read import read_python_api, read_source_api
from corpora.python.source import PackageSource, find_package

_MAX_SEARCHED_BYTES: Final = 400_000_000  # of one library, for a word; the largest wheels but torch hold less
_MAX_FILE_BYTES: Final = 200_000_000


@dataclass(frozen=True)
class CheckedLibrary:
    """A distribution at one version.

    Attributes:
        name: normalized.
        version: empty where it is not known.
        location: what `find_package` takes: a `.dist-info` folder, an archive, `pandas==2.2.3`.
        tops: its top-level names, where they are known without opening it; else empty.
        hashes: those that its archive may have; none if it may be any.
        known: its API, where that has been read; else it is read at `location`.
    """

    name: str
    version: str
    location: str
    tops: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    known: ApiModel | None = field(default=None, repr=False, compare=False)

    @cached_property
    def source(self) -> PackageSource:
        """Return its packages on disk; fetch them if need be. Raises `CorpusError`."""
        return find_package(self.location, hashes=self.hashes)

    @cached_property
    def model(self) -> ApiModel | None:
        """Return its API; None if that cannot be read."""
        if self.known is not None:
            return self.known
        with suppress(CorpusError):
            if self.hashes and not self.source.tops:  # (its hash is checked when it is opened)
                return None
            if Path(self.location).suffix in {".dist-info", ".egg-info"}:
                return read_source_api(self.source)
            return read_python_api(self.location)
        return None

    def why_unread(self) -> str:
        """Return why its API cannot be read; empty if it can."""
        try:
            read_python_api(self.location)
        except CorpusError as error:
            return error.why
        return ""

    def named(self, name: str) -> list[str]:
        """Return the paths of the objects of its API that have a name."""
        return self._by_name.get(name, [])

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in self.model.objects if self.model is not None else ():
            found[path.rpartition(".")[2]].append(path)
        return dict(found)

    @property
    def is_readable(self) -> bool:
        """Return whether its packages can be listed."""
        try:
            return bool(self.source.tops)
        except CorpusError:
            return False

    def places(self, *, opened: bool) -> dict[str, Path]:
        """Return its packages and modules by the names of their folders and files.

        Args:
            opened: whether it is opened for that, and fetched if need be; else only what is installed counts.
        """
        place = Path(self.location)
        roots = {top: place.parent for top in self.tops if place.suffix == ".dist-info"}
        if opened:
            with suppress(CorpusError):
                roots = dict.fromkeys(self.source.tops, self.source.root)
        names = ((root, f"{top}{suffix}") for top, root in roots.items() for suffix in ("", ".py", ".pyi"))
        return {name: root / name for root, name in names if (root / name).exists()}

    def has_module(self, module: str) -> bool:
        """Return whether a module has a file, of which its API may not know."""
        with suppress(CorpusError, OSError, ValueError):
            place = self.source.root.joinpath(*module.split("."))
            return place.exists() or any(True for _ in place.parent.glob(f"{_escaped(place.name)}.*"))
        return False

    def mentions(self, word: str, *, defined: bool = False) -> bool:
        """Return whether a word occurs in its files, compiled ones too; True if there is too much to read.

        Args:
            word: the word.
            defined: whether only a function or class of this name counts.
        """
        name = re.escape(word.encode("utf-8", "replace"))
        before = rb"\b(?:def|class) " if defined else rb"(?<![0-9A-Za-z_])"
        wanted = re.compile(before + name + rb"(?![0-9A-Za-z_])")
        left = _MAX_SEARCHED_BYTES
        try:
            for file in _files(self.source):
                data = read_outside(file, max_bytes=_MAX_FILE_BYTES)
                left -= len(data)
                if wanted.search(data) or left < 0:
                    return True
        except (CorpusError, OSError, ValueError):
            return True
        return False


def _escaped(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter == "_" else "?" for letter in name)


def _files(source: PackageSource) -> Iterator[Path]:
    for top in source.tops:
        folder = source.root / top
        if not folder.is_dir():
            yield from (file for file in source.root.glob(f"{_escaped(top)}.*") if file.is_file())
            continue
        for place, _, names in os.walk(folder):
            yield from (Path(place, name) for name in names if not name.endswith(".pyc"))
