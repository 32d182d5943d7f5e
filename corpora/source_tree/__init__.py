"""A tree of source code: what of it is read, and as what."""
