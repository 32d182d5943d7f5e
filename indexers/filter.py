"""Which documents a search may look at."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filter:
    """Only documents that have one of the values named, whatever the case, in every field that names any.

    `paths` are gitignore-style globs against the path within the corpus: `src/**/*.py`, `*.md`.
    """

    corpora: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def sql(self) -> tuple[str, list[str]]:
        """A condition on the columns of documents `d` and corpora `c`, and its values; not the paths."""
        columns = {
            "c.name": self.corpora,
            "d.language": self.languages,
            "d.library": self.libraries,
            "d.version": self.versions,
        }
        # Nobody remembers whether it is Jinja2 or jinja2.
        clauses = [
            f"lower({name}) IN ({', '.join('?' * len(values))})" for name, values in columns.items() if values
        ]
        return " AND ".join(clauses) or "TRUE", [
            value.lower() for values in columns.values() for value in values
        ]

    def path_test(self) -> Callable[[str], bool]:
        """A function that says whether a path passes."""
        if not self.paths:
            return lambda path: True
        from pathspec import GitIgnoreSpec  # only searches with a glob pay for it

        return GitIgnoreSpec.from_lines(self.paths).match_file
