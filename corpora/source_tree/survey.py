"""The contents of a folder of code: what to read, what to enter, and what to leave out and why."""

import json
import os
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from corpora.built_sites.recognise import published_in
from corpora.document import Listed, Skipped, legible_name
from corpora.outside.files import special_kind
from corpora.source_tree.entries import Entry, PreviousScan, TopEntries, tree_entries
from corpora.source_tree.git_folders import is_bare_repository, is_linked_work_tree, repository_of
from corpora.source_tree.ignore_rules import IgnoreRules, Layer, verdict_of
from corpora.source_tree.pattern_set import PatternSet, PatternVerdict
from corpora.source_tree.skip_rules import (
    ENVIRONMENT_MARKERS,
    UNLISTED,
    file_reason,
    folder_reason,
    rules_fingerprint,
)


class Folder(NamedTuple):
    """A folder to enter.

    Attributes:
        path: relative to the root; empty for the root itself, else with a slash at its end.
        included: the include patterns name this folder or one above it.
        named: a pattern of the user names it, so that it is read whatever it holds.
    """

    path: str
    included: bool
    named: bool = False


class TreeSurvey:
    """Decides about the entries of the folders under `root`, which are asked for from the top down.

    Args:
        root: the real path of the tree.
        include: patterns of what is read; everything where there are none.
        exclude: patterns of what is left out, which take precedence over the `.ragignore` files.
        max_file_bytes: larger files are left out.
        previous: what a survey with the same patterns listed before. Only what differs is looked at again,
            which halves the time of a survey.
    """

    def __init__(
        self,
        root: Path,
        include: PatternSet,
        exclude: PatternSet,
        max_file_bytes: int,
        previous: PreviousScan,
    ) -> None:
        self._root = root
        self._include = include
        self._exclude = exclude
        self._max_file_bytes = max_file_bytes
        self._previous = previous
        names_tops = include and include.is_of_top_names
        self._entries = TopEntries(root, previous) if names_tops else tree_entries(root, previous)
        self._ragignore = IgnoreRules(root, ".ragignore")
        self._repository = repository_of(root)

    @property
    def rules(self) -> str:
        """The ignore files met so far and a hash of the names left out, as JSON for `previous_scan`."""
        return json.dumps([rules_fingerprint(), self._entries.rule_stamps, self._ragignore.stamps])

    def contents(self, folder: Folder) -> list[Folder | Listed | Skipped]:
        """Return the contents of `folder` in no order; just the folder, as `Skipped`, if all is left out."""
        try:
            entries = self._entries.entries(folder.path)
        except OSError as error:
            return [Skipped(legible_name(folder.path), "unreadable", error.strerror or str(error))]
        if folder.path and not ENVIRONMENT_MARKERS.isdisjoint(entry.name for entry in entries):
            return [Skipped(folder.path, "vendored", "a virtual environment")]
        if folder.path and not folder.named and (site := self._site_in(folder, entries)):
            return [site]
        notes = list(self._notes()) if not folder.path else []
        return [*notes, *self._decide_all(folder, entries)]

    def _site_in(self, folder: Folder, entries: list[Entry]) -> Skipped | None:
        """Return why a folder of built documentation is no code, and how to read it; None for any other."""
        names = frozenset(entry.name for entry in entries)
        generator = published_in(self._root / folder.path, names)
        if generator is None:
            return None
        fix = f"to read it: rag docs add {shlex.quote(folder.path)}, or !{folder.path} in .ragignore"
        return Skipped(folder.path, "generated", f"built documentation ({generator.name}); {fix}")

    def _notes(self) -> Iterator[Skipped]:
        """Yield what the user should know about the tree as a whole."""
        if line := self._entries.disregarded:
            why = f"its line {line!r} leaves out everything; ignored, since this is no git repository"
            yield Skipped("(.gitignore)", "ignored", why)
        if self._entries.note:
            yield Skipped("(git)", "unreadable", self._entries.note)
        if absent := self._entries.not_checked_out:
            why = f"files that git tracks are not on disk: {absent:,}"
            yield Skipped("(sparse checkout)", "ignored", why)

    def _decide_all(self, folder: Folder, entries: list[Entry]) -> list[Folder | Listed | Skipped]:
        own = next((entry for entry in entries if entry.name == self._ragignore.file_name), None)
        layers = self._ragignore.layers(folder.path, has_file=own is not None)
        stamp = own.stamp if own else ""
        unchanged = self._ragignore.are_unchanged(folder.path, stamp, self._previous.ragignore)
        known = self._previous.files if unchanged else {}
        found: list[Folder | Listed | Skipped] = []
        for entry in entries:
            before = known.get(folder.path + entry.name)
            if before is not None and before == entry.stamp and stat.S_ISREG(entry.mode):
                found.append(Listed(folder.path + entry.name, entry.size_bytes, before))
            elif entry.name not in UNLISTED and (decided := self._decide(folder, entry, layers)):
                found.append(decided)
        return found

    def _decide(
        self, folder: Folder, entry: Entry, layers: Sequence[Layer]
    ) -> Folder | Listed | Skipped | None:
        is_folder = stat.S_ISDIR(entry.mode)
        name = entry.name + "/" if is_folder else entry.name
        path = folder.path + name
        included = folder.included
        if self._include and (wanted := self._include.verdict(path)):
            included = wanted == "match"
        if not included and (not is_folder or self._include.is_of_top_names):
            return None
        if not name.isascii() and (shown := legible_name(path)) != path:
            return Skipped(shown, "unreadable", "its name is not UTF-8", entry.size_bytes)
        verdict = self._exclude.verdict(path) if self._exclude else None
        if layers and verdict is None:
            verdict = verdict_of(layers, folder.path, name)
        if verdict == "match":
            return Skipped(path, "ignored", "", entry.size_bytes)
        if is_folder:
            left_out = self._left_out(path, entry.name) if verdict != "named exception" else None
            named = verdict == "named exception" or (bool(self._include) and included) or folder.named
            return left_out or Folder(path, included, named)
        return self._decide_file(path, entry, verdict)

    def _left_out(self, path: str, name: str) -> Skipped | None:
        """Return why a folder is left out as a whole; None if it is read."""
        if reason := folder_reason(name):
            return Skipped(path, reason)
        folder = self._root / path
        if is_linked_work_tree(folder, self._repository):
            return Skipped(path, "ignored", "a linked work tree of this repository (git worktree)")
        if is_bare_repository(folder):
            return Skipped(path, "ignored", "a git repository without a work tree")
        return None

    def _decide_file(self, path: str, entry: Entry, verdict: PatternVerdict | None) -> Listed | Skipped:
        size = entry.size_bytes
        if stat.S_ISLNK(entry.mode):
            return self._decide_link(path)
        if not stat.S_ISREG(entry.mode):
            return Skipped(path, "unreadable", entry.problem or special_kind(entry.mode))
        reason = file_reason(entry.name)
        if reason and not (verdict == "named exception" and reason != "binary"):
            return Skipped(path, reason, "by its name", size)
        if size > self._max_file_bytes:
            return Skipped(path, "too large", f"more than {self._max_file_bytes} bytes", size)
        if size == 0:
            return Skipped(path, "empty")
        return Listed(path, size, entry.stamp)

    def _decide_link(self, path: str) -> Skipped:
        """Return why a link is not followed: a target inside the root is found at its own path."""
        link = self._root / path
        try:
            link.stat()
        except OSError as error:  # it leads nowhere, in a circle, or to a folder closed to us
            return Skipped(path, "symlink", f"a link that leads nowhere: {error.strerror or error}")
        target = Path(os.path.realpath(link))
        if not target.is_relative_to(self._root):
            return Skipped(path, "outside", f"a link to {legible_name(str(target))}")
        return Skipped(
            path, "symlink", f"a link to {legible_name(target.relative_to(self._root).as_posix())}"
        )


def previous_scan(files: Mapping[str, str], rules: str) -> PreviousScan:
    """Return the record of a scan that listed `files` (stamps by path) under `rules` (`TreeSurvey.rules`).

    It is empty where that scan left out other names than this program does.
    """
    fingerprint, gitignore, ragignore = json.loads(rules) if rules else ("", {}, {})
    return PreviousScan(files, gitignore, ragignore) if fingerprint == rules_fingerprint() else PreviousScan()
