"""`rag mcp`: answer an agent by the Model Context Protocol, on standard input and output."""

import argparse

from rag.cli.serving.service_options import (
    add_service_options,
    missing_extra,
    permissions_of,
    projects_of,
    watching_of,
)


def add_mcp_options(options: argparse.ArgumentParser) -> None:
    """Add the options of `rag mcp`."""
    options.description = (
        "Answer an agent by the Model Context Protocol, on standard input and output: search code and "
        "documentation, read around a hit, look up signatures, check code. Agents start this command "
        "themselves: 'rag agents' writes it into their settings. 'rag serve' does the same by HTTP."
    )
    add_service_options(options)
    options.set_defaults(run=run_mcp)


def run_mcp(options: argparse.Namespace) -> None:
    """Run `rag mcp`."""
    try:
        from rag.serving.mcp.server import run_mcp_server  # the protocol takes a second to load
    except ImportError as error:
        raise missing_extra(error) from error
    projects = projects_of(options, opens_others=True)
    run_mcp_server(projects, permissions_of(options), watching_of(options))
