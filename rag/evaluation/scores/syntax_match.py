"""The syntax match of CodeBLEU: the subtrees of the reference's syntax tree that the answer has too."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def syntax_counts(answer: Node, reference: Node) -> tuple[int, int]:
    """Return how many subtrees of the reference are anywhere in the answer, and how many it has."""
    ours = set(_subtrees(answer))
    theirs = list(_subtrees(reference))
    return sum(tree in ours for tree in theirs), len(theirs)


def _subtrees(root: Node) -> Iterator[bytes]:
    """Yield a digest of the node types of each subtree; leaves, whose text does not count, are left out."""
    left = [root]
    while left:
        node = left.pop()
        # A digest, since the text of a subtree may be as long as the program.
        yield blake2b(str(node).encode(), digest_size=16).digest()
        left += [child for child in node.children if child.child_count]
