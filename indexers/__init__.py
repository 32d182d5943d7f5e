"""Make documents searchable: chunks, tokens, BM25, vectors, the catalog."""
