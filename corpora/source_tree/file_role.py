"""Tell tests by their paths: the former home of `is_test_file`, which the ranking still imports from here."""

from corpora.source_tree.roles.test_paths import is_test_file

__all__ = ["is_test_file"]
