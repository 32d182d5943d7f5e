"""From a question to hits: match, rank, rerank, and judge whether they answer."""
