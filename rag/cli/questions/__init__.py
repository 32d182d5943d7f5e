"""`rag eval retrieval` and `rag eval questions`: how well an index answers, and first questions to ask it."""
