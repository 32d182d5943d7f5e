"""Prompts of tasks: what is shown beside passages, within the budget."""

from pathlib import Path

import pytest

from corpora.errors import PromptError, RagError
from indexers.index import Index
from rag.doc_prompter import DocPrompter
from rag.prompting.template import FIELDS_OF_TASKS, check_template
from rag.prompting.template_files import known_templates
from rag.retrieval.retrieve import retrieve
from rag.tasks.task import Material, PromptTask, make_task_prompt
from tests.small_corpora import write_tree

PLAIN = "{{ query }}|{{ needed }}|{{ more }}|{% for one in passages %}{{ one.title }} {% endfor %}"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index.in_memory([write_tree(tmp_path_factory.mktemp("trees") / "app")])


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "own.jinja"
    path.write_text(PLAIN)
    return path


def shown(template: Path, *material: Material, max_tokens: int = 100) -> tuple[str, tuple[str, ...]]:
    task = PromptTask(template, ("needed", "more"), material)
    made = make_task_prompt("ask", [], task, max_tokens=max_tokens, count_tokens=len)
    assert made.tokens == len(made.text) <= max_tokens
    return made.text, made.omitted


def test_material_stands_in_its_order_whatever_it_is_worth(template: Path) -> None:
    parts = [Material("more", (word,), value) for word, value in (("a", 0.1), ("b", 0.9), ("c", 0.5))]
    assert shown(template, *parts) == ("ask||a\n\nb\n\nc|", ())


def test_the_least_valuable_is_shortened_first_and_then_left_out(template: Path) -> None:
    best = Material("more", ("x" * 20, "x"), 2, "best")
    worst = Material("more", ("y" * 20, "y"), 1, "worst")
    assert shown(template, worst, best, max_tokens=60) == ("ask||" + "y" * 20 + "\n\n" + "x" * 20 + "|", ())
    assert shown(template, worst, best, max_tokens=40) == ("ask||y\n\n" + "x" * 20 + "|", ())
    assert shown(template, worst, best, max_tokens=20) == ("ask||y\n\nx|", ())
    assert shown(template, worst, best, max_tokens=9) == ("ask||x|", ("worst",))
    assert shown(template, worst, best, max_tokens=7) == ("ask|||", ("worst", "best"))


def test_what_is_needed_is_never_left_out(template: Path) -> None:
    needed = Material("needed", ("n" * 20,), 0.0, is_needed=True)
    text, left_out = shown(template, needed, Material("more", ("m" * 50,), 9, "more"), max_tokens=50)
    assert text == f"ask|{'n' * 20}||" and left_out == ("more",)
    with pytest.raises(PromptError, match="budget of 20 is too small"):
        shown(template, needed, max_tokens=20)


def test_passages_get_what_material_leaves_and_the_other_way_round(index: Index, template: Path) -> None:
    hits = retrieve(index, "parse a date", 3)
    parts = tuple(
        Material("more", (letter * 100,), 1 - n / 10, letter) for n, letter in enumerate("abcdefgh")
    )
    task = PromptTask(template, ("needed", "more"), parts)
    for max_tokens in range(10, 1500, 70):
        made = make_task_prompt("ask", hits, task, max_tokens=max_tokens, count_tokens=len)
        assert made.tokens <= max_tokens and len(made.omitted) + made.text.count("aa" * 50) <= len(parts)
    assert made.hits and not made.omitted


def test_material_that_no_template_shows_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "own.jinja"
    path.write_text("{{ query }}{{ more }}")
    with pytest.raises(PromptError, match="has no place for needed"):
        shown(path, Material("needed", ("x",)))
    path.write_text("{{ query }}{{ more }}{{ nothing }}")
    with pytest.raises(PromptError, match="given no nothing"):
        shown(path, Material("more", ("x",)))


def test_a_part_that_a_template_includes_or_extends_counts(tmp_path: Path, template: Path) -> None:
    child = tmp_path / "child.jinja"
    child.write_text("{% extends 'own.jinja' %}")
    assert shown(child, Material("more", ("x",)))[0] == "ask||x|"


def test_every_task_has_a_template_and_every_template_a_task() -> None:
    tasks = {name: one for name, one in known_templates().items() if one.kind == "task"}
    assert {name.removeprefix("tasks/") for name in tasks} == set(FIELDS_OF_TASKS)
    for one in tasks.values():
        check_template(one)


def test_a_template_of_a_task_that_is_not_known_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, {"tasks/dance.jinja": "{{ query }}", "tasks/shell.jinja": "{{ cells }}"})
    monkeypatch.setenv("RAG_PROMPTS", str(tmp_path))
    known = known_templates()
    with pytest.raises(PromptError, match="dance"):
        check_template(known["tasks/dance"])
    with pytest.raises(PromptError, match="given no cells"):
        check_template(known["tasks/shell"])


def test_answers_to_a_task_are_not_repaired_without_what_it_shows(index: Index) -> None:
    with pytest.raises(RagError, match="cannot be repaired"):
        DocPrompter(index, check=lambda code: None, repairs=1, task=PromptTask("tasks/shell"))  # type: ignore[arg-type,return-value]
