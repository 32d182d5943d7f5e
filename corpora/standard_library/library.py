"""The standard library of Python as documentation, for the running interpreter or for a named version.

Its docstrings are asked of an interpreter, which imports its own modules in a child process: half of them
are compiled, and have docstrings only when they run. It is the interpreter that the user runs, or has on the
PATH; nothing else is imported. Where the HTML of the same version is installed, its units come first.
"""

import hashlib
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from corpora.document import Document, Listed, Origin, Section, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.outside.child_process import isolated_python, run_bounded
from corpora.outside.path_filter import PathFilter
from corpora.pages.html_docs import HtmlDocs
from corpora.pages.html_library import open_library
from corpora.python.coverage import Coverage
from corpora.python.interpreters import Interpreter, interpreter_on_path
from corpora.runtime.facts import MAX_FACTS_BYTES, Facts, asking_program, keep_facts, read_facts
from corpora.spec import CorpusSpec
from corpora.standard_library.documented_parts import DOCUMENTED_PARTS
from corpora.standard_library.html_folder import LEFT_OUT, html_folder
from corpora.standard_library.units import standard_units

LIBRARY: Final = "python"
_SECONDS: Final = 240
_BUILTINS: Final = "builtins"
_PROGRAM: Final = asking_program(f"ask_standard_library({dict(DOCUMENTED_PARTS)!r})")


class StandardLibrary:
    """The modules of the standard library, each a document, and the pages of its HTML documentation.

    Units have the names that users write: `datetime.datetime.strptime`, `os.path.join`, `str.split`.

    Args:
        spec: its location is `python`, or `python==3.12`.
        shares: folders in which HTML is looked for; by default those of the system.
    """

    def __init__(self, spec: CorpusSpec, shares: tuple[Path, ...] = ()) -> None:
        self.spec = spec
        self._shares = shares
        self._filter = PathFilter(spec.include, spec.exclude)

    @cached_property
    def interpreter(self) -> Interpreter | None:
        """Return the interpreter that is asked; None if there is none of this version."""
        wish = self.spec.location.partition("==")[2]
        running = Interpreter(sys.executable, "{}.{}.{}".format(*sys.version_info[:3]))
        if not wish or running.version == wish or running.version.startswith(f"{wish}."):
            return running
        found = interpreter_on_path(".".join(wish.split(".")[:2]))
        return found if found and (found.version == wish or found.version.startswith(f"{wish}.")) else None

    @cached_property
    def pages(self) -> HtmlDocs | None:
        """Return the HTML of this version as a corpus; None if it is not installed."""
        wish = self.interpreter.version if self.interpreter else self.spec.location.partition("==")[2]
        found = html_folder(wish, self._shares)
        if not found:
            return None
        described = replace(
            self.spec,
            kind="docs",
            location=str(found[0]),
            library=self.spec.library or LIBRARY,
            version=self.version or found[1],
            exclude=(*self.spec.exclude, *LEFT_OUT),
        )
        return HtmlDocs(described)

    @property
    def version(self) -> str:
        """Return the version that is documented; empty if there is only HTML."""
        return self.spec.version or (self.interpreter.version if self.interpreter else "")

    @property
    def sources(self) -> tuple[str, ...]:
        """Return what is read, in words."""
        asked = (f"docstrings of {self.interpreter.path}",) if self.interpreter else ()
        return (*asked, *((f"HTML in {self.pages.root}",) if self.pages else ()))

    def coverage(self) -> Coverage:
        """Return how many members have a docstring; the HTML does not count, which documents most of them."""
        objects = self._facts.objects if self.interpreter else ()
        members = [fact for fact in objects if fact.kind not in {"module", "value"}]
        bare = tuple(fact.names[0] for fact in members if not fact.doc)
        failed = self._facts.failed if self.interpreter else ()
        return Coverage(len(members), len(members) - len(bare), bare, failed)

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield the modules and the pages in the order of their paths.

        Raises:
            CorpusError: there is neither an interpreter of this version nor its HTML, or it does not answer.
        """
        if not self.interpreter and not self.pages:
            raise self._absent()
        found: dict[str, Listed | Skipped] = {}
        if self.pages:
            items = [item for item in self.pages.scan() if item.path.endswith(".html")]
            # What is left out of all such folders is no news; what the user leaves out is.
            found |= {
                item.path: item
                for item in items
                if isinstance(item, Listed) or item.reason != "ignored" or self._filter.left_out(item.path)
            }
        if self.interpreter:
            for module, why in self._facts.failed:
                path = _path(module)
                found[path] = Skipped(path, "unreadable", f"it cannot be imported here: {why}")
            for path, sections in self._modules.items():
                size = sum(len(section.text) for section in sections)
                why = self._filter.left_out(path)
                found[path] = Skipped(path, "ignored", why) if why else Listed(path, size, self._stamp)
        yield from (found[path] for path in sorted(found))

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the module or the page of `listed`; a `Skipped` if it documents nothing."""
        if self.pages and listed.path.endswith(".html"):
            return self.pages.read(listed)
        sections = tuple(self._modules.get(listed.path, ())) if self.interpreter else ()
        if not sections:
            return Skipped(listed.path, "empty", "nothing is documented that its page does not have")
        text = join_sections(sections)
        origin = Origin(
            corpus=self.spec.name,
            path=listed.path,
            language="python",
            kind="docs",
            library=self.spec.library or LIBRARY,
            version=self.version,
        )
        return Document(origin, text, hash_bytes(text.encode()), sections)

    @cached_property
    def _modules(self) -> dict[str, list[Section]]:
        """Return the sections of each module by its path, without those that the HTML has."""
        modules = {name for fact in self._facts.objects if fact.kind == "module" for name in fact.names}
        found: dict[str, list[Section]] = defaultdict(list)
        for section in standard_units(self._facts):
            if section.name not in self._in_html:
                found[_path(_module_of(section.name, modules))].append(section)
        return dict(found)

    @cached_property
    def _in_html(self) -> frozenset[str]:
        """Return the names of the objects that the HTML documents, in fuller texts than docstrings."""
        inventory = open_library(self.pages.root, LIBRARY).inventory if self.pages else None
        read = PathFilter((), LEFT_OUT)
        pages = inventory.pages.items() if inventory else ()
        return frozenset(name for page, names in pages if not read.left_out(page) for name in names.values())

    @cached_property
    def _stamp(self) -> str:
        digest = hashlib.blake2b(repr((self._file, self.sources)).encode(), digest_size=16)
        return f"/{digest.hexdigest()}"  # all of it tells how a module is read

    @property
    def _file(self) -> Path:
        """Return the file of the facts, whose name changes with the interpreter and with what is asked."""
        assert self.interpreter
        asking = hash_bytes(_PROGRAM.encode())
        path = os.path.realpath(self.interpreter.path)
        status = os.stat(path)  # noqa: PTH116 (a string for the hash below)
        known = (asking, path, self.interpreter.version, status.st_mtime_ns, status.st_size)
        digest = hashlib.blake2b(repr(known).encode(), digest_size=8).hexdigest()
        return cache_folder("runtime") / f"{LIBRARY}-{self.interpreter.version}-{digest}.jsonl"

    @cached_property
    def _facts(self) -> Facts:
        """Return what the interpreter says, which is asked once and kept.

        Raises:
            CorpusError: it does not come to its end.
        """
        file = self._file
        if not file.is_file():
            keep_facts(file, self._ask())
        facts = read_facts(file, None)
        if not facts.is_complete:
            file.unlink(missing_ok=True)
            raise self._no_answer("its answer is not complete")
        return facts

    def _ask(self) -> bytes:
        assert self.interpreter
        # Without `site`, which runs the .pth files of installed packages.
        command = isolated_python("-S", "-c", _PROGRAM, executable=self.interpreter.path)
        try:
            done = run_bounded(
                command, seconds=_SECONDS, max_bytes=MAX_FACTS_BYTES, cwd=cache_folder("runtime")
            )
        except OSError as error:
            raise self._no_answer(str(error)) from error
        return done.stdout

    def _no_answer(self, why: str) -> CorpusError:
        assert self.interpreter
        return CorpusError(
            f"the interpreter {self.interpreter.path} does not tell of its standard library",
            why=why,
            fix="run it by hand, or name another version: stdlib:3.12",
        )

    def _absent(self) -> CorpusError:
        wish = self.spec.location.partition("==")[2]
        series = ".".join(wish.split(".")[:2])
        return CorpusError(
            f"the standard library of Python {wish} is not on this machine",
            why=f"there is neither python{series} of this version on the PATH nor its HTML in /usr/share/doc",
            fix=f"install it (apt install python{series} python{series}-doc), or name the running version: "
            "stdlib:",
        )


def _module_of(name: str, modules: set[str]) -> str:
    """Return the module of a dotted name, the longest that fits; of builtins, `builtins`."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or _BUILTINS


def _path(module: str) -> str:
    return module.replace(".", "/")
