"""Make the history of a corpus from its commits."""

from collections.abc import Container, Iterator, Sequence
from typing import Final

from corpora.document import Commit
from corpora.redaction.redact import redact
from indexers.history.history import History, make_history
from indexers.tokens import tokenize

MOST_COMMITS: Final = 10_000
"""How many commits are read, the newest first."""

_MOST_FILES: Final = 30  # a commit that changed more (a release, a new format) says little of each
_SUBJECT_COUNTS: Final = 2  # how often the words of a subject count; those of a body count once
_MOST_TOKENS: Final = 400  # of a message; of real ones, one in thousands has more
_AT_ONCE: Final = 100  # messages whose secrets are looked for together: each search has its price
_LEAST_COMMITS: Final = 2  # a shallow clone of one commit tells nothing


def read_history(commits: Sequence[Commit], indexed: Container[str]) -> History | None:
    """Return the history of the files that are `indexed`; None if too few commits changed them.

    The messages are kept as tokens, without secrets.
    """
    changed = [[path for path in commit.files if path in indexed] for commit in commits]
    some = [row for row, files in enumerate(changed) if 0 < len(files) <= _MOST_FILES]
    if len(some) < _LEAST_COMMITS:
        return None
    messages = _without_secrets([f"{commits[row].subject}\n{commits[row].body}" for row in some])
    return make_history([_tokens(message) for message in messages], [changed[row] for row in some])


def _tokens(message: str) -> list[str]:
    subject, _, body = message.partition("\n")
    return [*tokenize(subject) * _SUBJECT_COUNTS, *tokenize(body)][:_MOST_TOKENS]


def _without_secrets(messages: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(messages), _AT_ONCE):
        some = messages[start : start + _AT_ONCE]
        lines = redact("\n".join(some))[0].split("\n")  # which leaves each line where it was
        end = 0
        for message in some:
            begin, end = end, end + message.count("\n") + 1
            yield "\n".join(lines[begin:end])
