"""`rag train`: train the encoder on the user's own code."""

import argparse
from pathlib import Path

from rag.cli.options import add_common_options
from rag.cli.rendering import training
from rag.cli.terminal import note, show
from rag.train import train_encoder


def add_train_options(train: argparse.ArgumentParser) -> None:
    """Add the options of `rag train`."""
    add_common_options(train)
    train.description = (
        "Train the built-in encoder on your own code, so that the docstring or comment of a definition finds "
        "it. Then use it with: rag index --rebuild --encoder table:FOLDER"
    )
    train.add_argument(
        "--corpus",
        action="append",
        required=True,
        metavar="FOLDER",
        help="folder of code to train on; may be given several times",
    )
    train.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder to write the trained encoder to"
    )
    train.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="seed of the training: the same seed gives the same encoder; default: 0",
    )
    train.set_defaults(run=run_train)


def run_train(options: argparse.Namespace) -> None:
    """Run `rag train`."""
    trained = train_encoder(options.corpus, options.out, seed=options.seed, tell=note)
    show(training.trained(trained, json=options.json), json=options.json)
