"""The result of `rag train` as text or JSON."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from corpora.counted import counted
from rag.rendering.json_text import json_text

if TYPE_CHECKING:
    from indexers.training.own_code import Trained


def trained(done: "Trained", *, json: bool) -> str:
    """Render the scores before and after, what was kept, and how to use it."""
    if json:
        return json_text(asdict(done))
    lines = [
        f"held-out definitions found at rank 1: {done.before:.1%} before, {done.after:.1%} after "
        f"({counted(done.held_out, 'definition')})",
        f"{counted(done.pairs, 'pair')} from {counted(done.definitions, 'definition')}, "
        f"{counted(done.new_tokens, 'new token')}, "
        f"{done.seconds} s",
    ]
    if done.is_better:
        lines.append(
            f"the trained encoder is in {done.folder}; run: rag index --rebuild --encoder table:{done.folder}"
        )
    else:
        lines.append(f"training did not help: {done.folder} holds the weights of the built-in encoder")
    return "\n".join(lines)
