"""Answers are checked and corrected by what is found, before anything runs."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import GeneratorError, RagError
from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.checking.check import CodeCheck
from rag.checking.finding import CheckReport, Finding
from rag.corrections.findings import findings_as_feedback, rank_of_report
from rag.doc_prompter import DocPrompter
from rag.generators.completion import Completion
from rag.prompting.prompt import Prompt
from tests.installed_libraries import KITCHEN, environment_with
from tests.scripted_repair import Scripted, fenced
from tests.small_corpora import write_tree

WRONG = "import kitchen\nkitchen.fry()\nkitchen.serve('soup', tabel=3)"
HALF = "import kitchen\nkitchen.serve('soup', tabel=3)"
RIGHT = "import kitchen\nkitchen.serve('soup', table=3)"


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> CodeCheck:
    environment = environment_with(tmp_path_factory.mktemp("kitchen"), kitchen=("2.0", KITCHEN))
    return CodeCheck(python=str(environment), types=False)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    pages = {
        f"{name}.html": "<h1>kitchen</h1><dl class='py function'>"
        f"<dt id='kitchen.{name}'>kitchen.{name}(dish)</dt><dd>{said}</dd></dl>"
        for name, said in (("serve", "Bring a dish to the table."), ("boil", "Heat water."))
    }
    tree = write_tree(tmp_path_factory.mktemp("pages"), pages)
    return Index.in_memory([CorpusSpec("kitchen", "docs", str(tree), library="kitchen")])


def answered(index: Index, check: CodeCheck, answers: Sequence[str], repairs: int) -> Completion:
    model = Scripted(*map(fenced, answers))
    return DocPrompter(index, model, k=1, check=check, repairs=repairs)("heat water")


def test_what_is_wrong_goes_back_with_the_documentation_of_what_is_right(
    index: Index, check: CodeCheck
) -> None:
    model = Scripted(fenced(WRONG), fenced(RIGHT))
    done = DocPrompter(index, model, k=1, check=check, repairs=2)("heat water")
    assert done.code.strip() == RIGHT and done.check is not None and done.check.is_clean
    first, second = done.check.turns
    assert [one.name for one in first.report.findings] == ["kitchen.fry", "kitchen.serve.tabel"]
    assert {one.path for one in first.report.findings} == {"answer"}
    assert (done.check.chosen, done.check.stopped, second.report.findings) == (1, "no errors", ())
    text = model.prompts[1].text
    assert "heat water" in text and WRONG in text
    assert "module 'kitchen' has no attribute 'fry' in kitchen 2.0" in text
    assert "there is: table" in text and "signature: (dish, *, table=1, with_salt=False)" in text
    assert "Bring a dish to the table." in text and "kitchen.serve" in second.names
    assert second.passages[0] == "kitchen: serve.html#kitchen.serve"
    assert second.prompt == text and first.prompt == model.prompts[0].text


@pytest.mark.parametrize(
    ("answers", "repairs", "given", "stopped"),
    [
        ([WRONG], 0, WRONG, "only checked"),
        ([RIGHT, WRONG], 3, RIGHT, "no errors"),
        ([WRONG, HALF, WRONG + "\nkitchen.grill()"], 2, HALF, "turns used up"),
        ([HALF, HALF.replace("soup", "tea")], 1, HALF.replace("soup", "tea"), "turns used up"),
        ([WRONG, WRONG], 5, WRONG, "gave the same answer again"),
        ([HALF, "I cannot say."], 1, HALF, "turns used up"),  # no findings, since it is no program
        ([HALF, "\n"], 1, HALF, "turns used up"),  # nor does an empty answer win
        ([HALF, "kitchen.serve(", RIGHT], 2, RIGHT, "no errors"),  # what is no program is asked for again
        (["ls | grep x;; done"], 3, "ls | grep x;; done", "not checked"),  # it may be meant as it is
    ],
)
def test_the_answer_with_the_fewest_errors_is_given_and_of_equal_ones_the_last(
    index: Index, check: CodeCheck, answers: list[str], repairs: int, given: str, stopped: str
) -> None:
    done = answered(index, check, answers, repairs)
    assert done.check is not None
    assert (done.code.strip(), done.check.stopped) == (given, stopped)
    assert done.check.turns[done.check.chosen].code == done.code


def test_a_generator_that_fails_when_asked_again_loses_no_answer(index: Index, check: CodeCheck) -> None:
    asked: list[Prompt] = []

    def model(prompt: Prompt) -> str:
        asked.append(prompt)
        if len(asked) > 1:
            raise GeneratorError("no power", why="it is dark", fix="wait")
        return fenced(HALF)

    done = DocPrompter(index, model, check=check, repairs=2)("heat water")
    assert done.code.strip() == HALF and done.check is not None
    assert (done.check.stopped, done.check.error) == ("asking failed", "no power: it is dark")


def test_a_streamed_answer_is_checked_when_it_is_whole(index: Index, check: CodeCheck) -> None:
    stream = DocPrompter(index, Scripted(fenced(HALF)), check=check, repairs=2).stream("heat water")
    with pytest.raises(StopIteration) as end:
        while True:
            next(stream)
    assert len(end.value.value.check.report.findings) == 1 and len(end.value.value.check.turns) == 1


def test_repairs_without_a_check_are_refused(index: Index) -> None:
    with pytest.raises(RagError, match="cannot be repaired 1 times"):
        DocPrompter(index, repairs=1)


def test_an_environment_that_is_not_there_is_an_error_and_no_unchecked_answer(index: Index) -> None:
    with pytest.raises(RagError, match="no Python environment"):
        DocPrompter(index, Scripted(RIGHT), check=CodeCheck(python="nowhere"))("heat water")


def test_an_answer_may_import_what_lies_beside_it(tmp_path: Path, check: CodeCheck) -> None:
    write_tree(tmp_path, {"src/billing/__init__.py": "", "pyproject.toml": ""})
    program = "import billing"
    assert check(program).findings[0].rule == "unknown-package"
    assert CodeCheck(python=check.python, types=False, beside=tmp_path)(program).findings == ()


def test_what_the_library_says_to_use_instead_is_told(tmp_path: Path) -> None:
    said = ".. deprecated:: 1.0\n        Use :func:`roast` instead."
    old = f'def fry(dish):\n    """Fry.\n\n    {said}\n    """\n'
    versions = {}
    for version, text in (
        ("1.0", f"{old}\ndef roast(dish, heat=1): ...\n"),
        ("2.0", "def roast(dish, heat=1): ...\n"),
    ):
        environment = environment_with(tmp_path / version, oven=(version, {"oven/__init__.py": text}))
        versions[version] = CodeCheck(python=str(environment), types=False)
    assert not [
        one for one in versions["1.0"]("import oven\noven.fry(1)").findings if one.severity == "error"
    ]
    (found,) = versions["2.0"]("import oven\noven.fry(1)").findings
    assert (found.instead, found.signature) == ("oven.roast", "(dish, heat=1)")
    assert "use instead: oven.roast(dish, heat=1)" in findings_as_feedback(
        [found], "import oven\noven.fry(1)", 500
    )


@given(st.lists(st.tuples(st.integers(1, 4), st.text(max_size=50)), max_size=30), st.integers(0, 400))
def test_findings_take_no_more_room_than_there_is(found: list[tuple[int, str]], room: int) -> None:
    findings = [Finding("-", line, 1, 2, "unknown-name", "error", said, said) for line, said in found]
    text = findings_as_feedback(findings, "a\nb\nc", room)
    assert len(text) <= room + len("\nand 30 more")


def test_what_cannot_be_checked_ranks_last() -> None:
    wrong = CheckReport((Finding("-", 1, 1, 2, "unknown-name", "error", "no"),), 1, 1)
    fine = CheckReport((), 1, 1)
    ranks = [rank_of_report(fine, "x"), rank_of_report(wrong, "x"), rank_of_report(fine, " ")]
    assert ranks == sorted(ranks)
