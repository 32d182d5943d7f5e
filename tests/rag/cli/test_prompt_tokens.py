"""What is in a prompt, what is not, and who counted its tokens, as users of the command line see it."""

import json
from pathlib import Path

import pytest

from rag.cli.main import main
from tests.loopback_endpoint import serving
from tests.small_corpora import write_tree
from tests.small_tokenizers import byte_level, write_gguf

Captured = pytest.CaptureFixture[str]
ASKED = "parse a date string"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    write_tree(tmp_path / "src")
    byte_level().save(str(tmp_path / "tokenizer.json"))
    monkeypatch.chdir(tmp_path)
    assert main(["index", "src"]) == 0
    capsys.readouterr()
    return tmp_path


def test_stderr_says_what_is_in_a_prompt_and_what_is_not(project: Path, capsys: Captured) -> None:
    assert main(["prompt", "--max-tokens", "240", ASKED]) == 0
    size, left_out = capsys.readouterr().err.splitlines()
    assert "tokens (estimated), " in size and "passage" in size
    assert left_out.startswith("left out: ") and "for lack of room: " in left_out


def test_json_has_the_form_of_each_passage_and_the_reason_for_each_hit_left_out(
    project: Path, capsys: Captured
) -> None:
    assert main(["prompt", "--json", "--max-tokens", "240", ASKED]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["counter"] == "estimate"
    assert len(made["passages"]) == len(made["hits"]) > 0
    assert {one["form"] for one in made["passages"]} <= {"whole", "trimmed", "signature"}
    assert all(one["tokens"] > 0 for one in made["passages"])
    assert {one["reason"] for one in made["left_out"]} == {"no room"}
    assert made["dropped"] == len(made["left_out"])


@pytest.mark.parametrize("command", [["prompt"], ["generate", "--generator=echo"]])
def test_a_tokenizer_is_named_by_an_option(project: Path, capsys: Captured, command: list[str]) -> None:
    chosen = ["--tokenizer", "tokenizers:tokenizer.json"]
    assert main([*command, *chosen, "--max-tokens", "2000", ASKED]) == 0
    out, err = capsys.readouterr()
    if command == ["prompt"]:
        tokens = len(byte_level().encode(out.removesuffix("\n")).ids)
        assert f"{tokens} tokens (by tokenizers:tokenizer.json)" in err
    assert main([*command, "--tokenizer", "tokenizers:none.json", ASKED]) == 1
    assert "none.json cannot be read" in capsys.readouterr().err
    assert main([*command, "--tokenizer", "server", ASKED]) == 1
    assert "no server that counts tokens" in capsys.readouterr().err


def test_a_completion_is_counted_with_its_control_tokens_as_one(project: Path, capsys: Captured) -> None:
    write_gguf(project / "tiny.gguf", byte_level())
    place = f"{next(Path('src').rglob('*.py'))}:2"
    for name in ("tokenizers:tokenizer.json", "gguf:tiny.gguf"):
        assert main(["complete", place, "--prompt", "--format", "qwen2.5-coder", "--tokenizer", name]) == 0
        assert f"tokens (by {name})" in capsys.readouterr().err


def test_the_server_of_a_model_counts_if_it_is_asked_to(project: Path, capsys: Captured) -> None:
    said = {"count": 77, "tokens": [], "choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]}
    with serving((200, {}, said)) as server:
        model = ["--generator", "openai:m", "--base-url", server.url]
        assert main(["generate", *model, "--tokenizer", "server", ASKED]) == 0
        counted = [one for one in server.sent if "content" in one]
        assert 2 <= len(counted) <= 6 and len(server.sent) == len(counted) + 1
    capsys.readouterr()
