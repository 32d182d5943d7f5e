"""The entries of each folder of a tree, as git lists them or as they are on disk."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from corpora.outside.child_process import ChildError
from corpora.source_tree.git_repository import RepositoryListing, list_repository_files
from corpora.source_tree.ignore_rules import IgnoreRules, layers_above, verdict_of


class Entry(NamedTuple):
    """One name in a folder, as `lstat` reports it; where that failed, `mode` is 0 and `problem` says why."""

    name: str
    mode: int
    size_bytes: int = 0
    mtime_ns: int = 0
    problem: str = ""

    @property
    def stamp(self) -> str:
        """A string that changes whenever the content of the file may have changed."""
        return f"{self.mtime_ns}-{self.size_bytes}"


class TreeEntries(Protocol):
    """Lists the folders of a tree, which are asked for from the top down."""

    def entries(self, directory: str) -> list[Entry]:
        """Return the entries of `directory` in no order, without those that `.gitignore` files leave out.

        Args:
            directory: relative to the root; empty for the root itself, else with a slash at its end.

        Raises:
            OSError: the folder cannot be listed.
        """

    @property
    def disregarded(self) -> str:
        """The line of the root's `.gitignore` that would leave out everything and is ignored, or empty."""

    @property
    def note(self) -> str:
        """Why git could not list these entries although the folder is in a repository; else empty."""

    @property
    def not_checked_out(self) -> int:
        """How many tracked files a sparse checkout has left out."""

    @property
    def rule_stamps(self) -> Mapping[str, str]:
        """The stamps of the `.gitignore` files read so far, by folder; none where git reads them itself."""


class PreviousScan(NamedTuple):
    """What the previous scan listed: stamps by path, of files and of the ignore files that were obeyed.

    As long as the ignore files are the same, its files are listed again without asking the rules.
    """

    files: Mapping[str, str] = {}
    gitignore: Mapping[str, str] = {}
    ragignore: Mapping[str, str] = {}


def tree_entries(root: Path, previous: PreviousScan) -> TreeEntries:
    """Return the entries under `root` as git lists them, else those of a walk that obeys `.gitignore`.

    Git lists nothing in a folder that its repository ignores. A user who names such a folder wants it read,
    so it is walked.
    """
    try:
        listing = list_repository_files(root)
    except ChildError as error:
        return DiskEntries(
            root, previous, in_repository=True, note=f"{error}; .gitignore files were read without it"
        )
    if listing and listing.files:
        return GitEntries(root, listing)
    return DiskEntries(root, previous, in_repository=listing is not None)


class TopEntries:
    """The entries at the top of a tree, even those that git ignores, and below it those of `tree_entries`.

    What a user names file by file is read, whatever a `.gitignore` says.
    """

    disregarded = note = ""
    not_checked_out = 0

    def __init__(self, root: Path, previous: PreviousScan) -> None:
        self._root, self._previous = root, previous
        self._below: TreeEntries | None = None

    @property
    def rule_stamps(self) -> Mapping[str, str]:
        """See `TreeEntries`."""
        return self._below.rule_stamps if self._below else {}

    def entries(self, directory: str) -> list[Entry]:
        """See `TreeEntries`."""
        if not directory:
            found = (_examine(f"{self._root}/", path.name) for path in self._root.iterdir())
            return [entry for entry in found if entry]
        self._below = self._below or tree_entries(self._root, self._previous)
        return self._below.entries(directory)


@dataclass(slots=True)
class _Folder:
    names: dict[str, None]
    folders: dict[str, None]


class GitEntries:
    """The entries that git lists, with one `lstat` each; nested repositories are listed when reached."""

    def __init__(self, root: Path, listing: RepositoryListing) -> None:
        self.not_checked_out = listing.not_checked_out
        self._root = f"{root}/"
        self._folders = {"": _Folder({}, {})}
        self._is_git_silent = False
        self._add("", listing.files)

    def entries(self, directory: str) -> list[Entry]:
        """See `TreeEntries`."""
        if directory not in self._folders:
            self._add(directory, self._nested_files(directory))
        folder = self._folders[directory]
        # Since its files were tracked, a folder may have been replaced by a link that leads elsewhere.
        found = [
            Entry(name, stat.S_IFDIR)
            for name in folder.folders
            if not Path(f"{self._root}{directory}{name}").is_symlink()
        ]
        for name in folder.names:
            entry = _examine(self._root + directory, name)
            # A submodule is listed as a file but is a folder; so is a file that a folder has replaced.
            if entry and not (stat.S_ISDIR(entry.mode) and name in folder.folders):
                found.append(entry)
        return found

    @property
    def disregarded(self) -> str:
        """See `TreeEntries`; git's answer is taken as it is."""
        return ""

    @property
    def note(self) -> str:
        """See `TreeEntries`."""
        return ""

    @property
    def rule_stamps(self) -> Mapping[str, str]:
        """See `TreeEntries`."""
        return {}

    def _add(self, prefix: str, files: Iterable[str]) -> None:
        self._folder(prefix)
        for file in files:
            path = prefix + file
            cut = path.rfind("/", 0, -1) + 1
            folder = self._folder(path[:cut])
            if path.endswith("/"):
                folder.folders[path[cut:-1]] = None
            else:
                folder.names[path[cut:]] = None

    def _folder(self, directory: str) -> _Folder:
        """Return the record of `directory`; a new one is added to its parents."""
        folder = self._folders.get(directory)
        if folder is None:
            folder = self._folders[directory] = _Folder({}, {})
            below, known = directory, False
            while not known:
                cut = below.rfind("/", 0, -1) + 1
                above, name = below[:cut], below[cut:-1]
                known = above in self._folders
                self._folders.setdefault(above, _Folder({}, {})).folders[name] = None
                below = above
        return folder

    def _nested_files(self, directory: str) -> list[str]:
        path = Path(self._root + directory)
        if not os.path.lexists(path / ".git"):
            os.scandir(path).close()  # raises the error that kept git out
            cut = directory.rfind("/", 0, -1) + 1
            is_folder = directory[cut:-1] in self._folders[directory[:cut]].folders
            raise OSError(
                "git cannot list it"
                if is_folder
                else "a submodule that is not checked out (git submodule update --init)"
            )
        if self._is_git_silent:  # so that a thousand such repositories cost one time limit, not a thousand
            raise OSError("git gave no answer for another repository of this tree")
        try:
            listing = list_repository_files(path)
        except ChildError:
            self._is_git_silent = True
            raise
        if listing is None:
            raise OSError("git cannot list this nested repository")
        return listing.files


class DiskEntries:
    """The entries on disk, without those that `.gitignore` files in and above the tree leave out."""

    def __init__(self, root: Path, previous: PreviousScan, *, in_repository: bool, note: str = "") -> None:
        self.note = note
        self.not_checked_out = 0
        self._root = f"{root}/"
        self._previous = previous
        # In a repository, `/*` leaves out nothing that is tracked. A tree that was copied out of one (a
        # source package) has no tracked files, so that the line would leave out everything.
        self._rules = IgnoreRules(root, ".gitignore", layers_above(root), may_ignore_all=in_repository)

    @property
    def disregarded(self) -> str:
        """See `TreeEntries`."""
        return self._rules.disregarded

    @property
    def rule_stamps(self) -> Mapping[str, str]:
        """See `TreeEntries`."""
        return self._rules.stamps

    def entries(self, directory: str) -> list[Entry]:
        """See `TreeEntries`."""
        with os.scandir(self._root + directory) as listing:
            items = list(listing)
        layers = self._rules.layers(directory, has_file=any(item.name == ".gitignore" for item in items))
        known = self._previous.files if self._is_unchanged(directory, items) else {}
        found = []
        for item in items:
            folder = item.is_dir(follow_symlinks=False)
            name = item.name
            if (
                layers
                and (folder or directory + name not in known)
                and verdict_of(layers, directory, name + "/" if folder else name) == "match"
            ):
                continue
            entry = Entry(name, stat.S_IFDIR) if folder else _examine(self._root + directory, name)
            if entry:
                found.append(entry)
        return found

    def _is_unchanged(self, directory: str, items: Sequence[os.DirEntry[str]]) -> bool:
        names = (item.name for item in items if item.name == ".gitignore")
        own = next((_examine(self._root + directory, name) for name in names), None)
        return self._rules.are_unchanged(directory, own.stamp if own else "", self._previous.gitignore)


def _examine(directory: str, name: str) -> Entry | None:
    """Return the entry `name` of `directory`; None where it does not exist (any more)."""
    try:
        status = os.lstat(directory + name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Entry(name, 0, problem=error.strerror or str(error))
    return Entry(name, status.st_mode, status.st_size, status.st_mtime_ns)
