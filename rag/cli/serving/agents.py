"""`rag agents`: write our server into the settings of agents, and take it out again."""

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from corpora.counted import counted
from corpora.errors import MissingExtra, RagError
from rag.cli.serving.service_options import SERVE_EXTRA
from rag.cli.terminal import note, show
from rag.rendering.json_text import json_text
from rag.serving.agents.known import AGENTS, AgentSettings, agent_named
from rag.serving.agents.settings_file import FileChange, instructions_change, settings_change


def add_agents_options(agents: argparse.ArgumentParser) -> None:
    """Add the parsers of the actions of `rag agents`."""
    agents.description = (
        "Write 'rag mcp' into the settings of agents, so that they can search. Each change is shown, and "
        "'remove' undoes it."
    )
    actions: Any = agents.add_subparsers(metavar="ACTION")
    agents.set_defaults(run=lambda _: agents.print_help())
    listing = actions.add_parser("list", help="list the agents that are known, and which are used here")
    listing.add_argument("--json", action="store_true", help="print the result as JSON")
    listing.set_defaults(run=run_agents_list)
    for name, help_text, run in (
        ("add", "write the server into the settings of agents", run_agents_add),
        ("remove", "take the server out of the settings of agents", run_agents_remove),
    ):
        action = actions.add_parser(name, help=help_text)
        names = ", ".join(agent.name for agent in AGENTS)
        action.add_argument("agents", nargs="+", metavar="AGENT", help=f"one of: {names}")
        action.add_argument(
            "--here", action="store_true", help="the settings of this project; default: those of the user"
        )
        action.add_argument(
            "--instructions",
            action="store_true",
            help="also the text that says when to search, in the file of instructions of this project",
        )
        action.add_argument("--dry-run", action="store_true", help="show the change, and make none")
        action.set_defaults(run=run)


def run_agents_list(options: argparse.Namespace) -> None:
    """Run `rag agents list`."""
    home = Path.home()
    found = [
        {
            "name": agent.name,
            "title": agent.title,
            "is_used": agent.is_used(home),
            "user_file": str(agent.file(None, home)) if agent.user_file else "",
            "project_file": agent.project_file,
        }
        for agent in AGENTS
    ]
    if options.json:
        show(json_text(found), json=True)
        return
    width = max(len(agent.name) for agent in AGENTS)
    lines = [
        f"{one['name']:{width}}  {one['title']}{'  (used here)' if one['is_used'] else ''}" for one in found
    ]
    show("\n".join(lines))


def run_agents_add(options: argparse.Namespace) -> None:
    """Run `rag agents add`."""
    if find_spec("mcp") is None:  # else agents would start what ends at once
        raise MissingExtra("mcp", SERVE_EXTRA)
    _change(options, mcp_command(is_shared=options.here))


def run_agents_remove(options: argparse.Namespace) -> None:
    """Run `rag agents remove`."""
    _change(options, None)


def mcp_command(*, is_shared: bool) -> tuple[str, ...]:
    """Return the command that starts our server: by its path, but for files that are shared with others."""
    if is_shared:
        return ("rag", "mcp")
    program = Path(sys.executable).with_name("rag")
    # Without -I, a folder named `rag` in a project would be taken for ours.
    return (str(program), "mcp") if program.exists() else (sys.executable, "-I", "-m", "rag", "mcp")


def _change(options: argparse.Namespace, command: tuple[str, ...] | None) -> None:
    agents = [agent_named(name) for name in options.agents]
    project = Path.cwd() if options.here else None
    changes = [_settings(agent, command, project) for agent in agents]
    if options.instructions:
        texts = [instructions_change(agent, Path.cwd(), wanted=command is not None) for agent in agents]
        changes += {change.path: change for change in texts}.values()
    needed = [change for change in changes if change.is_needed]
    for change in needed:
        show(change.shown())
        if not options.dry_run:
            change.make()
    _say(options, needed)


def _say(options: argparse.Namespace, changes: Sequence[FileChange]) -> None:
    if not changes:
        note("nothing to change")
    elif options.dry_run:
        note(f"{counted(len(changes), 'file')} would change; run it without --dry-run")
    else:
        note(f"{counted(len(changes), 'file')} changed; start the agent anew")


def _settings(agent: AgentSettings, command: tuple[str, ...] | None, project: Path | None) -> FileChange:
    if project is not None and not agent.project_file:
        raise RagError(
            f"{agent.title} has no settings of a project",
            why="it reads those of the user only",
            fix=f"run it without --here: rag agents add {agent.name}",
        )
    if project is None and not agent.user_file:
        raise RagError(
            f"the settings of {agent.title} for all projects are in no file",
            why="it keeps them elsewhere",
            fix=f"run it in a project, with --here: rag agents add --here {agent.name}",
        )
    return settings_change(agent, command, project, Path.home())
