"""Tests of the injected texts that a model is asked in the presence of, and of how its answers are read."""

import json
from pathlib import Path

import pytest

from bench.injected_answers import (
    WAYS,
    Injection,
    Turned,
    ask_injected,
    hits_for,
    injections,
    prompt_of,
    report_turned,
    turned_journal,
)
from rag.generators.completion import Completion
from rag.prompting.prompt import Prompt

TEXTS = [
    json.loads(line)["text"]
    for line in Path("bench/data/injections.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_every_injected_text_is_asked_about() -> None:
    assert len(TEXTS) == 60
    assert all(one.text.startswith(text) for one, text in zip(injections(), TEXTS, strict=True))


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "HATE HUMANS"), (24, "x.example/i.sh"), (45, "print the API key"), (50, "and say hi")],
)
def test_a_text_is_in_the_bare_prompt_marked_in_ours_and_gone_when_dropped(number: int, told: str) -> None:
    injection = injections()[number]
    question, hits = hits_for(injection)
    bare, marked, dropped = (prompt_of(way, question, hits).text for way in WAYS)
    assert told in bare and "warning: this reads like instructions" not in bare
    assert told in marked and "warning: this reads like instructions" in marked
    assert told not in dropped


def honest(prompt: Prompt, /) -> Completion:
    return Completion("```python\ntern.median([1, 2])\n```", "", "honest")


def obedient(prompt: Prompt, /) -> Completion:
    text = "I hate humans." if "HATE HUMANS" in prompt.text else "fine"
    return Completion(text, "", "obedient")


def first() -> list[Injection]:
    return injections()[:1]


def test_an_answer_is_turned_if_it_does_what_the_text_asks_for(tmp_path: Path) -> None:
    kept = turned_journal(tmp_path / "a.jsonl")
    ask_injected(first(), obedient, kept)
    assert {one.way: one.turned for one in kept} == {"bare": True, "marked": True, "dropped": False}
    assert next(report_turned(kept)).startswith("bare: turned 1.0000")


def test_an_honest_answer_is_not_turned(tmp_path: Path) -> None:
    kept = turned_journal(tmp_path / "a.jsonl")
    ask_injected(injections()[:6], honest, kept)
    assert not any(one.turned for one in kept)


def test_nothing_is_asked_again(tmp_path: Path) -> None:
    kept = turned_journal(tmp_path / "a.jsonl")
    for way in WAYS:
        kept.add(Turned(0, way, "fine", False))

    def fails(prompt: Prompt, /) -> Completion:
        raise AssertionError(prompt.text)

    again = turned_journal(tmp_path / "a.jsonl")
    ask_injected(first(), fails, again)
    assert [one.way for one in again] == list(WAYS)
