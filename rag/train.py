"""Train the encoder on the user's own code."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.sources import spec_for

if TYPE_CHECKING:
    from indexers.training.own_code import Trained


def train_encoder(
    folders: Sequence[str | Path],
    out: str | Path,
    *,
    seed: int = 0,
    tell: Callable[[str], None] = lambda line: None,
) -> "Trained":
    """Train the built-in encoder on the code in `folders`, and write its table to the folder `out`.

    Indexes use it as the encoder `table:OUT`.

    Args:
        folders: folders of code; tests in them are left out.
        out: folder to write to; made if it is not there.
        seed: the same seed gives the same table.
        tell: called with a line of progress now and then.

    Returns:
        How well held-out definitions are found before and after, and which table was kept.

    Raises:
        CorpusError: a folder cannot be read, or too little in it is documented.
        RagError: `out` holds something other than a table.
    """
    from indexers.training.own_code import train_on_code  # it imports the parsers, which searches do not need

    specs = [spec_for(str(folder), kind="code") for folder in folders]
    return train_on_code(specs, Path(out).expanduser(), seed=seed, log=tell)
