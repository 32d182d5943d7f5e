"""Selection by likelihood with an OpenAI-compatible endpoint that gives log-probabilities or refuses them."""

from pathlib import Path

import pytest

from rag.evaluation.report import RunResult, text_report
from rag.evaluation.run import Settings, evaluate
from rag.execution import Sandbox
from rag.generators.endpoints.openai_api import OpenAIModel
from tests.loopback_endpoint import Answer, Endpoint, answer, serving
from tests.tea_tasks import LEAVES, RIGHT, WATER, WRONG, evaluation, lines, tea_dataset, using

LEAVES_RIGHT = using("weigh_leaves")
LIKELY = Settings(("none",), samples=2, select=("likelihood",))
REFUSED: Answer = (400, {}, {"error": {"message": "logprobs are not supported", "param": "logprobs"}})


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def run(folder: Path, sandbox: Sandbox, endpoint: Endpoint, settings: Settings = LIKELY) -> RunResult:
    dataset = tea_dataset(folder, WATER, LEAVES)
    model = OpenAIModel("m", endpoint.url)
    return evaluate(evaluation(dataset, model, sandbox, settings), folder / "run")


def test_the_likelier_sample_is_selected(tmp_path: Path, sandbox: Sandbox) -> None:
    answers = [
        answer(WRONG, [-2.0, -4.0]),
        answer(RIGHT, [-0.25, -0.75]),
        answer(LEAVES_RIGHT, [-0.5]),
        answer(WRONG, [-0.75]),
    ]
    with serving(*answers) as endpoint:
        result = run(tmp_path, sandbox, endpoint)
    assert all(sent["logprobs"] is True for sent in endpoint.sent)
    kept = [sample["log_likelihood"] for sample in lines(tmp_path / "run" / "samples.jsonl")]
    assert kept == [-3.0, -0.5, -0.5, -0.75]
    assert [one["number"] for one in lines(tmp_path / "run" / "choices.jsonl")] == [1, 0]
    assert [one.steps["selected (likelihood)"] for one in result.contexts[0].outcomes] == [1.0, 1.0]
    assert "likelihood: unknown" not in text_report(result)


def test_a_report_says_for_how_many_samples_the_likelihood_is_unknown(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with serving(answer(WRONG, [-1.0]), REFUSED, answer(RIGHT)) as endpoint:
        result = run(tmp_path, sandbox, endpoint)
    assert result.manifest["samples without a log-likelihood"] == "3 of 4"
    assert "likelihood: unknown for 3 of 4 samples; these rank last" in text_report(result)


def test_who_does_not_select_by_likelihood_does_not_ask_for_it(tmp_path: Path, sandbox: Sandbox) -> None:
    with serving(answer(WRONG)) as endpoint:
        result = run(tmp_path, sandbox, endpoint, Settings(("none",), select=("executable",)))
    assert not any("logprobs" in sent for sent in endpoint.sent)
    assert "samples without a log-likelihood" not in result.manifest
