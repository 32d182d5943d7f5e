"""Training of the encoder on the user's own code."""

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
    """Train the built-in encoder on the code in `folders` and write its table to the folder `out`.

    An index is built with it by the encoder `table:OUT`. Tests are not trained on. `tell` is given a line
    of progress now and then.

    Raises:
        CorpusError: a folder cannot be read, or documents too little.
        RagError: `out` holds something else than a table.
    """
    from indexers.training.own_code import train_on_code  # parsers and all: no other command needs them

    specs = [spec_for(str(folder), kind="code") for folder in folders]
    return train_on_code(specs, Path(out).expanduser(), seed=seed, log=tell)
