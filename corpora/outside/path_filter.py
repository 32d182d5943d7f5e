"""Choose paths by the include and exclude patterns of a corpus."""

from collections.abc import Iterable


class PathFilter:
    """The patterns of a corpus, as in .gitignore; without include patterns, every path is included.

    Args:
        include: patterns of which a path must match one, if there are any.
        exclude: patterns of paths that are left out, even if they are included.
    """

    def __init__(self, include: Iterable[str], exclude: Iterable[str] = ()) -> None:
        from corpora.outside.path_patterns import path_spec  # heavy: loaded when a corpus is opened

        include = tuple(include)
        self._include = path_spec(include) if include else None
        self._exclude = path_spec(exclude)

    def left_out(self, path: str) -> str:
        """Return why `path` is left out; empty if it is not."""
        if self._include is not None and not self._include.match_file(path):
            return "no include pattern matches"
        return "an exclude pattern matches" if self._exclude.match_file(path) else ""
