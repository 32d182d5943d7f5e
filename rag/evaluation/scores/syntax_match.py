"""The syntax match of CodeBLEU: which subtrees of the reference's syntax the answer has too."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def syntax_counts(answer: Node, reference: Node) -> tuple[int, int]:
    """How many subtrees of the reference are anywhere in the answer, and how many there are."""
    ours = set(_subtrees(answer))
    theirs = list(_subtrees(reference))
    return sum(tree in ours for tree in theirs), len(theirs)


def _subtrees(root: Node) -> Iterator[bytes]:
    """A digest of each subtree's node types: without leaves, whose names and values do not count."""
    left = [root]
    while left:
        node = left.pop()
        yield blake2b(str(node).encode(), digest_size=16).digest()  # the text may be as long as the program
        left += [child for child in node.children if child.child_count]
