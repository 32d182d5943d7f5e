"""From a question to hits: match, rank, rerank, and estimate whether they answer it."""
