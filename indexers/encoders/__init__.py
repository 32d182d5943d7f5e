"""Encoders: passages in, vectors out."""

from indexers.encoders.encoder import Encoder, EncoderPassage, NamedEncoder, Parts, Question
from indexers.encoders.open_encoder import DEFAULT_ENCODER, full_name, is_static, open_encoder

__all__ = [
    "DEFAULT_ENCODER",
    "Encoder",
    "EncoderPassage",
    "NamedEncoder",
    "Parts",
    "Question",
    "full_name",
    "is_static",
    "open_encoder",
]
