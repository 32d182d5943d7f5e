"""Which documents a search may look at."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from corpora.source_tree.licence import is_permissive, licence_ids


@dataclass(frozen=True, slots=True)
class Filter:
    """Only documents that have one of the values named, whatever the case, in every field that names any.

    `licences` are SPDX ids, which the expression of a document has to name, or the word `permissive`.
    `excluded` are libraries with a version of them that does not pass.
    `paths` are gitignore-style globs against the path within the corpus: `src/**/*.py`, `*.md`.
    """

    corpora: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()

    def sql(self) -> tuple[str, list[str]]:
        """A condition on the columns of documents `d` and corpora `c`, and its values.

        Paths and licences have tests of their own.
        """
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
        clauses += ["NOT (d.library = ? AND d.version = ?)"] * len(self.excluded)
        chosen = [value.lower() for values in columns.values() for value in values]
        return " AND ".join(clauses) or "TRUE", chosen + [part for pair in self.excluded for part in pair]

    def licence_test(self) -> Callable[[str], bool]:
        """A function that says whether the licence of a document, an SPDX expression, passes."""
        if not self.licences:
            return lambda expression: True
        wanted = {licence.lower() for licence in self.licences}

        @lru_cache(maxsize=1024)  # an index has many documents and few licences
        def passes(expression: str) -> bool:
            return bool(wanted & licence_ids(expression)) or (
                "permissive" in wanted and is_permissive(expression)
            )

        return passes

    def path_test(self) -> Callable[[str], bool]:
        """A function that says whether a path passes."""
        if not self.paths:
            return lambda path: True
        from corpora.outside.path_patterns import path_spec  # only searches with a glob pay for it

        return path_spec(self.paths).match_file
