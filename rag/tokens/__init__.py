"""Tokens of a text: counted with the vocabulary of a model, or estimated without one."""
