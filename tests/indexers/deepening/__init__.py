"""Tests of `indexers.deepening`."""
