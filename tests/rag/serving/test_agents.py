"""Our server is written into the settings of agents and taken out again, and all else in them stays."""

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import RagError, UnknownName
from rag.cli.main import main
from rag.serving.agents.json_edit import NotPlainJson, read_json, with_entry, without_entry
from rag.serving.agents.known import AGENTS, SERVER_NAME, AgentSettings, agent_named
from rag.serving.agents.settings_file import instructions_change, settings_change
from rag.serving.agents.toml_edit import with_table, without_table

COMMAND = ("/opt/rag/bin/rag", "mcp")
ZED = """// my settings
{
  "theme": "One Dark", // dark
  /* servers */
  "context_servers": {
    "other": {"command": "x", "args": []},
  },
  "vim_mode": true,
}
"""


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_what_is_added_is_taken_out_again_without_a_trace(agent: AgentSettings, tmp_path: Path) -> None:
    project = None if agent.user_file else tmp_path
    added = settings_change(agent, COMMAND, project, tmp_path)
    assert added.is_needed
    added.make()
    text = added.path.read_text()
    data: Any = tomllib.loads(text) if agent.format == "toml" else json.loads(text)
    for key in (*agent.keys, SERVER_NAME):
        data = data[key]
    assert COMMAND[0] in json.dumps(data)
    assert not settings_change(agent, COMMAND, project, tmp_path).is_needed
    removed = settings_change(agent, None, project, tmp_path)
    removed.make()
    assert not added.path.exists()


def test_comments_order_and_layout_stay(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "zed" / "settings.json"
    path.parent.mkdir(parents=True)
    path.write_text(ZED)
    path.chmod(0o600)
    settings_change(agent_named("zed"), COMMAND, None, tmp_path).make()
    text = path.read_text()
    assert [line for line in text.split("\n") if line in ZED.split("\n")] == ZED.split("\n")
    assert read_json(text)["context_servers"][SERVER_NAME]["command"] == COMMAND[0]
    assert path.stat().st_mode & 0o777 == 0o600
    settings_change(agent_named("zed"), None, None, tmp_path).make()
    assert path.read_text() == ZED


def test_tables_of_toml_stay(tmp_path: Path) -> None:
    path = tmp_path / ".codex" / "config.toml"
    path.parent.mkdir()
    own = '# mine\nmodel = "x"\n\n[mcp_servers.other]\ncommand = "y"\n\n[mcp_servers.other.env]\nA = "1"\n'
    path.write_text(own)
    settings_change(agent_named("codex"), COMMAND, None, tmp_path).make()
    assert tomllib.loads(path.read_text())["mcp_servers"][SERVER_NAME] == {
        "command": COMMAND[0],
        "args": ["mcp"],
    }
    settings_change(agent_named("codex"), None, None, tmp_path).make()
    assert path.read_text() == own
    text = with_table(own, ("mcp_servers", SERVER_NAME), {"command": "a"}) + "[z]\nb = 1\n"
    assert tomllib.loads(without_table(text, ("mcp_servers", SERVER_NAME)))["z"] == {"b": 1}


@pytest.mark.parametrize(
    "text",
    ["[]", "{", "{'a': f()}", '{"mcpServers": 3}', "nonsense", '{"a": 1} {"b": 2}', "{...x}", "{a: 1}"],
)
def test_what_cannot_be_read_is_not_touched(text: str, tmp_path: Path) -> None:
    path = tmp_path / ".claude.json"
    path.write_text(text)
    with pytest.raises(RagError) as caught:
        settings_change(agent_named("claude-code"), COMMAND, None, tmp_path)
    assert "by hand" in caught.value.fix
    assert path.read_text() == text


def test_a_link_in_a_project_is_not_followed_and_one_of_the_user_is(tmp_path: Path) -> None:
    home, project, elsewhere = (tmp_path / name for name in ("home", "project", "elsewhere"))
    for folder in (home, project, elsewhere):
        folder.mkdir()
    (elsewhere / "settings.json").write_text("{}\n")
    (project / ".mcp.json").symlink_to(elsewhere / "settings.json")
    with pytest.raises(RagError, match="is not changed"):
        settings_change(agent_named("claude-code"), COMMAND, project, home)
    (home / ".claude.json").symlink_to(elsewhere / "settings.json")
    settings_change(agent_named("claude-code"), COMMAND, None, home).make()
    assert (home / ".claude.json").is_symlink()
    assert SERVER_NAME in (elsewhere / "settings.json").read_text()


def test_instructions_are_a_block_that_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "CLAUDE.md"
    path.write_text("# Mine\n\nBe kind.\n")
    agent = agent_named("claude-code")
    instructions_change(agent, tmp_path, wanted=True).make()
    assert path.read_text().startswith("# Mine\n\nBe kind.\n\n<!-- docprompting: begin -->\n")
    assert not instructions_change(agent, tmp_path, wanted=True).is_needed
    instructions_change(agent, tmp_path, wanted=False).make()
    assert path.read_text() == "# Mine\n\nBe kind.\n"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = settings_change(agent_named("cursor"), COMMAND, None, tmp_path)
    (tmp_path / ".cursor").write_text("a file")
    with pytest.raises(RagError, match="was not changed"):
        change.make()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=6), JSON, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_an_entry_changes_nothing_else_in_any_object(data: dict[str, Any], indent: int | str | None) -> None:
    data.pop("servers", None)
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    assert read_json(text) == data
    added = with_entry(text, ("servers", "x"), {"command": "y"})
    assert read_json(added) == {**data, "servers": {"x": {"command": "y"}}}
    assert read_json(with_entry(added, ("servers", "x"), 1)) == {**data, "servers": {"x": 1}}
    assert read_json(without_entry(added, ("servers", "x"))) == {**data, "servers": {}}
    assert read_json(without_entry(added, ("servers",))) == data


def test_edges_of_json() -> None:
    assert read_json("  ") == {} == read_json("{}")
    assert with_entry("{ // empty\n}", ("a",), 1) == '{ // empty\n  "a": 1\n}'
    assert without_entry("", ("a",)) == ""
    assert without_entry('{"a": 1}', ("b", "c")) == '{"a": 1}'
    assert read_json('{"a": -1.5e3, "b": [true, false, null,]}') == {"a": -1500.0, "b": [True, False, None]}
    with pytest.raises(NotPlainJson):
        read_json("[" * 150 + "]" * 150)
    with pytest.raises(NotPlainJson):
        read_json('"' + "x" * 5_000_000 + '"')


def test_the_command_shows_the_change_and_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".cursor").mkdir(parents=True)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    assert main(["agents", "list"]) == 0
    assert "Cursor  (used here)" in capsys.readouterr().out
    assert main(["agents", "list", "--json"]) == 0
    assert {one["name"] for one in json.loads(capsys.readouterr().out)} == {agent.name for agent in AGENTS}
    assert main(["agents", "add", "cursor", "--dry-run"]) == 0
    assert not (tmp_path / "home" / ".cursor" / "mcp.json").exists()
    assert main(["agents", "add", "cursor", "--instructions"]) == 0
    assert '+    "docprompting": {' in capsys.readouterr().out
    assert "Search before you write" in (tmp_path / "project" / "AGENTS.md").read_text()
    assert main(["agents", "add", "--here", "vscode"]) == 0
    shared = json.loads((tmp_path / "project" / ".vscode" / "mcp.json").read_text())
    assert shared["servers"][SERVER_NAME]["command"] == "rag"
    assert main(["agents", "add", "cursor"]) == 0
    assert "nothing to change" in capsys.readouterr().err
    assert main(["agents", "remove", "cursor", "--instructions"]) == 0
    assert not (tmp_path / "project" / "AGENTS.md").exists()
    for wrong in (["windsurf", "--here"], ["roo"], ["nobody"]):
        assert main(["agents", "add", *wrong]) == 1
    with pytest.raises(UnknownName):
        agent_named("nobody")
    assert os.environ["HOME"].startswith(str(tmp_path))
