"""Changes of files of settings and instructions, which are shown before they are made, and can be undone."""

import difflib
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from rag.serving.agents.json_edit import NotPlainJson, read_json, with_entry, without_entry
from rag.serving.agents.known import SERVER_NAME, AgentSettings
from rag.serving.agents.toml_edit import read_toml, with_table, without_table
from rag.serving.mcp.instructions import INSTRUCTIONS

_MOST_BYTES: Final = 5_000_000
_MODE: Final = 0o644  # of a new file
_BEGIN, _END = "<!-- docprompting: begin -->", "<!-- docprompting: end -->"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change of a file that was not made yet.

    Attributes:
        path: of the file.
        before: its text; None if there is no file.
        after: its text with the change; empty to delete a file in which nothing else is.
    """

    path: Path
    before: str | None
    after: str

    @property
    def is_needed(self) -> bool:
        """Return whether it changes anything."""
        return (self.before or "") != self.after

    def shown(self) -> str:
        """Return the change as a unified diff."""
        lines = difflib.unified_diff(
            (self.before or "").splitlines(),
            self.after.splitlines(),
            str(self.path),
            str(self.path),
            "",
            "",
            2,
            "",
        )
        return "\n".join(lines)

    def make(self) -> None:
        """Make the change, all of it or nothing. Raises `RagError` if the file cannot be written."""
        try:
            if not self.after.strip():
                self.path.unlink(missing_ok=True)
                return
            place = Path(os.path.realpath(self.path))  # settings may be links into a folder of the user's
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=place.parent, delete=False, newline=""
            ) as file:
                file.write(self.after)
            made = Path(file.name)
            try:
                made.chmod(place.stat().st_mode & 0o777 if place.exists() else _MODE)
                made.replace(place)
            except OSError:
                made.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise RagError(
                f"{self.path} was not changed",
                why=reason_of(error),
                fix="make it writable, or change it by hand",
            ) from error


def settings_change(
    agent: AgentSettings, command: tuple[str, ...] | None, project: Path | None, home: Path
) -> FileChange:
    """Return the change that writes our server into the settings of an agent, or for None takes it out.

    Args:
        agent: whose settings.
        command: that starts the server.
        project: whose settings; None for those of the user.
        home: the home folder.

    Raises:
        RagError: the file cannot be read, or not be changed without changing something else.
    """
    path = agent.file(project, home)
    before = _read(path, in_project=project is not None)
    text = before or ""
    keys = (*agent.keys, SERVER_NAME)
    entry = agent.entry(command) if command is not None else None
    try:
        read: Any = read_toml if agent.format == "toml" else read_json
        if agent.format == "toml":
            after = with_table(text, keys, entry) if entry is not None else without_table(text, keys)
        elif entry is not None:
            after = with_entry(text, keys, entry)
        else:
            after = _without_empty(without_entry(text, keys), agent.keys)
        is_right = _pruned(read(after), agent.keys) == _pruned(_changed(read(text), keys, entry), agent.keys)
    except (NotPlainJson, tomllib.TOMLDecodeError, RecursionError) as error:
        raise RagError(
            f"{path} is not changed",
            why=f"it cannot be read: {error}",
            fix=f"correct it, or write the server into it by hand: {agent.entry(command or ('rag', 'mcp'))}",
        ) from error
    if not is_right:
        raise RagError(
            f"{path} is not changed",
            why="something else in it would change, too",
            fix=f"write the server into it by hand: {agent.entry(command or ('rag', 'mcp'))}",
        )
    return FileChange(path, before, after)


def instructions_change(agent: AgentSettings, project: Path, *, wanted: bool) -> FileChange:
    """Return the change that writes into a project's instructions when to search, or takes that out."""
    path = project / agent.instructions
    before = _read(path, in_project=True)
    text = before or ""
    start, end = text.find(_BEGIN), text.find(_END)
    if start >= 0 and end > start:
        text = text[:start].rstrip("\n") + "\n\n" + text[end + len(_END) :].lstrip("\n")
        text = text.strip("\n") + "\n" if text.strip() else ""
    if wanted:
        block = f"{_BEGIN}\n## Search before you write\n\n{INSTRUCTIONS}\n{_END}\n"
        text = f"{text.rstrip()}\n\n{block}" if text.strip() else block
    return FileChange(path, before, text)


def _without_empty(text: str, keys: tuple[str, ...]) -> str:
    """Return a text without the tables on a path in which nothing is left; empty if that was all of it."""
    for depth in range(len(keys), 0, -1):
        held = read_json(text)
        for key in keys[:depth]:
            held = held.get(key)
            if held is None:
                break
        if held != {}:
            break
        text = without_entry(text, keys[:depth])
    return "" if "".join(text.split()) == "{}" else text


def _pruned(data: Any, keys: tuple[str, ...]) -> Any:
    """Return data without the tables on a path in which nothing is."""
    key, *rest = keys
    if not isinstance(data, dict) or key not in data:
        return data
    held = _pruned(data[key], tuple(rest)) if rest else data[key]
    return {**data, key: held} if held != {} else {name: data[name] for name in data if name != key}


def _changed(data: Any, keys: tuple[str, ...], entry: Any) -> Any:
    """Return data with an entry at the end of a path, or without one."""
    key, *rest = keys
    held = dict(data)
    if rest:
        if key in held or entry is not None:
            held[key] = _changed(held.get(key, {}), tuple(rest), entry)
    elif entry is not None:
        held[key] = entry
    else:
        held.pop(key, None)
    return held


def _read(path: Path, *, in_project: bool) -> str | None:
    """Return the text of a file; None if there is none. In a project, a link may lead anywhere."""
    try:
        return read_outside(path, max_bytes=_MOST_BYTES, follow_links=not in_project).decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RagError(
            f"{path} is not changed", why=reason_of(error), fix="see what it is, or change it by hand"
        ) from error
