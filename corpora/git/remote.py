"""What a user names as a git repository: a URL, with or without a revision behind an `@`."""

import re
from typing import Final, NamedTuple, Self
from urllib.parse import SplitResult, urlsplit

from corpora.redaction.credentials import carries_credentials

SCHEMES: Final = ("https", "ssh", "http", "file")
_MARK: Final = "git+"
# Hosts whose pages of a repository have its clone URL: `https://github.com/pallets/flask`.
_FORGES: Final = frozenset({"github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "git.sr.ht"})
_OWNED: Final = re.compile(r"/[^/@]+/[^/@]+?/?")
_SCP: Final = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[\w.-]+):(?P<path>[^:\s]+)")
_REVISION: Final = re.compile(r"[A-Za-z0-9_](?:[\w./+-]*[\w+-])?")
_MAX_CHARS: Final = 2_000
_PRIVATE: Final = "is used only with --allow-private"


class Remote(NamedTuple):
    """A repository and what of it is wanted.

    `revision` is a branch, a tag or a full commit; empty for the default branch.
    """

    url: str
    revision: str

    @classmethod
    def of(cls, location: str) -> Self:
        """Split a location: `https://example.org/x.git@v1` is `v1` of `https://example.org/x.git`."""
        text = location.removeprefix(_MARK)
        if scp := _SCP.fullmatch(text):
            text = f"ssh://{scp['user']}@{scp['host']}/{scp['path'].lstrip('/')}"
        before, at, revision = text.rpartition("@")
        # An `@` in the path parts the revision; one in front of the host, the name of a user.
        if at and urlsplit(before).path.strip("/"):
            return cls(before, revision)
        return cls(text, "")

    @property
    def location(self) -> str:
        """Return both as one text."""
        return f"{self.url}@{self.revision}" if self.revision else self.url

    @property
    def name(self) -> str:
        """Return the name of the repository, with the revision if one is named."""
        name = self.url.rstrip("/").rpartition("/")[2].removesuffix(".git") or "repository"
        return f"{name}@{self.revision}" if self.revision else name


def is_git_location(source: str) -> bool:
    """Return whether `source` is meant as a git repository, and not as a site or a folder.

    That is what begins with `git+` or `ssh://`, is written as `git@host:path`, ends in `.git` with or
    without a revision, or is the page of a repository on a well-known host.
    """
    if len(source) > _MAX_CHARS:
        return False
    if source.startswith((_MARK, "ssh://")) or _SCP.fullmatch(source):
        return True
    if "://" not in source:
        return False
    url = Remote.of(source).url
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        return False
    if parts.path.rstrip("/").endswith(".git"):
        return True
    is_owned = _OWNED.fullmatch(parts.path) is not None
    return parts.hostname in _FORGES and is_owned and not parts.query and not parts.fragment


def fix_for(problem: str) -> str:
    """Return what a user can do about a problem that `problem_with_remote` tells."""
    if _PRIVATE in problem:
        return "add --allow-private if you know this server or folder (allow_private = true in rag.toml)"
    return "name it as https://HOST/PATH.git, with @REVISION if you like"


def problem_with_remote(remote: Remote, *, allow_private: bool) -> str:
    """Return why a repository cannot be fetched; empty if it can. No request is made."""
    if re.search(r"[\x00-\x20\x7f]", remote.url) or remote.url.startswith("-"):
        return "it has blanks in it, or begins as an option"
    if remote.revision and (not _REVISION.fullmatch(remote.revision) or ".." in remote.revision):
        return f"{remote.revision!r} is not the name of a branch, a tag or a commit"
    try:
        parts = urlsplit(remote.url)
        _ = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme in {"http", "file"} and not allow_private:
        return f"{parts.scheme}:// {_PRIVATE}"
    if parts.scheme == "file":
        return "" if parts.path.startswith("/") and not parts.netloc else "a file:// URL has three slashes"
    return _problem_with_place(parts)


def _problem_with_place(parts: SplitResult) -> str:
    if parts.scheme not in SCHEMES:
        return f"its scheme is none of {', '.join(SCHEMES)}"
    if not re.fullmatch(r"[\w:][\w.:-]*", parts.hostname or ""):
        return f"{parts.hostname!r} is not the name of a host"
    has_user = parts.username and (parts.scheme != "ssh" or not re.fullmatch(r"\w[\w.-]*", parts.username))
    is_secret = parts.scheme != "ssh" and carries_credentials(parts.geturl())
    if has_user or parts.password or is_secret:
        return "it contains a user name or a credential, which the index would store and show"
    return "" if parts.path.strip("/") else "it has no path"
