"""The interface of an encoder: passages in, vectors of length 1 out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from indexers.encoders.table import Floats


class Parts(NamedTuple):
    """The tokens of a chunk, by the part of the chunk that they are from."""

    name: Sequence[str] = ()
    path: Sequence[str] = ()
    signature: Sequence[str] = ()
    body: Sequence[str] = ()


class EncoderPassage(NamedTuple):
    """A passage in two forms: its text, for transformers, and its tokens, for the token table."""

    text: str
    parts: Parts


class Question(NamedTuple):
    """A question in two forms: its text, and its tokens by the part of the question that they are from.

    `prose` are the tokens of its sentences, `asking` those of the sentences that ask for something (they are
    in `prose` too), `code` those of its lines of code, data and errors. `sentences` is the text of `prose`;
    empty if that is the whole text, or if there is none.
    """

    text: str
    prose: Sequence[str] = ()
    asking: Sequence[str] = ()
    code: Sequence[str] = ()
    sentences: str = ""


class Encoder(Protocol):
    """Turns passages and questions into vectors of the same space.

    Attributes:
        encoder_id: differs whenever the vectors may differ; an index holds vectors of one encoder only.
        dimensions: length of a vector.
        is_cheap: whether encoding a text costs less than looking up its old vector, and the encoder may be
            loaded in every worker process.
    """

    encoder_id: str
    dimensions: int
    is_cheap: bool

    def encode(self, passages: Sequence[EncoderPassage]) -> Floats:
        """Return the vectors of passages, shape (n, dimensions); zeros for a passage without known tokens."""

    def encode_query(self, query: Question) -> Floats:
        """Return the vector of a question, shape (dimensions,)."""

    def coverage(self, text: str) -> float:
        """Return the share of the words of a question that the encoder knows, 0 to 1."""


@dataclass(frozen=True, slots=True)
class NamedEncoder:
    """An encoder and the full name by which `open_encoder` opens it."""

    name: str
    encoder: Encoder
