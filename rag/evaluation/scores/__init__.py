"""Scores of an answer against a reference, and of what was retrieved against the documents that answer."""
