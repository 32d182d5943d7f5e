"""What `rag train` prints."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from rag.cli.json_text import json_text

if TYPE_CHECKING:
    from indexers.training.own_code import Trained


def trained(done: "Trained", *, json: bool) -> str:
    """The scores before and after, what was kept, and how to use it."""
    if json:
        return json_text(asdict(done))
    lines = [
        f"held-out definitions found at rank 1: {done.before:.1%} before, {done.after:.1%} after "
        f"({done.held_out} definitions)",
        f"{done.pairs} pairs of {done.definitions} definitions, {done.new_tokens} new tokens, "
        f"{done.seconds} s",
    ]
    if done.is_better:
        lines.append(f"the table is in {done.folder}; run: rag index --rebuild --encoder table:{done.folder}")
    else:
        lines.append(f"training did not help: {done.folder} holds the weights of the built-in encoder")
    return "\n".join(lines)
