"""Encoders: passages in, vectors out."""

from indexers.encoders.encoder import Encoder, Passage
from indexers.encoders.open_encoder import DEFAULT_ENCODER, full_name, open_encoder

__all__ = ["DEFAULT_ENCODER", "Encoder", "Passage", "full_name", "open_encoder"]
