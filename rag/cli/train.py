"""`rag train`: the encoder, trained on the user's own code."""

import argparse
from pathlib import Path
from typing import Any

from rag.cli import render_train
from rag.cli.terminal import note, show
from rag.train import train_encoder


def add_train_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """The options of `rag train`."""
    train = commands.add_parser("train", parents=[common], help="train the encoder on your own code")
    train.description = (
        "Train the built-in encoder on code: what is said above a definition must find it. "
        "Then: rag index --rebuild --encoder table:OUT"
    )
    train.add_argument(
        "--corpus", action="append", required=True, metavar="FOLDER", help="of code; may be repeated"
    )
    train.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for the table")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same table")
    train.set_defaults(run=run_train)


def run_train(options: argparse.Namespace) -> None:
    """`rag train`."""
    trained = train_encoder(options.corpus, options.out, seed=options.seed, tell=note)
    show(render_train.trained(trained, json=options.json), json=options.json)
