"""Bring an index up to date: read, prepare, write, commit."""
