"""The agents whose settings we know: where they are, and how a server stands in them."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from corpora.errors import UnknownName

SERVER_NAME: Final = "docprompting"
"""The name under which our server stands in settings."""

EntryShape = Literal["stdio", "bare", "opencode", "cline"]
SettingsFormat = Literal["json", "toml"]


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The settings of an agent.

    Attributes:
        name: by which it is asked for.
        title: its own name.
        user_file: its settings for all projects, from the home folder or as an absolute path.
        project_file: those of a project, from its folder; empty if it has none.
        keys: of the table of servers in them, from the outside in.
        shape: how a server is written there.
        format: of the files.
        instructions: what it reads in each project as a text of the user's, from the project's folder.
        found_by: a folder from the home folder that says that the agent is used here.
    """

    name: str
    title: str
    user_file: str
    project_file: str = ""
    keys: tuple[str, ...] = ("mcpServers",)
    shape: EntryShape = "stdio"
    format: SettingsFormat = "json"
    instructions: str = "AGENTS.md"
    found_by: str = ""

    def file(self, project: Path | None, home: Path) -> Path:
        """Return the file of its settings: of a project, or of the user for None."""
        if project is not None and self.project_file:
            return project / self.project_file
        return home / _expanded(self.user_file)

    def is_used(self, home: Path) -> bool:
        """Return whether the agent seems to be used here."""
        marks = [self.found_by] if self.found_by else [str(Path(self.user_file).parent)]
        return (
            any(mark not in ("", ".") and (home / _expanded(mark)).exists() for mark in marks)
            or (home / _expanded(self.user_file)).exists()
        )

    def entry(self, command: tuple[str, ...]) -> dict[str, Any]:
        """Return how a server that is started by `command` is written."""
        program, *arguments = command
        plain: dict[str, Any] = {"command": program, "args": arguments}
        shapes: Mapping[EntryShape, dict[str, Any]] = {
            "stdio": {"type": "stdio", **plain},
            "bare": plain,
            "opencode": {"type": "local", "command": [*command], "enabled": True},
            "cline": {"transport": {"type": "stdio", **plain}},
        }
        return shapes[self.shape]


_CODE: Final = "{config}/Code/User"
_CLINE: Final = "globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"

AGENTS: Final = (
    AgentSettings(
        "claude-code",
        "Claude Code",
        ".claude.json",
        ".mcp.json",
        instructions="CLAUDE.md",
        found_by=".claude",
    ),
    AgentSettings(
        "claude-desktop", "Claude Desktop", "{config}/Claude/claude_desktop_config.json", shape="bare"
    ),
    AgentSettings("cursor", "Cursor", ".cursor/mcp.json", ".cursor/mcp.json"),
    AgentSettings("vscode", "VS Code", f"{_CODE}/mcp.json", ".vscode/mcp.json", ("servers",)),
    AgentSettings(
        "zed", "Zed", "{dotconfig}/zed/settings.json", ".zed/settings.json", ("context_servers",), "bare"
    ),
    AgentSettings(
        "codex", "Codex", ".codex/config.toml", ".codex/config.toml", ("mcp_servers",), "bare", "toml"
    ),
    AgentSettings(
        "gemini",
        "Gemini CLI",
        ".gemini/settings.json",
        ".gemini/settings.json",
        shape="bare",
        instructions="GEMINI.md",
    ),
    AgentSettings(
        "qwen",
        "Qwen Code",
        ".qwen/settings.json",
        ".qwen/settings.json",
        shape="bare",
        instructions="QWEN.md",
    ),
    AgentSettings("copilot", "GitHub Copilot CLI", ".copilot/mcp-config.json", shape="bare"),
    AgentSettings("windsurf", "Windsurf", ".codeium/windsurf/mcp_config.json", shape="bare"),
    AgentSettings("kiro", "Kiro", ".kiro/settings/mcp.json", ".kiro/settings/mcp.json", shape="bare"),
    AgentSettings(
        "opencode", "opencode", "{dotconfig}/opencode/opencode.json", "opencode.json", ("mcp",), "opencode"
    ),
    AgentSettings("cline", "Cline", f"{_CODE}/{_CLINE}", shape="cline"),
    AgentSettings("roo", "Roo Code", "", ".roo/mcp.json", shape="bare", found_by=".roo"),
    AgentSettings(
        "amp", "Amp", "{dotconfig}/amp/settings.json", ".amp/settings.json", ("amp.mcpServers",), "bare"
    ),
)


def agent_named(name: str) -> AgentSettings:
    """Return the settings of an agent. Raises `UnknownName`."""
    for agent in AGENTS:
        if agent.name == name:
            return agent
    raise UnknownName("agent", name, [agent.name for agent in AGENTS])


def _expanded(path: str) -> Path:
    """Fill in where this system keeps settings."""
    dotconfig = os.environ.get("XDG_CONFIG_HOME") or ".config"
    config = {"darwin": "Library/Application Support", "win32": "AppData/Roaming"}.get(
        sys.platform, dotconfig
    )
    return Path(path.replace("{config}", config).replace("{dotconfig}", dotconfig))
