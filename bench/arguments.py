"""The command line of a bench."""

import argparse


def argument_parser(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser that shows the docstring of a module, as it is written, as its help."""
    return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
