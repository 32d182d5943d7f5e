"""Rerankers, the gate and the rounds as users of the command line meet them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rag.cli.generator_options import note_toy
from rag.cli.main import main
from rag.doc_prompter import DEFAULT_PASSAGES
from rag.prompting.prompt import Prompt
from tests.loopback_endpoint import Answer, answer, serving
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]
ASKED = "parse a date string"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    write_tree(tmp_path / "src")
    monkeypatch.chdir(tmp_path)
    assert main(["index", "src"]) == 0
    capsys.readouterr()
    return tmp_path


def test_search_says_what_the_reranker_said(project: Path, capsys: Captured) -> None:
    assert main(["search", "--rerank", "late", "--json", ASKED]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert first["reranked"]["rank"] == 1 and "reranked" in first["shares"]
    assert main(["search", "--rerank", "late", "--explain", ASKED]) == 0
    assert "reranked #1)" in capsys.readouterr().out


def test_no_reranker_is_asked_by_default(project: Path, capsys: Captured) -> None:
    assert main(["search", "--json", ASKED]) == 0
    assert {hit["reranked"] for hit in json.loads(capsys.readouterr().out)} == {None}


@pytest.mark.parametrize("command", [["search"], ["prompt"], ["generate", "--generator=echo"]])
def test_an_unknown_reranker_is_reported_in_three_lines(
    project: Path, capsys: Captured, command: list[str]
) -> None:
    assert main([*command, "--rerank", "lat", ASKED]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines()[0] == "error: unknown reranker 'lat'" and len(err.splitlines()) == 3


def test_under_the_gate_no_passage_is_shown_and_stderr_says_so(project: Path, capsys: Captured) -> None:
    assert main(["prompt", "--gate", "1", "--json", ASKED]) == 0
    out, err = capsys.readouterr()
    prompt = json.loads(out)
    assert prompt["hits"] == [] and 0 < prompt["confidence"] < 1
    assert "no passages" in err and "below the gate of 1" in err


def test_above_the_gate_passages_are_shown(project: Path, capsys: Captured) -> None:
    assert main(["prompt", "--gate", "0.1", "--rerank", "late", ASKED]) == 0
    out, err = capsys.readouterr()
    assert "strptime" in out and "no passages" not in err


@pytest.mark.parametrize("gate", ["-0.1", "1.1", "nan", "much"])
def test_a_gate_is_a_probability(project: Path, capsys: Captured, gate: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["prompt", f"--gate={gate}", ASKED])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ["generate", "--temperature=nan"], ["generate", "--temperature=-1"], ["eval", "--temperature=hot"],
        ["eval", "--timeout=0"], ["eval", "--timeout=inf"], ["eval", "--written-tests=-1"],
    ],
)  # fmt: skip
def test_numbers_that_mean_nothing_are_wrong_usage(wrong: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*wrong, ASKED])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert wrong[1].partition("=")[0] in line


def test_generate_reports_rounds_and_confidence(project: Path, capsys: Captured) -> None:
    script = project / "model.py"
    script.write_text("import sys; sys.stdin.read(); print('```python\\nadd_days(day, 1)\\n```')")
    command = [
        "generate",
        f"--generator=command:{sys.executable} {script}",
        "-k=1",
        "--json",
        ASKED,
    ]
    assert main([*command, "--rounds=2"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["code"] == "add_days(day, 1)" and answer["rounds"] in (1, 2)
    assert 0 < answer["confidence"] < 1
    assert main([*command, "--rounds=2", "--gate=1"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["rounds"] == 1 and "no passages" in err


def test_rounds_beyond_what_helps_are_wrong_usage(project: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["generate", "--rounds", "9", ASKED])
    assert caught.value.code == 2


def test_a_prompt_has_fewer_passages_than_a_search_has_hits(project: Path, capsys: Captured) -> None:
    write_tree(
        project / "src", {f"d{n}.py": f"def parse_date_{n}(text):\n    return {n}\n" for n in range(20)}
    )
    assert main(["index", "src"]) == 0
    capsys.readouterr()
    assert main(["search", "--json", ASKED]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 10
    assert main(["prompt", "--json", ASKED]) == 0
    assert len(json.loads(capsys.readouterr().out)["hits"]) == DEFAULT_PASSAGES


def streamed(*pieces: str, finish: str = "stop") -> Answer:
    """Return a stream of these pieces, as a server sends it."""
    events: list[dict[str, Any]] = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    events.append({"choices": [{"delta": {}, "finish_reason": finish}]})
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return 200, {"Content-Type": "text/event-stream"}, f"{body}data: [DONE]\n\n"


def generate(url: str, *options: str) -> int:
    return main(["generate", "--generator=openai:m", f"--base-url={url}", *options, ASKED])


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.mark.usefixtures("project", "loopback")
def test_generate_says_which_model_answers_and_what_the_answer_lacks(capsys: Captured) -> None:
    refusal: Answer = (400, {}, {"error": {"message": "Unknown parameter: 'seed'", "param": "seed"}})
    cut = answer("```python\nx = 1\n```")
    cut[2]["choices"][0]["finish_reason"] = "length"
    with serving(refusal, cut) as endpoint:
        assert generate(endpoint.url) == 0
    out, err = capsys.readouterr()
    told = err.splitlines()
    used = told.pop(1)
    assert used.startswith("1 call: 7 tokens read, 5 written, ") and used.endswith(" s")
    assert (out, told) == (
        "x = 1\n",
        [
            "model: openai:m",
            "cut off at 512 tokens: allow a longer answer with --max-output-tokens",
            "made without seed: the backend does not take that",
        ],
    )


NO_CODE = [
    "error: openai:m gave no code",
    "  why: it holds only thoughts, and was cut off in them",
    "  fix: allow a longer answer with --max-output-tokens",
]


@pytest.mark.usefixtures("project", "loopback")
def test_an_answer_without_code_is_an_error_that_says_why(capsys: Captured) -> None:
    thoughts = answer("<think>Hm")
    thoughts[2]["choices"][0]["finish_reason"] = "length"
    with serving(thoughts) as endpoint:
        assert generate(endpoint.url) == 1
        assert capsys.readouterr().out == ""
        assert generate(endpoint.url, "--json") == 1
    out, err = capsys.readouterr()
    assert (json.loads(out)["code"], err.splitlines()[-3:]) == ("", NO_CODE)


@pytest.mark.usefixtures("project", "loopback")
def test_an_answer_that_was_watched_ends_with_the_same_words(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with serving(streamed("<think>", "Hm", finish="length")) as endpoint:
        assert generate(endpoint.url) == 1
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-3:]) == ("<think>Hm\n", NO_CODE)


class Toy:
    """A generator like the one that is the default."""

    name, is_toy = "local:Small", True

    def __call__(self, prompt: Prompt, /) -> str:
        return "x = 1"


def test_the_default_model_is_called_a_toy_in_one_line(capsys: Captured) -> None:
    assert note_toy(Toy())
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("model: local:Small, a toy of 135M parameters") and "--generator" in line
