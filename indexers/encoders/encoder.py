"""What an encoder is: passages in, vectors of length 1 out."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from indexers.encoders.table import Floats


class Parts(NamedTuple):
    """The tokens of a chunk by what they are."""

    name: Sequence[str] = ()
    path: Sequence[str] = ()
    signature: Sequence[str] = ()
    body: Sequence[str] = ()


class Passage(NamedTuple):
    """A text both ways: as it is, for transformers, and as tokens, for the token table."""

    text: str
    parts: Parts


class Question(NamedTuple):
    """A question both ways. Of a long one `asking` repeats what asks in `prose`; `code` is the rest."""

    text: str
    prose: Sequence[str] = ()
    asking: Sequence[str] = ()
    code: Sequence[str] = ()


class Encoder(Protocol):
    """Turns passages and questions into vectors of one space.

    `encoder_id` differs whenever the vectors may differ: an index holds those of one encoder only.
    `is_cheap` says that encoding costs less than looking up an old vector, and that the encoder
    may be copied into every worker process.
    """

    encoder_id: str
    dimensions: int
    is_cheap: bool

    def encode(self, passages: Sequence[Passage]) -> Floats:
        """Vectors of passages, shape (n, dimensions); a row of zeros where nothing is known."""

    def encode_query(self, query: Question) -> Floats:
        """Vector of a question, shape (dimensions,)."""

    def coverage(self, text: str) -> float:
        """Share of the words of a question that the encoder knows, 0 to 1: of others it can say nothing."""
