"""Make questions from repositories and packages: their comments, messages, names, commits and documentation.

`python -m bench.made_questions` writes trees to index, questions with what should be found, and pairs of
texts for training.
"""
