"""Code for a place in a file, by models that are stood in for by programs of the tests."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpora.errors import GeneratorError, PromptError, RagError
from indexers.index import Index
from rag.editing.complete import CodeCompleter, family_of, fitted
from rag.editing.context import Cursor
from rag.generators import open_generator
from rag.generators.completion import Completion, continue_text
from rag.prompting.infill.gap import Gap
from rag.prompting.prompt import Prompt
from tests.small_corpora import write_tree

TEXT = "from shop import price_of\n\n\ndef total(items):\n    return \n\n\ndef other():\n    pass\n"


class Writer:
    """A model that writes the same answers, and remembers what it was given."""

    def __init__(self, *answers: str, name: str = "local:qwen2.5-coder-test") -> None:
        self.answers, self.name = list(answers), name
        self.given: list[tuple[str, Sequence[str]]] = []

    def __call__(self, prompt: Prompt, /) -> str:
        raise AssertionError("it is asked to continue a text, not to answer")

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        self.given.append((text, stop))
        answer = self.answers[min(len(self.given), len(self.answers)) - 1]
        return Completion(answer, answer, self.name)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    words = "; ".join(f"word{number} = {number}" for number in range(40))  # unlike what is written
    files = {
        "shop.py": "def price_of(item):\n    return item.price\n",
        "tax.py": f"def tax_of(x):\n    {words}\n    return 0.2 * x\n",
    }
    return Index.in_memory([write_tree(tmp_path / "repo", files)])


def cursor(text: str = TEXT, line: int = 5) -> Cursor:
    return Cursor("till.py", text, line, 12)


def test_a_model_is_given_its_format_and_its_answer_is_cut_to_fit(index: Index) -> None:
    writer = Writer("sum(map(price_of, items))\n\n\ndef other():\n    pass\n")
    completion = CodeCompleter(index, writer)(cursor())
    assert completion.code == "sum(map(price_of, items))"
    text, stop = writer.given[0]
    assert "def price_of(item):" in text
    assert text.endswith("<|fim_middle|>") and "<|fim_suffix|>\n\n\ndef other():" in text
    assert "<|endoftext|>" in stop


def test_a_second_round_finds_what_the_first_answer_uses(index: Index) -> None:
    text = "import shop, tax\n\n\ndef total(items):\n    return \n"
    writer = Writer("tax.tax_of(items)", "tax.tax_of(sum(items))")
    completion = CodeCompleter(index, writer, rounds=2)(cursor(text))
    assert (completion.code, completion.rounds) == ("tax.tax_of(sum(items))", 2)
    assert "def tax_of(x)" not in writer.given[0][0]
    assert "def tax_of(x)" in writer.given[1][0]


def test_a_second_round_that_finds_nothing_new_is_not_asked(index: Index) -> None:
    writer = Writer("1")
    assert CodeCompleter(index, writer, rounds=2)(cursor("x = ", 1)).rounds == 1
    assert len(writer.given) == 1


def test_without_metadata_no_name_of_a_file_is_shown(index: Index) -> None:
    writer = Writer("1")
    CodeCompleter(index, writer, metadata=False)(cursor())
    assert "shop.py" not in writer.given[0][0] and "till.py" not in writer.given[0][0]


def test_a_model_of_no_known_family_is_given_what_stands_before_the_cursor(index: Index) -> None:
    writer = Writer("1", name="local:mystery-7b")
    assert family_of(writer).name == "plain"
    CodeCompleter(index, writer)(cursor())
    assert writer.given[0][0].endswith("def total(items):\n    return ")
    CodeCompleter(index, writer, family="codestral")(cursor())
    assert writer.given[1][0].startswith("[SUFFIX]")


def test_a_format_that_does_not_exist_is_an_error(index: Index) -> None:
    with pytest.raises(PromptError, match="unknown infill format 'nothing'"):
        CodeCompleter(index, Writer("1"), family="nothing")(cursor())


@pytest.mark.parametrize("rounds", [0, 3])
def test_there_are_one_or_two_rounds(index: Index, rounds: int) -> None:
    with pytest.raises(RagError, match=f"cannot be {rounds}"):
        CodeCompleter(index, Writer("1"), rounds=rounds)


def test_a_generator_that_only_answers_cannot_complete(index: Index) -> None:
    with pytest.raises(GeneratorError, match="cannot continue a text"):
        CodeCompleter(index, lambda prompt: "x")(cursor())


def test_an_error_of_a_model_says_which_one_failed() -> None:
    class Broken(Writer):
        def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
            raise ZeroDivisionError("no")

    with pytest.raises(GeneratorError, match=r"local:qwen2\.5-coder-test failed"):
        continue_text(Broken(), "x")


@pytest.mark.parametrize(
    ("answer", "suffix", "code"),
    [
        ("a + b", "\n", "a + b"),
        ("a + b)", ")\n", "a + b"),
        ("a + b", "", "a + b"),
        ("x, y):\n    return x", "y):\n    return x + y\n", "x, "),
        ("a\n    return b\nrest", "\n    return b\n", "a"),
        ("a\nb\n", "\nc\n", "a\nb\n"),
        ("a\n}\nb", "\n}\n", "a\n}\nb"),
        ("a<|endoftext|>b", "", "a"),
        ("", "x", ""),
    ],
)
def test_what_stands_below_the_cursor_is_not_inserted_again(answer: str, suffix: str, code: str) -> None:
    assert fitted(answer, Gap("x = ", suffix), ["<|endoftext|>"]) == code


def test_a_command_continues_what_it_reads_up_to_a_stop() -> None:
    program = "import sys; print(sys.stdin.read()[::-1] + '<end>more', end='')"
    generator = open_generator("command", command=[sys.executable, "-c", program])
    assert continue_text(generator, "abc", ["<end>"]).text == "cba"
