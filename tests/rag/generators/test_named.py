"""Generators by `NAME:MODEL`, any callable by its name, and those of other packages."""

import sys
from pathlib import Path

import pytest

from corpora.errors import GeneratorError, UnknownName
from rag.generators import GeneratorOptionsError, open_generator
from rag.generators.command import Command
from rag.generators.completion import Sampling, complete
from rag.generators.endpoints.openai_api import OpenAIModel
from rag.generators.named import GeneratorName
from rag.prompting.prompt import make_prompt
from tests.plugins import install_plugin
from tests.small_corpora import write_tree

PROMPT = make_prompt("sort a list", [], template="chat")


@pytest.mark.parametrize(
    ("text", "name", "model"),
    [
        ("local", "local", ""),
        ("openai:gpt-5-mini", "openai", "gpt-5-mini"),
        ("openai:qwen2.5-coder:7b", "openai", "qwen2.5-coder:7b"),
        (r"local:C:\models\small.gguf", "local", r"C:\models\small.gguf"),
        ("command:llm -m x:y", "command", "llm -m x:y"),
        ("call:package.module:function", "call", "package.module:function"),
        ("openai:", "openai", ""),
    ],
)
def test_only_the_first_colon_divides(text: str, name: str, model: str) -> None:
    assert GeneratorName.parse(text) == GeneratorName(name, model)


def test_what_follows_the_colon_is_the_model_or_the_program() -> None:
    chat = open_generator("openai:qwen2.5-coder:7b", base_url="http://localhost:1/v1")
    assert isinstance(chat, OpenAIModel) and chat.model == "qwen2.5-coder:7b"
    command = open_generator("command:llm -m 'a b'")
    assert isinstance(command, Command) and command.command == "llm -m 'a b'"


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("openai", "openai:MODEL"),
        ("openai:", "openai:MODEL"),
        ("command", "command:COMMAND"),
        ("call", "call:FUNCTION"),
    ],
)
def test_a_missing_model_is_asked_for_as_it_is_written(name: str, fix: str) -> None:
    with pytest.raises(GeneratorOptionsError) as raised:
        open_generator(name)
    assert fix in raised.value.fix


def test_a_path_alone_is_told_how_to_be_named() -> None:
    for path in (r"C:\models\small.gguf", "models/small.gguf"):
        with pytest.raises(UnknownName) as raised:
            open_generator(path)
        assert f"local:{path}" in raised.value.fix


def test_a_model_alone_is_told_where_it_belongs_and_a_misspelled_name_what_it_may_be() -> None:
    with pytest.raises(UnknownName) as raised:
        open_generator("gpt-5-mini")
    assert "openai:gpt-5-mini" in raised.value.fix
    with pytest.raises(UnknownName) as raised:
        open_generator("opnai")
    assert raised.value.fix == "did you mean 'openai'?"


def test_a_generator_without_models_takes_none_and_no_model_is_given_twice() -> None:
    with pytest.raises(GeneratorError, match="cannot be opened") as raised:
        open_generator("echo:gpt")
    assert raised.value.why == "it has no models"
    with pytest.raises(GeneratorError, match="cannot be opened") as raised:
        open_generator("openai:a", model="b")
    assert raised.value.why == "its model is given twice"


MODULE = """
from rag import Completion

LIMIT = 3

def loud(prompt):
    return prompt.query.upper()

class Loud:
    def __init__(self, sampling):
        self.sampling = sampling

    def __call__(self, prompt):
        return prompt.query.upper() * self.sampling.max_tokens

class Rooms:
    inner = Loud

class Needy:
    def __init__(self, key):
        pass

    def __call__(self, prompt):
        return ""
"""


@pytest.fixture
def callables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("callables_of_a_test", "broken_of_a_test"):
        sys.modules.pop(name, None)
    site = {"callables_of_a_test.py": MODULE, "broken_of_a_test.py": "raise OSError('no licence')\n"}
    monkeypatch.syspath_prepend(write_tree(tmp_path / "site", site))


def test_any_callable_of_a_module_answers(callables: None) -> None:
    assert complete(open_generator("call:callables_of_a_test:loud"), PROMPT).text == "SORT A LIST"
    made = open_generator("call:callables_of_a_test:Loud", sampling=Sampling(max_tokens=2))
    assert complete(made, PROMPT).text == "SORT A LIST" * 2
    inner = open_generator("call:callables_of_a_test:Rooms.inner", sampling=Sampling(max_tokens=1))
    assert complete(inner, PROMPT).text == "SORT A LIST"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("call:callables_of_a_test", "it is not like package.module:function"),
        ("call:callables_of_a_test:", "it is not like package.module:function"),
        ("call:../evil:run", "it is not like package.module:function"),
        ("call:.relative:run", "it is not like package.module:function"),
        ("call:callables_of_a_test:run()", "it is not like package.module:function"),
        ("call:callables_of_a_test:absent", "has no attribute 'absent'"),
        ("call:no_such_module_anywhere:run", "No module named"),
        ("call:broken_of_a_test:run", "OSError: no licence"),
        ("call:callables_of_a_test:LIMIT", "it is of the type int"),
        ("call:callables_of_a_test:Needy", "it needs key"),
    ],
)
def test_what_cannot_be_called_is_named_with_the_reason(callables: None, name: str, why: str) -> None:
    with pytest.raises(GeneratorError) as raised:
        open_generator(name)
    assert why in raised.value.why


THIRD_PARTY = """
def open_mine(model="small", *, sampling=None, device="cpu"):
    def mine(prompt):
        return f"{model} on {device}"
    return mine

def open_any(**options):
    return lambda prompt: str(sorted(options))
"""


def test_a_generator_of_another_package_gets_the_model_after_the_colon(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entries = "mine = plugin:open_mine\nany = plugin:open_any"
    install_plugin(monkeypatch, tmp_path, "generators", entries, THIRD_PARTY)
    assert complete(open_generator("mine:a:b", device="gpu"), PROMPT).text == "a:b on gpu"
    assert complete(open_generator("mine"), PROMPT).text == "small on cpu"
    assert complete(open_generator("any:x"), PROMPT).text == "['model']"
