"""Read a question: its words, names, quotes, patterns and places."""
