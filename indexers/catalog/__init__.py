"""The database of an index: its corpora, documents and chunks. All SQL is here."""
