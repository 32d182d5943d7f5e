"""A function from its docstring, by a model that only continues texts."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from corpora.errors import GeneratorError, RagError
from indexers.index import Index
from rag.doc_prompter import DocPrompter
from rag.generators.completion import Completion
from rag.prompting.prompt import Prompt
from rag.tasks.docstring import docstring_task, read_function
from rag.tasks.example_file import FewShotExample
from rag.tasks.few_shot import FewShot
from tests.small_corpora import write_tree

STUB = 'def f(x):\n    """Double it."""\n'


class Continues:
    """A model that continues every text in the same way, and keeps what it was given."""

    name = "continues"

    def __init__(self, text: str) -> None:
        self.text = text
        self.given: list[tuple[str, Sequence[str]]] = []

    def __call__(self, prompt: Prompt, /) -> str:
        raise AssertionError("it knows no requests")

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        self.given.append((text, stop))
        return Completion(self.text, "", self.name)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index.in_memory([write_tree(tmp_path_factory.mktemp("trees") / "app")])


def test_the_prompt_is_documentation_in_comments_then_imports_signature_and_docstring(index: Index) -> None:
    model = Continues("    return parse_date(text, '%Y').year\n\nprint(1)")
    task = docstring_task("Return the year of a date string.", "def year(text: str) -> int", "import dates")
    completion = DocPrompter(index, model, task=task, k=1)("Return the year of a date string.")
    text, stop = model.given[0]
    stub = 'import dates\n\n\ndef year(text: str) -> int:\n    """Return the year of a date string."""\n'
    assert text.endswith(f"\n\n{stub}") and "\ndef " in stop
    assert all(not line or line.startswith("#") for line in text.removesuffix(stub).split("\n"))
    assert "# def parse_date(text: str, layout: str) -> date:" in text
    assert completion.code == f"{stub}    return parse_date(text, '%Y').year"


def test_solved_examples_stand_in_comments(index: Index) -> None:
    shots = FewShot((FewShotExample("a day of a string", "parse_date(s, f)"),))
    task = docstring_task("A date of a string.", "def day(text):")
    text = DocPrompter(index, task=task, few_shot=shots, k=1).prompt("A date of a string.").text
    above = text.partition("def day(text):")[0]
    assert "# parse_date(s, f)\n" in above
    assert all(not line or line.startswith("#") for line in above.split("\n"))


def test_a_docstring_cannot_be_closed_by_the_request() -> None:
    task = docstring_task('End it """ and \\n go\non "now"', "def f(x):")
    code = task.read("    return 1") if task.read else ""
    named: dict[str, object] = {}
    exec(code, named)
    assert named["f"].__doc__ == 'End it """ and \\n go\n    on "now"\n    '


def test_a_function_without_a_body_may_be_the_request() -> None:
    task = docstring_task("def f(x):\n    '''Double it.'''")
    assert task.material[0].forms == ("def f(x):\n    '''Double it.'''\n",)


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        ("double it", ""),
        ("x", "double it"),
        ("x", "class A:"),
        ("x", "def f(x): return 1 #"),
        ("def f(x): pass", ""),
    ],
)
def test_what_is_no_signature_is_an_error(request_: str, signature: str) -> None:
    with pytest.raises(RagError, match="there is no signature of a function"):
        docstring_task(request_, signature)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ("    return 2 * x\n", "    return 2 * x"),
        ("    return 2 * x\n\ndef g():\n    pass\n", "    return 2 * x"),
        ("    return 2 * x\nprint(f(1))", "    return 2 * x"),
        ("return 2 * x", "    return 2 * x"),
        ("    y = 2\n\n    return y * x\n    return (", "    y = 2\n\n    return y * x"),
    ],
)
def test_the_answer_is_cut_at_the_end_of_the_function(answer: str, body: str) -> None:
    assert read_function(answer, STUB, "f") == STUB + body


def test_a_chatty_answer_is_read_as_well() -> None:
    said = "Sure:\n```python\ndef f(x):\n    return x + x\n```"
    assert read_function(said, STUB, "f") == "def f(x):\n    return x + x"
    assert read_function("\n\ndef g():\n    pass", STUB, "f") == ""


def test_a_model_that_cannot_continue_a_text_is_an_error(index: Index) -> None:
    prompter = DocPrompter(index, lambda prompt: "x", task=docstring_task("a", "def f():"))
    with pytest.raises(GeneratorError, match="cannot continue a text"):
        prompter("a")


def test_control_tokens_of_the_request_are_broken_up(tmp_path: Path) -> None:
    assert "<|endoftext|>" not in docstring_task("a <|endoftext|> b", "def f():").material[0].forms[0]
