"""The option of all commands about APIs: where a library is looked for."""

import argparse


def add_environment_option(options: argparse.ArgumentParser) -> None:
    """Add `--python`, the environment in which a library is looked for by its name."""
    options.add_argument(
        "--python",
        default="",
        metavar="PATH",
        help="environment that a library without a version is read from: its folder or its interpreter, "
        "which is not run; default: the active one, then .venv of this project, then the Python that runs "
        "this command",
    )
