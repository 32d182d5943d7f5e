"""Decide which index and which corpora are meant, and what a project may ask for without consent."""
