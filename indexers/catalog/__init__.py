"""The database of an index: its corpora, documents and chunks. All SQL of an index is in this folder."""
