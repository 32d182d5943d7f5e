"""Progress and results of an update."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from corpora.counted import counted
from corpora.errors import CorpusError

_MAX_NOTES = 1_000
_SHOWN_FAILURES = 3

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and the path of the last item done."""


def silent(done: int, total: int, path: str) -> None:
    """Report no progress."""


@dataclass(slots=True)
class Report:
    """What an update did, in documents, unless said otherwise.

    `encoded` counts the chunks that an encoder had to encode; `redacted` the secrets that were removed
    from documents added and changed, and `invisible_chars` the characters left out of them because nobody
    sees them on a page. `skipped` counts by reason, `fallbacks` by the reason for not cutting by syntax,
    `guessed` by the encoding that only the bytes of a document told. `notes` tell what is missing in
    documents added and changed, each with its path: the first 1,000. `decisions` are lines about what was
    decided for the user, each with the option that changes it.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    encoded: int = 0
    redacted: int = 0
    invisible_chars: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    fallbacks: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    guessed: dict[str, int] = field(default_factory=dict)
    read_bytes: int = 0
    seconds: float = 0.0
    decisions: tuple[str, ...] = ()

    def skip(self, reason: str) -> None:
        """Count a document that was skipped."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def note(self, path: str, notes: Sequence[str]) -> None:
        """Keep what is missing in a document."""
        self.notes += [f"{path}: {note}" for note in notes][: _MAX_NOTES - len(self.notes)]

    def fall_back(self, reason: str) -> None:
        """Count a document of code that could not be cut by syntax."""
        self.fallbacks[reason] = self.fallbacks.get(reason, 0) + 1

    def guess(self, encoding: str) -> None:
        """Count a document whose encoding was guessed."""
        self.guessed[encoding] = self.guessed.get(encoding, 0) + 1


class PartlyUpdated(CorpusError):
    """Some of several corpora could not be read, and stay as they were; the others are up to date.

    Args:
        failures: why each of the former could not be read, by its name.
        done: how many others there are; maybe none.
        report: what was done about these.
    """

    def __init__(self, failures: Mapping[str, CorpusError], done: int, report: Report) -> None:
        shown = [f"{name}: {error.what}: {error.why}" for name, error in failures.items()][:_SHOWN_FAILURES]
        more = len(failures) - len(shown)
        others = "the other one is" if done == 1 else f"the other {done} are"
        super().__init__(
            f"{counted(len(failures), 'corpus', 'corpora')} of {len(failures) + done} could not be read"
            + (f"; {others} up to date" if done else ""),
            why="; ".join(shown) + (f"; and {more} more" if more else ""),
            fix=f"{next(iter(failures.values())).fix}; or, if it is documentation that is no longer wanted: "
            "rag docs remove NAME",
        )
        self.failures, self.report = dict(failures), report
