"""The numbers that describe a candidate, and the columns that hold them."""

from typing import Final

FEATURES: Final = (
    "meaning",
    "meaning_behind",
    "deep",
    "deep_behind",
    "has_deep",
    "words",
    "translated",
    "fused",
    "phrases",
    "literals",
    "run",
    "made",
    "made_by",
    "place",
    "name",
    "name_maybe",
    "name_declared",
    "name_exported",
    "exports",
    "name_near",
    "misspelled",
    "asked_in_name",
    "asked_in_file",
    "file_in_asked",
    "evidence",
    "best_of_file",
    "test",
    "example",
    "prose",
    "settings",
    "changelog",
    "declaration",
    "other",
    "wanted",
    "docs",
    "library",
    "likely",
    "usage",
    "said",
    "bare",
    "old_form",
    "uncounted",
    "file_words",
    "covered",
    "pairs_in_names",
    "commit_messages",
    "rules",
)
"""The names of the numbers that weights are fitted to, in the order of their columns."""

RULES: Final = (
    "by meaning",
    "by words",
    "library",
    "likely library",
    "exact name",
    "bare",
    "popular",
    "old form",
    "file",
    "file name",
    "test or example",
)
"""The parts that `rules` is the sum of, in the columns behind."""

COLUMN: Final = {name: number for number, name in enumerate((*FEATURES, *(f"rule {name}" for name in RULES)))}
"""The column of each number."""
