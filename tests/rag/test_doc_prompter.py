from pathlib import Path

import pytest

from corpora.errors import GeneratorError
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.doc_prompter import DocPrompter
from rag.generators import open_generator
from rag.prompting.message import Image, Message
from rag.prompting.prompt import Prompt
from rag.retrieval.search_options import SearchOptions
from tests.small_corpora import write_tree


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index.in_memory([write_tree(tmp_path_factory.mktemp("trees") / "app")])


def test_the_generator_is_given_what_was_retrieved_and_the_request(index: Index) -> None:
    completion = DocPrompter(index, open_generator("echo"), template="code")("parse a date string")
    assert "strptime" in completion.text and "parse a date string" in completion.text


def test_any_callable_that_returns_text_is_a_generator(index: Index) -> None:
    completion = DocPrompter(index, lambda prompt: f"```python\n{len(prompt.hits)}\n```", k=2)("a date")
    assert completion.code == "2"


def test_a_generator_that_raises_is_named(index: Index) -> None:
    def broken(prompt: Prompt) -> str:
        raise OSError("no power")

    with pytest.raises(GeneratorError, match="broken"):
        DocPrompter(index, broken)("a date")


def test_prompts_need_no_generator_but_answers_do(index: Index) -> None:
    prompter = DocPrompter(index)
    assert "strptime" in prompter.prompt("parse a date string").text
    with pytest.raises(GeneratorError, match="no generator to answer"):
        prompter("parse a date string")


def test_a_conversation_is_sent_whole_and_its_last_request_is_looked_up(index: Index) -> None:
    asked = []

    def model(prompt: Prompt) -> str:
        asked.append(prompt)
        return 'store.Put("day", 1)'

    turns = [Message("user", "save a value"), Message("assistant", "store.Put(key, value)")]
    request = Message("user", "parse a date string")
    completion = DocPrompter(index, model, template="chat", rounds=2)([*turns, request])
    assert completion.rounds == len(asked) == 2
    for prompt in asked:
        assert [message.role for message in prompt.messages] == ["system", "user", "assistant", "user"]
        assert prompt.messages[1:3] == tuple(turns) and prompt.query == "parse a date string"
    assert asked[0].hits[0].chunk.symbol == "parse_date"


def test_images_of_the_request_reach_the_model_in_each_round(index: Index) -> None:
    shown: list[tuple[Image, ...]] = []

    def model(prompt: Prompt) -> str:
        shown.append(prompt.messages[-1].images)
        return 'store.Put("day", 1)'

    image = Image("image/png", b"x")
    DocPrompter(index, model, rounds=2)([Message("user", "parse a date string", (image,))])
    assert shown == [(image,), (image,)]


def test_filter_and_budget_reach_the_prompt(index: Index) -> None:
    prompter = DocPrompter(index, max_tokens=200, search=SearchOptions(Filter(languages=("go",))))
    prompt = prompter.prompt("save a value under a key")
    assert prompt.tokens <= 200
    assert [hit.chunk.origin.path for hit in prompt.hits] == ["store.go"]


def test_one_may_count_tokens_as_ones_model_does(index: Index) -> None:
    prompt = DocPrompter(index, count_tokens=len, max_tokens=1500).prompt("a date")
    assert prompt.tokens == len(prompt.text) <= 1500


def test_an_index_on_disk_serves_as_well(tmp_path: Path) -> None:
    with Index.build(tmp_path / "index", [write_tree(tmp_path / "app")]) as opened:
        assert "strptime" in DocPrompter(opened, open_generator("echo"))("parse a date string").text
