"""Text in, searchable index out: chunks, tokens, BM25, vectors, the catalog."""
