"""A filter of documents: a search finds only chunks of those that pass."""

from collections.abc import Callable
from dataclasses import dataclass, fields
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
        kinds: `code` or `docs`.
        excluded: libraries and versions that do not pass; a third text restricts that to a language, and a
            fourth to a role of documents.
        folders: names of corpora, each with the path of its folder as the user sees it, such as `../src`.
            A glob may then also match that folder followed by the path within the corpus. They choose
            nothing by themselves.
    """

    corpora: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    folders: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether every document passes."""
        return not any(getattr(self, field.name) for field in fields(self) if field.name != "folders")

    def sql(self) -> tuple[str, list[str]]:
        """Return a condition on the columns of documents `d` and corpora `c`, and its values.

        It does not cover paths and licences: see `path_test` and `licence_test`.
        """
        columns = {
            "c.name": self.corpora,
            "d.language": self.languages,
            "d.library": self.libraries,
            "d.version": self.versions,
            "d.kind": self.kinds,
        }
        # Without regard to case: nobody remembers whether it is Jinja2 or jinja2.
        clauses = [
            f"lower({name}) IN ({', '.join('?' * len(values))})" for name, values in columns.items() if values
        ]
        columns_excluded = ("d.library = ?", "d.version = ?", "d.language = ?", "d.role = ?")
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

    def path_test(self) -> Callable[[str, str], bool]:
        """Return a function that says whether a path passes, given the name of its corpus and the path."""
        if not self.paths:
            return lambda corpus, path: True
        from corpora.outside.path_patterns import path_spec  # only searches with a glob pay for it

        globs = [glob.removeprefix("./") for glob in self.paths]
        matches = path_spec(globs).match_file
        # A glob of a name alone, such as `*.py`, matches in any folder already.
        anchored = any("/" in glob.rstrip("/") for glob in globs)
        seen_as = {name: _prefix(folder) for name, folder in self.folders} if anchored else {}

        def passes(corpus: str, path: str) -> bool:
            if matches(path):
                return True
            prefix = seen_as.get(corpus)
            return prefix is not None and matches(prefix + path)

        return passes


def _prefix(folder: str) -> str:
    return "" if folder in {"", "."} else folder.rstrip("/") + "/"
