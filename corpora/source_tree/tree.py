"""A folder of source code as a corpus."""

import os
import shlex
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from corpora.document import Commit, Document, Listed, Origin, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.outside.child_process import ChildError
from corpora.outside.file_text import decode_text, is_guessed
from corpora.outside.files import read_unchanged
from corpora.pages.text_pages import NOTEBOOK_SUFFIX, read_text_page
from corpora.source_tree.git_attributes import StatedEncodings
from corpora.source_tree.git_folders import is_bare_repository
from corpora.source_tree.git_log import checked_out_commit, count_commits_since, history_of
from corpora.source_tree.git_repository import Provenance, provenance_of
from corpora.source_tree.licence import LicenceFiles, tagged_licence
from corpora.source_tree.pattern_set import PatternSet
from corpora.source_tree.skip_rules import text_reason
from corpora.source_tree.survey import Folder, TreeSurvey, previous_scan
from corpora.spec import CorpusSpec
from corpora.syntax.languages import language_of

_LANGUAGE_HEAD_CHARS = 16_000  # the comment on top of a header may be long


class CodeTree:
    """The text files of a folder, without what git ignores and what is generated, vendored or binary.

    A folder that is left out as a whole is one `Skipped` whose path ends with a slash. A line `!vendor/` in a
    `.ragignore` file, or in `exclude`, reads a folder that `skip_rules` leaves out by its name.

    Raises:
        CorpusError: the location is no folder, or a pattern is no gitignore pattern.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self._spec = spec
        self._root = _checked_root(spec)
        self._include = _patterns(spec, "include")
        self._exclude = _patterns(spec, "exclude")
        self._provenance: dict[str, Provenance] = {}
        self._is_git_silent = False
        self._licence_files = LicenceFiles(self._root)
        self._stated_encodings = StatedEncodings(self._root)
        self.rules = ""

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield every file that git does not ignore, in the order of their paths.

        Raises:
            CorpusError: the folder itself cannot be listed.
        """
        return self.scan_again({}, "")

    def scan_again(self, known: Mapping[str, str], rules: str) -> Iterator[Listed | Skipped]:
        """See `Rescannable`."""
        self._licence_files.forget()
        self._stated_encodings.forget()
        previous = previous_scan(known, rules)
        survey = TreeSurvey(self._root, self._include, self._exclude, self._spec.max_file_bytes, previous)
        # Siblings are sorted with the slash of folders, `a/` behind `a.py`: the order of whole paths.
        pending: list[Folder | Listed | Skipped] = [Folder("", included=not self._include)]
        while pending:
            found = pending.pop()
            if isinstance(found, Folder):
                pending.extend(sorted(survey.contents(found), key=lambda item: item.path, reverse=True))
            elif isinstance(found, Listed):
                yield self._with_encoding(found)
            elif found.path:
                yield found
            else:
                raise CorpusError(
                    f"cannot list the folder {self._root}",
                    why=found.detail,
                    fix="check the permissions of the folder",
                )
        self.rules = survey.rules

    def head(self) -> str:
        """See `HasHistory`."""
        return checked_out_commit(self._root)

    def commits_since(self, commit: str, most: int) -> int:
        """See `HasHistory`."""
        return count_commits_since(self._root, commit, most)

    def history(self, most: int) -> list[Commit]:
        """See `HasHistory`."""
        return history_of(self._root, most)

    def _with_encoding(self, listed: Listed) -> Listed:
        """Return a file with the encoding that `.gitattributes` states as a part of its stamp."""
        stated = self._stated_encodings.encoding_of(listed.path)
        if not stated:
            return listed
        # (A hash, since it may be any text of any length.)
        return replace(listed, stamp=f"{listed.stamp}/{hash_bytes(os.fsencode(stated))}")

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the document of `listed`; `Skipped` if it cannot be read, is no text or was generated."""
        path = listed.path
        data = self._read_bytes(path)
        if isinstance(data, Skipped):
            return data
        stated = self._stated_encodings.encoding_of(path)
        decoded = decode_text(data, stated)
        if isinstance(decoded, str):
            return Skipped(path, decoded, size_bytes=len(data))
        text, encoding = decoded
        if path.endswith(NOTEBOOK_SUFFIX):
            return self._notebook(path, data)
        language = language_of(path, text[:_LANGUAGE_HEAD_CHARS])
        if found := text_reason(text, language):
            return Skipped(path, *found, size_bytes=len(data))
        directory = path[: path.rfind("/") + 1]
        known = self._provenance_in(directory)
        licence = tagged_licence(text) or self._licence_files.nearest(directory)
        origin = Origin(self._spec.name, path, language, "code", known.repo, known.commit, licence)
        guessed = encoding if is_guessed(data, encoding, stated) else ""
        return Document(origin, text, hash_bytes(data), guessed_encoding=guessed)

    def _notebook(self, path: str, data: bytes) -> Document | Skipped:
        """Return a notebook as its cells, without the JSON that stores them."""
        page = read_text_page(path, data)
        if isinstance(page, Skipped):
            return page
        directory = path[: path.rfind("/") + 1]
        known = self._provenance_in(directory)
        origin = Origin(
            self._spec.name,
            path,
            page.language,
            "code",
            known.repo,
            known.commit,
            self._licence_files.nearest(directory),
        )
        text = join_sections(page.sections)
        return Document(origin, text, hash_bytes(data), page.sections, page.invisible_chars)

    def _read_bytes(self, path: str) -> bytes | Skipped:
        limit = self._spec.max_file_bytes
        file = self._root / path
        # A folder on the way may have become a link since the scan.
        if not Path(os.path.realpath(file.parent)).is_relative_to(self._root):
            return Skipped(path, "outside", "a folder on its path is a link that leads out")
        try:
            data = read_unchanged(file, max_bytes=limit)
            if data is None:
                data = read_unchanged(file, max_bytes=limit)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            return Skipped(path, "unreadable", getattr(error, "strerror", None) or str(error))
        if data is None:
            return Skipped(path, "unreadable", "it changed while it was read")
        if len(data) > limit:
            return Skipped(path, "too large", f"more than {limit} bytes", len(data))
        return data

    def _provenance_in(self, directory: str) -> Provenance:
        """Return the innermost repository around `directory`; git is asked once for each repository."""
        passed = []
        while directory not in self._provenance:
            passed.append(directory)
            if not directory or os.path.lexists(self._root / directory / ".git"):
                self._provenance[directory] = self._ask_git(self._root / directory)
            else:
                directory = directory[: directory.rfind("/", 0, -1) + 1]
        known = self._provenance[directory]
        self._provenance.update(dict.fromkeys(passed, known))
        return known

    def _ask_git(self, folder: Path) -> Provenance:
        top = next((above for above in (folder, *folder.parents) if os.path.lexists(above / ".git")), None)
        if top and not self._is_git_silent:
            try:
                return provenance_of(top)
            except ChildError:  # not asked about the next repository: that would take as long
                self._is_git_silent = True
        return Provenance(repo=(top or folder).name, commit="")


def _checked_root(spec: CorpusSpec) -> Path:
    try:
        root = Path(os.path.realpath(spec.location))
        why = "" if stat.S_ISDIR(root.stat().st_mode) else "it is a file"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or str(error)
    if why:
        raise CorpusError(
            f"cannot read the code of the corpus {spec.name!r} at {spec.location!r}",
            why=why,
            fix="give the path of a folder of source code",
        )
    if is_bare_repository(root):
        raise CorpusError(
            f"cannot read the code of the corpus {spec.name!r} at {spec.location!r}",
            why="it is a git repository without a work tree: its files are packed in git's own format",
            fix=f"name it as a URL: rag index {shlex.quote(f'git+{root.as_uri()}')} --allow-private; "
            "or clone it, and give the path of the clone",
        )
    return root


def _patterns(spec: CorpusSpec, field: str) -> PatternSet:
    patterns = PatternSet(getattr(spec, field))
    if patterns.invalid:
        raise CorpusError(
            f"the corpus {spec.name!r} cannot use the pattern {patterns.invalid[0]!r} in {field!r}",
            why="it is not a valid gitignore pattern",
            fix=f"write it as in a .gitignore file, such as {field} = ['tests/', '*.sql']",
        )
    return patterns
