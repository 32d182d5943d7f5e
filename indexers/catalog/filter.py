"""A filter of documents: a search finds only chunks of those that pass."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Filter:
    """Lets a document pass if, in every field that is not empty, one of the values is the document's.

    Case does not matter.

    Attributes:
        corpora: names of corpora.
        languages: names of languages.
        libraries: names of libraries.
        versions: versions of libraries.
        paths: gitignore-style globs of the path within the corpus: `src/**/*.py`, `*.md`.
        licences: SPDX ids that the licence expression of the document names, or the word `permissive`.
        excluded: libraries and versions that do not pass; a third text restricts that to a language.
    """

    corpora: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()

    def sql(self) -> tuple[str, list[str]]:
        """Return a condition on the columns of documents `d` and corpora `c`, and its values.

        It does not cover paths and licences: see `path_test` and `licence_test`.
        """
        columns = {
            "c.name": self.corpora,
            "d.language": self.languages,
            "d.library": self.libraries,
            "d.version": self.versions,
        }
        # Without regard to case: nobody remembers whether it is Jinja2 or jinja2.
        clauses = [
            f"lower({name}) IN ({', '.join('?' * len(values))})" for name, values in columns.items() if values
        ]
        columns_excluded = ("d.library = ?", "d.version = ?", "d.language = ?")
        clauses += [f"NOT ({' AND '.join(columns_excluded[: len(values)])})" for values in self.excluded]
        chosen = [value.lower() for values in columns.values() for value in values]
        return " AND ".join(clauses) or "TRUE", chosen + [part for values in self.excluded for part in values]

    def licence_test(self) -> Callable[[str], bool]:
        """Return a function that says whether a licence, as an SPDX expression, passes."""
        if not self.licences:
            return lambda expression: True
        from corpora.source_tree.licence import is_permissive, licence_ids  # few searches have this filter

        wanted = {licence.lower() for licence in self.licences}

        @lru_cache(maxsize=1024)  # an index has many documents and few licences
        def passes(expression: str) -> bool:
            return bool(wanted & licence_ids(expression)) or (
                "permissive" in wanted and is_permissive(expression)
            )

        return passes

    def path_test(self) -> Callable[[str], bool]:
        """Return a function that says whether a path passes."""
        if not self.paths:
            return lambda path: True
        from corpora.outside.path_patterns import path_spec  # only searches with a glob pay for it

        return path_spec(self.paths).match_file
