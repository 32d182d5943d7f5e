"""Run the compact transformer that comes with the package: word pieces in, vectors out, without torch."""

from indexers.encoders.compact.encoder import CompactEncoder

__all__ = ["CompactEncoder"]
