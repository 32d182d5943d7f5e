"""A run whose answers are repaired by what a check finds, then by their errors."""

from pathlib import Path

import pytest

from corpora.errors import UnknownName
from rag.checking.inference.ty import has_ty
from rag.evaluation.report import from_json, html_report, text_report, to_json
from rag.evaluation.report.repair_counts import FindingCounts
from rag.evaluation.run import Settings, evaluate
from rag.execution import Sandbox
from rag.generators.completion import Completion
from rag.prompting.prompt import Prompt
from tests.tea_tasks import LEAVES, POT, WATER, WRONG, evaluation, lines, needed, tea_dataset, using

SETTINGS = Settings(("none",), repair="self-debugging", feedback="findings+tests", turns=1)
# (of a small package that is surely installed beside pytest)
UNREAL = "```python\nimport iniconfig\ndef answer(x):\n    return {}\n```"


def model(prompt: Prompt, /) -> Completion:
    """Correct what does not exist, for the water; and what fails, for the leaves."""
    name = needed(prompt)
    text = {
        "boil_water": using(name) if "without running it" in prompt.text
        else UNREAL.format("iniconfig.boil(x)"),
        "weigh_leaves": using(name) if "came of running" in prompt.text else WRONG,
        "fill_pot": UNREAL.format("fill_pot(x) if x else iniconfig.fill(x)"),  # passes all the same
    }[name]  # fmt: skip
    return Completion(text, "", "of a test", prompt_tokens=100, completion_tokens=10)


@pytest.mark.slow
@pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")
def test_repair_by_findings_is_counted_beside_that_by_execution_and_resumed(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    data = tea_dataset(tmp_path, WATER, LEAVES, POT)
    run = evaluate(evaluation(data, model, sandbox, SETTINGS), tmp_path / "run")
    (column,) = run.contexts
    counts = column.repairs
    assert counts and counts.by_findings == FindingCounts(
        checked=3, unchecked={}, with_findings=2, passing=1, cleared=1, gained=1, lost=0, turns=2
    )
    assert (counts.answers, counts.passed, counts.after, counts.gained, counts.lost) == (3, 1, 3, 1, 0)
    assert (counts.turns, counts.prompt_tokens, counts.completion_tokens) == (3, 300, 30)
    assert [dict(one.steps) for one in column.outcomes] == [
        {"repaired (self-debugging, findings)": found, "repaired (self-debugging, findings+tests)": 1.0}
        for found in (1.0, 0.0, 1.0)
    ]
    text = text_report(run)
    assert "with findings, and pass" in text and "300" in text
    assert max(map(len, text.splitlines())) <= 80 and "by findings: now pass" in html_report(run)
    assert from_json(to_json(run)) == run

    def silent(prompt: Prompt, /) -> str:
        raise AssertionError("nothing is left to ask")

    kept = (tmp_path / "run" / "repairs.jsonl").read_text()
    again = evaluate(evaluation(data, silent, sandbox, SETTINGS), tmp_path / "run")
    assert again == run and (tmp_path / "run" / "repairs.jsonl").read_text() == kept
    assert [one["by_findings"]["before"] for one in lines(tmp_path / "run" / "repairs.jsonl")] == [1, 0, 1]


def test_an_unknown_feedback_is_refused() -> None:
    with pytest.raises(UnknownName, match="feedback"):
        Settings(feedback="hope")  # type: ignore[arg-type]
