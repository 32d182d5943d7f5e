"""Inspect's evaluations use our retrieval."""

import gc
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from indexers.index import Index
from tests import ROOT

pytest.importorskip("inspect_ai")

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate

from rag.adapters.inspect_ai import retrieved_docs

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(autouse=True)
def no_streams_of_inspect_are_left() -> Iterator[None]:
    yield
    gc.collect()  # while its warnings of them are no errors


QUERY = "parse a date string"


def mocked() -> Any:
    output = ModelOutput.from_content("mockllm/model", "datetime.strptime(text, layout)")
    output.usage = ModelUsage()  # or tokens are counted by a vocabulary, which is fetched
    return get_model("mockllm/model", custom_outputs=[output])


def logged(tmp_path: Path, sample: Sample, **options: Any) -> Any:
    task = Task([sample], solver=[retrieved_docs(**options), generate()], scorer=includes())
    (log,) = evaluate(task, model=mocked(), log_dir=str(tmp_path / "logs"), display="none")
    assert log.status == "success", log.error
    return log.samples[0]


def test_the_model_is_given_what_was_retrieved_and_the_log_says_what(index: Index, tmp_path: Path) -> None:
    found = logged(tmp_path, Sample(input=QUERY, target="strptime"), index=str(index.path), k=2)
    assert [message.role for message in found.messages] == ["user", "assistant"]
    asked = found.messages[0].text
    assert "def parse_date" in asked and QUERY in asked
    assert found.store["docprompting"]["passages"][0]["path"] == "dates.py"
    assert found.scores["includes"].value == "C"


def test_the_instructions_of_a_template_come_first(index: Index, tmp_path: Path) -> None:
    found = logged(tmp_path, Sample(input=QUERY), index=str(index.path), template="chat")
    assert [message.role for message in found.messages] == ["system", "user", "assistant"]


def test_a_system_message_of_the_sample_stays_the_only_one(index: Index, tmp_path: Path) -> None:
    messages = [ChatMessageSystem(content="Be brief."), ChatMessageUser(content=QUERY)]
    found = logged(tmp_path, Sample(input=messages), index=str(index.path), template="chat", languages="go")
    assert [message.text for message in found.messages if message.role == "system"] == ["Be brief."]
    assert {one["path"] for one in found.store["docprompting"]["passages"]} == {"store.go"}


def test_it_can_be_the_only_solver(index: Index, tmp_path: Path) -> None:
    task = Task([Sample(input=QUERY)], solver=retrieved_docs(str(index.path), answer=True))
    (log,) = evaluate(task, model=mocked(), log_dir=str(tmp_path / "logs"), display="none")
    assert log.samples and "strptime" in log.samples[0].output.completion


def test_inspect_finds_it_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = project["entry-points"]["inspect_ai"]
    assert import_module(named["rag"]).retrieved_docs is retrieved_docs
