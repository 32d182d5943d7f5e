"""Which generator answers, and what it costs: by an option, a variable, or the rag.toml of a stranger."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.cli.main import main
from rag.evaluation.run import read_manifest, read_result
from tests.loopback_endpoint import answer, serving
from tests.sandboxes import ISOLATION
from tests.silent_server import SilentServer, silent_server
from tests.small_corpora import write_tree
from tests.tea_tasks import TASKS, write_lines

Captured = pytest.CaptureFixture[str]
ASKED = "parse a date string"
CORPUS = '[[corpus]]\npath = "src"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    write_tree(root / "src")
    (root / "rag.toml").write_text(CORPUS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["index"]) == 0
    return root


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))  # also what the user has agreed to
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("RAG_GENERATOR", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.chdir(made)
    (made / "rag.toml").write_text(CORPUS)
    capsys.readouterr()
    return made


@pytest.fixture
def server() -> Iterator[SilentServer]:
    with silent_server() as server:
        yield server


def saying(text: str) -> str:
    return f"command:{sys.executable} -c {shlex.quote(f'print({text!r})')}"


def toml_of(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {toml_of(one)}' for key, one in value.items())} }}"
    return json.dumps(value)


def name_in(project: Path, **values: object) -> None:
    lines = [f"{key} = {toml_of(value)}" for key, value in values.items()]
    (project / "rag.toml").write_text("\n".join([CORPUS, "[generator]", *lines, ""]))


def test_an_option_goes_before_the_variable_and_that_before_the_rag_toml(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    name_in(project, name=saying("manifest"))
    assert main(["index", "--trust"]) == 0
    capsys.readouterr()
    assert main(["generate", ASKED]) == 0
    assert capsys.readouterr().out == "manifest\n"
    monkeypatch.setenv("RAG_GENERATOR", saying("variable"))
    assert main(["generate", ASKED]) == 0
    assert capsys.readouterr().out == "variable\n"
    assert main(["generate", "--generator", saying("option"), ASKED]) == 0
    assert capsys.readouterr().out == "option\n"


def test_the_variable_may_name_a_callable(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    site = write_tree(
        tmp_path / "site", {"answers_of_a_test.py": "def run(prompt):\n    return prompt.query\n"}
    )
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("RAG_GENERATOR", "call:answers_of_a_test:run")
    assert main(["generate", ASKED]) == 0
    assert ASKED in capsys.readouterr().out


STRANGE = {
    "a command": {"name": "command:touch CANARY"},
    "an endpoint": {"name": "openai:m", "base_url": "http://127.0.0.1:PORT/v1"},
    "a hosted model": {"name": "openai:m"},
    "a model outside": {"name": "local:/etc/passwd"},
    "a model inside": {"name": "local:evil.gguf"},
    "an address for the harmless": {"name": "echo", "base_url": "http://127.0.0.1:PORT/v1"},
    "a package's": {"name": "plugin:x"},
    "all of the memory": {"name": "local", "max_tokens": 10**12},
    "a model in an option": {"name": "local", "options": {"model": "evil.gguf"}},
    "a command in an option": {"name": "command", "options": {"command": "touch CANARY"}},
}
NEVER = {
    "a callable": {"name": "call:evil:run"},
    "a spaced callable": {"name": " call :evil:run"},
    "a hidden part": {"name": "command:sh -c --token $(touch${IFS}CANARY)"},
    "a login": {"name": "openai:m", "base_url": "http://me:secret123@127.0.0.1:PORT/v1"},
    "another line": {"name": "command:true\n touch CANARY"},
    "what no terminal shows": {"name": "command:touch CANARY \u202e"},
    "a callable in an option": {"name": "call", "options": {"function": "evil:run"}},
    "a hidden option": {"name": "command", "options": {"command": "sh -c --token $(touch${IFS}CANARY)"}},
    "too much to read": {"name": f"command:true {'x' * 400} CANARY"},
}


@pytest.mark.parametrize("values", [*STRANGE.values(), *NEVER.values()], ids=[*STRANGE, *NEVER])
def test_what_a_rag_toml_names_is_not_used_unasked(
    project: Path,
    tmp_path: Path,
    server: SilentServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
    values: dict[str, object],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    canary = tmp_path / "canary"
    (project / "evil.py").write_text(f"open({str(canary)!r}, 'w')\n")
    (project / "evil.gguf").write_bytes(b"GGUF")
    filled = {
        key: json.loads(
            json.dumps(value).replace("CANARY", str(canary)).replace("PORT", str(server.server_port))
        )
        for key, value in values.items()
    }
    name_in(project, **filled)
    for command in (
        ["generate", ASKED],
        ["complete", "src/dates.py:2"],
        ["complete", "src/dates.py:2", "--prompt"],
    ):
        assert main(command) == 1
        said = capsys.readouterr().err
        assert "is not followed" in said or "is not used" in said
        assert "--generator" in said
    assert not canary.exists() and server.asked == []
    assert main(["search", ASKED]) == 0 and main(["index"]) == 0  # which ask nothing
    assert main(["generate", "--generator", "echo", ASKED]) == 0


@pytest.mark.parametrize("values", NEVER.values(), ids=NEVER)
def test_nobody_can_agree_to_what_is_not_shown_or_runs_a_module(
    project: Path, capsys: Captured, values: dict[str, object]
) -> None:
    name_in(project, **values)
    assert main(["index", "--trust"]) == 1
    assert "is not used" in capsys.readouterr().err


def test_a_generator_is_shown_with_what_else_is_agreed_to(project: Path, capsys: Captured) -> None:
    far = "".join(f'[[corpus]]\nname = "far{n}"\nkind = "docs"\npath = "/usr/share/doc"\n' for n in range(4))
    (project / "rag.toml").write_text(f'{CORPUS}{far}[generator]\nname = "command:true"\n')
    assert main(["index"]) == 1
    assert "to the generator command:true, " in capsys.readouterr().err
    name_in(project, name="command:true")
    assert main(["index"]) == 0  # which asks nothing
    assert main(["index", "--trust"]) == 0
    assert "agreed: " in (said := capsys.readouterr().err) and "the generator command:true" in said


def test_consent_is_for_one_generator_at_one_address(project: Path, capsys: Captured) -> None:
    with serving(answer("```python\nx = 1\n```")) as first, serving(answer()) as second:
        name_in(project, name="openai:m", base_url=first.url, temperature=0, max_tokens=7)
        assert main(["index", "--trust"]) == 0
        assert main(["generate", ASKED]) == 0
        name_in(project, name="openai:m", base_url=first.url, temperature=1, max_tokens=9)
        assert main(["generate", "--seed", "3", ASKED]) == 0
        name_in(project, name="openai:m", base_url=second.url)
        assert main(["generate", ASKED]) == 1
    assert [(sent["temperature"], sent["max_tokens"], sent["seed"]) for sent in first.sent] == [
        (0, 7, 0),
        (1, 9, 3),
    ]
    assert second.sent == []


def test_options_of_its_class_reach_the_generator_and_are_agreed_to(project: Path, capsys: Captured) -> None:
    with serving(answer()) as endpoint:
        name_in(project, name="openai:m", base_url=endpoint.url, options={"extra": {"top_k": 40}})
        assert main(["generate", ASKED]) == 1
        assert '{"extra": {"top_k": 40}}' in capsys.readouterr().err
        assert main(["index", "--trust"]) == 0
        assert main(["generate", ASKED]) == 0
        name_in(project, name="openai:m", base_url=endpoint.url, options={"extra": {"top_k": 41}})
        assert main(["generate", ASKED]) == 1
    assert [sent["top_k"] for sent in endpoint.sent] == [40]


def test_the_harmless_need_no_consent(project: Path, capsys: Captured) -> None:
    name_in(project, name="echo")
    assert main(["generate", ASKED]) == 0
    assert "model: echo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[generator]\n", "name is missing in [generator]"),
        ('[generator]\nname = ""\n', "'name' in [generator]"),
        ('[generator]\nname = "echo"\nmodle = "x"\n', "unknown key 'modle' in [generator]"),
        ('[generator]\nname = "echo"\ntemperature = "hot"\n', "'temperature' in [generator]"),
        ('[generator]\nname = "echo"\ntemperature = nan\n', "'temperature' in [generator]"),
        ('[generator]\nname = "echo"\nseed = 1.5\n', "'seed' in [generator]"),
        ('[generator]\nname = "echo"\nmax_tokens = 0\n', "'max_tokens' in [generator]"),
        (f'[generator]\nname = "echo"\ntemperature = 1{"0" * 400}\n', "'temperature' in [generator]"),
        ('[generator]\nname = "echo"\n[generator.prices]\nprompt = 1\n', "completion is missing"),
        ('[generator]\nname = "echo"\noptions = { day = 2026-12-01 }\n', "in [generator.options]"),
        ('[generator]\nname = "echo"\noptions = { most = inf }\n', "in [generator.options]"),
        ('[generator]\nname = "echo"\n[generator.prices]\nprompt = -1\n', "'prompt' in [generator.prices]"),
    ],
)
def test_a_mistake_in_the_table_is_named(project: Path, capsys: Captured, table: str, said: str) -> None:
    (project / "rag.toml").write_text(f"{CORPUS}{table}")
    assert main(["generate", ASKED]) == 1
    assert said in capsys.readouterr().err
    assert main(["index"]) == 1


def test_what_a_generator_of_the_rag_toml_does_not_take_is_named_as_it_stands_there(
    project: Path, capsys: Captured
) -> None:
    name_in(project, name="echo", timeout_seconds=3)
    assert main(["generate", ASKED]) == 1
    assert "does not take timeout_seconds in [generator]" in capsys.readouterr().err


def test_a_rag_toml_may_name_a_generator_and_no_corpora(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    write_tree(tmp_path / "src")
    (tmp_path / "rag.toml").write_text('[generator]\nname = "echo"\n')
    monkeypatch.chdir(tmp_path)
    assert main(["index", "src"]) == 0
    assert main(["index"]) == 0  # which takes nothing away
    capsys.readouterr()
    assert main(["generate", ASKED]) == 0
    assert "model: echo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["--backend", "openai"], "--generator NAME:MODEL"),
        (["--backend=echo"], "--generator NAME"),
        (["--model", "gpt"], "--generator openai:MODEL"),
        (["--command", "llm -m x"], "--generator 'command:PROGRAM ...'"),
    ],
)
def test_options_of_older_versions_say_how_they_are_written_now(
    project: Path, capsys: Captured, old: list[str], new: str
) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["generate", *old, ASKED])
    assert exited.value.code == 2 and new in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["generate", "--help"])
    assert old[0].partition("=")[0] not in capsys.readouterr().out


def test_tokens_and_dollars_are_said(project: Path, capsys: Captured) -> None:
    with serving(answer()) as endpoint:
        command = ["generate", "--generator", "openai:m", "--base-url", endpoint.url, ASKED]
        assert main([*command, "--price", "100,200"]) == 0
    said = capsys.readouterr().err
    assert "1 call: 7 tokens read, 5 written, " in said and "$0.0017" in said
    with pytest.raises(SystemExit):
        main([*command, "--price", "cheap"])
    assert "is not like 0.25,2" in capsys.readouterr().err


def test_prices_of_the_rag_toml_are_those_of_its_generator(project: Path, capsys: Captured) -> None:
    (project / "rag.toml").write_text(
        f'{CORPUS}[generator]\nname = "echo"\n[generator.prices]\nprompt = 1000\ncompletion = 0.5\n'
    )
    assert main(["generate", ASKED]) == 0
    assert "$" in capsys.readouterr().err
    assert main(["generate", "--generator", "echo", ASKED]) == 0
    assert "$" not in capsys.readouterr().err


def test_an_answer_is_kept_only_if_that_is_asked_for(project: Path, capsys: Captured) -> None:
    with serving(answer("```python\nx = 1\n```"), answer("```python\nx = 2\n```")) as endpoint:
        command = ["generate", "--generator", "openai:m", "--base-url", endpoint.url, ASKED]
        assert main([*command, "--cache"]) == 0
        assert "from the cache" not in capsys.readouterr().err
        assert main([*command, "--cache"]) == 0
        out, err = capsys.readouterr()
        assert out == "x = 1\n" and "answers from the cache: 1" in err and "1 call" not in err
        assert main(command) == 0
        assert capsys.readouterr().out == "x = 2\n"
    assert len(endpoint.sent) == 2


def test_the_rag_toml_may_ask_for_the_cache_and_an_option_against_it(project: Path, capsys: Captured) -> None:
    with serving(answer()) as endpoint:
        name_in(project, name="openai:m", base_url=endpoint.url, cache=True)
        assert main(["index", "--trust"]) == 0
        for options in ([], [], ["--no-cache"]):
            assert main(["generate", *options, ASKED]) == 0
    assert len(endpoint.sent) == 2


def test_a_generator_that_cannot_be_kept_is_asked_all_the_same(project: Path, capsys: Captured) -> None:
    assert main(["generate", "--generator", "echo", "--cache", ASKED]) == 0
    assert "answers are not kept: it does not say what decides its answers" in capsys.readouterr().err


@pytest.fixture
def tasks(project: Path) -> Callable[..., list[str]]:
    write_lines(project / "tea.jsonl", TASKS[:1])

    def command(*options: str) -> list[str]:
        return ["eval", "tea.jsonl", "--context", "none", "--isolation", ISOLATION, *options]

    return command


@pytest.mark.slow
def test_a_run_says_what_it_cost_and_a_second_one_from_the_cache_costs_nothing(
    project: Path, tasks: Callable[..., list[str]], capsys: Captured
) -> None:
    with serving(answer("```python\ndef answer(x):\n    return 1\n```")) as endpoint:
        by = ["--generator", "openai:m", "--base-url", endpoint.url, "--price", "10,20", "--cache"]
        assert main(tasks(*by, "--out", "one", "-n", "2")) == 0
        said = capsys.readouterr()
        assert "2 calls: 14 tokens read, 10 written" in said.out and "2 calls: 14 tokens read" in said.err
        assert main(tasks(*by, "--out", "two", "-n", "2")) == 0
        assert "answers from the cache: 2" in capsys.readouterr().err
        assert main(tasks(*by[:-1], "--out", "two", "-n", "2")) == 0  # a run is resumed with or without it
        assert "2 calls: 14 tokens read" in (project / "one" / "report.html").read_text()
    assert len(endpoint.sent) == 2
    one, two = (read_result(project / name).usage for name in ("one", "two"))
    assert one and one == two
    assert (one.calls, one.prompt_tokens, one.completion_tokens, one.uncounted) == (2, 14, 10, 0)
    assert one.cost == pytest.approx((14 * 10 + 10 * 20) / 1e6)
    assert read_manifest(project / "one")["generator"] == {
        "name": "openai:m",
        "base_url": endpoint.url,
        "temperature": 0.2,
        "max_output_tokens": 512,
        "cache": True,
    }


def test_recorded_answers_need_no_consent_and_cost_nothing(
    project: Path, tasks: Callable[..., list[str]], capsys: Captured
) -> None:
    name_in(project, name="command:false")
    write_lines(
        project / "answers.jsonl", [{"task_id": task["id"], "samples": ["x = 1"]} for task in TASKS[:1]]
    )
    assert main(tasks("--answers", "answers.jsonl", "--out", "run")) == 0
    assert read_result(project / "run").usage is None
