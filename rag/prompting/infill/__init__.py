"""Prompts for models that fill in the middle: code before and after a gap, in the format of each family."""
