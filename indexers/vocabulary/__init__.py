"""What words of questions stand for in pages and code: `directory` in a question, `dir` in a name."""
