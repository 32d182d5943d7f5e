"""Code out of the answers of models: what was meant, and the same for `rag generate` and `rag eval`."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.answer import answer_of
from rag.evaluation.task import Task
from rag.generators.extraction.extract_code import extract_code
from rag.generators.extraction.thoughts import without_thoughts

MARK = "======== "
TESTS = "assert median([3, 1, 2]) == 2 and median([4, 1, 3, 2]) == 2.5"
TASK = Task("median", "the median of a list of numbers", after="\n", tests=TESTS, entry_point="median")


def recorded() -> dict[str, str]:
    """Return the answers in the file, by what stands in their headings."""
    text = (Path(__file__).parent / "model_answers.txt").read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split(f"\n{MARK}")[1:])
    return {heading: answer for heading, _, answer in parts}


ANSWERS = recorded()


def passes(code: str) -> bool:
    names = {"__name__": "not main"}
    exec(compile(code, "answer.py", "exec"), names)
    exec(TESTS, names)
    return True


def test_there_are_a_hundred_answers_of_ten_families() -> None:
    assert len(ANSWERS) >= 100 and len({heading.split(" | ")[0] for heading in ANSWERS}) >= 10


@pytest.mark.parametrize("heading", ANSWERS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_code_is_the_answer_where_the_task_is_known(heading: str, end: str) -> None:
    text = ANSWERS[heading].replace("\n", end)
    assert passes(TASK.source(answer_of(TASK, text)))


@pytest.mark.parametrize("heading", ANSWERS)
def test_the_code_is_the_answer_where_nothing_is_known(heading: str) -> None:
    assert passes(extract_code(ANSWERS[heading]))


@pytest.mark.parametrize(
    "text",
    [
        "<think>I would write\n```python\ndef median(numbers): return 0\n```\nbut",
        "<|channel|>analysis<|message|>```python\ndef median(numbers): return 0\n```",
        "Here is my thought process:\n```python\ndef median(numbers): return 0\n```",
    ],
)
def test_thoughts_that_were_cut_off_are_no_answer(text: str) -> None:
    assert extract_code(text) == answer_of(TASK, text).strip() == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```js\nlet x = 1\nlet y = 2\n```\n```python\nx\n```", "let x = 1\nlet y = 2"),
        ("```js\nfunction f() {\n}\n```\nUse:\n```js\nf()\n```\n```sh\nnpm i\n```", "function f() {\n}"),
        ("```go\nfunc F() {}\n```\n```go\nfunc F() { return }\n```", "func F() { return }"),
        ("```rust\nx\n```\n```text\ny\nz\n```", "x"),
        ("```sh\napt install jq\n```\n```sh\njq .\n```", "jq ."),
        ("```text\na\n```", "a"),
        ("Sure\n```\ndef f():\n    return (", "def f():\n    return ("),
        ("Here it is (cut off):\n```\ndef f(x):\n    return x +", "def f(x):\n    return x +"),
        ("return (a +\n b)\n```\nThis adds both.", "return (a +\n b)"),
        ("{'a': 1}", "{'a': 1}"),
        ('{"code": 1}', '{"code": 1}'),
        ("```python\nx = 1\n```\n```python\ny = x + 1\n```", "x = 1\n\ny = x + 1"),
        (
            "```python\nfrom math import *\n```\n```python\ny = sin(1)\n```",
            "from math import *\n\ny = sin(1)",
        ),
        ("```python\ndf = 1\n```\n```python\ndf = 2\n```", "df = 2"),
        (
            "```python\ndef e(): return 1\n```\n```python\ndef d(): return 2\n```",
            "def e(): return 1\n\ndef d(): return 2",
        ),
        ("Good:\n\ndef f():\n    return 1\n\ndef g(\n", "def f():\n    return 1\n\ndef g("),
    ],
)
def test_other_languages_and_programs_without_functions(text: str, code: str) -> None:
    assert extract_code(text) == code


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Use the <think> tag.", "Use the <think> tag."),
        ("a\n<think>b</think>\nc", "a\n\nc"),
        ("x = '</think>'", "x = '</think>'"),
        ("<seed:think>b</seed:think>c", "c"),
        ("<|channel>thought\nb<channel|>c", "c"),
        ("<|channel|>commentary<|message|>calls<|end|>", ""),
        ("s.replace('<|endoftext|>', '')", "s.replace('<|endoftext|>', '')"),
        ("analysis of variance", "analysis of variance"),
    ],
)
def test_what_is_a_thought_and_what_is_not(text: str, answer: str) -> None:
    assert without_thoughts(text) == answer


LINES = st.sampled_from(
    [
        "```",
        "```python",
        "````",
        "~~~",
        ">```py",
        "1.```py",
        "def|f():",
        "return|1",
        "'''",
        "<think>",
        "</think>",
        "[PYTHON]",
        "<code>",
        "+a",
    ]
)
TEXTS = st.lists(LINES.map(lambda line: line.replace("|", " ")) | st.text(max_size=6), max_size=30)


@given(TEXTS.map("\n".join), st.sampled_from(["", "python", "bash"]))
def test_any_text_has_code_that_is_not_much_longer(text: str, language: str) -> None:
    assert len(extract_code(text, language, "f")) <= 2 * len(text) + 2


SMOLLM2 = {
    """Here's a Python function that uses slicing with the `reversed()` function:
```python
def reverse_words(text):
    return "".join([word[::-1] for word in text[::-2]])
```
This function works by reversing the order of words using slicing (`reverse()`, which returns a reversed \
copy of the string). The `[::-1]` slice means "start at the end of the string and end at position 0".""": (
        'def reverse_words(text):\n    return "".join([word[::-1] for word in text[::-2]])'
    ),
    """```python
def add_two_numbers(*args):
    return max(map(lambda x: x + y, args))
```
This is a concise and efficient way to add two numbers in Python. It uses the built-in `max` function.""": (
        "def add_two_numbers(*args):\n    return max(map(lambda x: x + y, args))"
    ),
}


@pytest.mark.parametrize("text", SMOLLM2)
def test_answers_of_the_default_model_as_it_gave_them(text: str) -> None:
    assert extract_code(text) == SMOLLM2[text]
