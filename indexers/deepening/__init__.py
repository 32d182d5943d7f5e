"""Deepening: give units of documentation the vectors of a transformer, in passes that can be stopped."""
