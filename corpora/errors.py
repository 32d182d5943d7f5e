"""The errors a user can meet. Each says what went wrong, why, and how to fix it.

RagError
├── CorpusError          a source of text cannot be read as asked
│   └── NothingToRead    it is there and holds no text of the kind
├── ManifestError        rag.toml is not understood
├── IndexNotFound        there is no index at the path
├── IndexIncompatible    another format version or another encoder wrote it
├── IndexDamaged         a file of the index is missing, cut short or altered
├── IndexLocked          another process is writing to the index
├── UnknownName          a name is not in the table it was looked up in
├── NothingPasses        no document of the index passes the filter of a search
├── MissingExtra         an optional dependency is not installed
├── PromptError          the prompt cannot be made (template, budget)
├── GeneratorError       the generator failed or cannot be reached
└── SandboxError         generated code cannot be run as safely as asked
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any


class RagError(Exception):
    """A mistake or failure that the user can fix. Credentials are removed from its texts.

    Args:
        what: what went wrong, one line.
        why: the reason as far as it is known, one line.
        fix: what to do about it, preferably a command, one line.
    """

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        from corpora.redaction.credentials import without_credentials  # only errors pay for its patterns

        self.what, self.why, self.fix = map(without_credentials, (what, why, fix))
        super().__init__(self.what)

    def __str__(self) -> str:
        return f"{self.what}\n  why: {self.why}\n  fix: {self.fix}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Make it picklable for worker processes: by default an exception is rebuilt from `what` alone."""
        return _made_again, (type(self), self.args, dict(self.__dict__))


def _made_again(kind: type[RagError], arguments: tuple[Any, ...], state: dict[str, Any]) -> RagError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class CorpusError(RagError):
    """A source of text cannot be read as asked."""


class NothingToRead(CorpusError):
    """A source is there, and holds no text of the kind that was asked for."""


class ManifestError(RagError):
    """`rag.toml` is not understood."""


class IndexNotFound(RagError):
    """There is no index at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"no index at {path}",
            why="nothing was indexed there yet",
            fix="run: rag index FOLDER; or, if there is an index elsewhere, name it with --index",
        )
        self.path = path


class IndexIncompatible(RagError):
    """The index was written by another format version or with another encoder."""


class IndexDamaged(RagError):
    """A file of the index is missing, cut short or altered."""


class IndexLocked(RagError):
    """Another process is writing to the index."""


class UnknownName(RagError):
    """A name is not in the table it was looked up in; `choices` are the names that are."""

    def __init__(self, kind: str, name: str, choices: Iterable[str], *, fix: str = "") -> None:
        self.choices = tuple(sorted(choices))
        from difflib import get_close_matches  # only errors pay for it

        near = get_close_matches(name, self.choices, n=1)
        super().__init__(
            f"unknown {kind} {name!r}",
            why=f"known are: {', '.join(self.choices) or 'none'}",
            fix=fix or (f"did you mean {near[0]!r}?" if near else f"choose one of the known {kind}s"),
        )


class NothingPasses(RagError):
    """No document of an index passes the filter of a search.

    Args:
        what: what went wrong, one line.
        why: the reason, one line.
        field: the field of the filter that nothing passes; empty if each has documents, but none has all.
        value: what the filter asks for in that field.
        known: the values that there are in the index, sorted; of paths, what is at the top.
        near: those of them that are spelled like `value`.
    """

    def __init__(
        self,
        what: str,
        *,
        why: str,
        field: str = "",
        value: str = "",
        known: Iterable[str] = (),
        near: Iterable[str] = (),
    ) -> None:
        self.field, self.value, self.known, self.near = field, value, tuple(known), tuple(near)
        choose = "choose one of these, or leave the filter out" if field else "leave out one of the filters"
        super().__init__(what, why=why, fix=f"did you mean {self.near[0]}?" if self.near else choose)


class MissingExtra(RagError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str, *, fix: str = "") -> None:
        super().__init__(
            f"the package {package} is not installed",
            why=f"it belongs to the optional extra {extra!r}",
            fix=fix or f"run: pip install 'docprompting[{extra}]'",
        )
        self.extra = extra


class PromptError(RagError):
    """The prompt cannot be made: unknown template, or a budget too small for the query."""


class SandboxError(RagError):
    """Generated code cannot be run as safely as asked."""


class GeneratorError(RagError):
    """The generator failed, or cannot be reached."""


class GeneratorUnavailable(GeneratorError):
    """No prompt can be answered: the server is not there, the key is wrong, or the model does not load."""


class PromptRefused(GeneratorError):
    """The generator does not answer this prompt, and may well answer others."""


def reason_of(error: Exception) -> str:
    """Return why something failed: of the operating system in its words, without a number and the path.

    >>> reason_of(FileNotFoundError(2, "No such file or directory", "/x"))
    'No such file or directory'
    """
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
