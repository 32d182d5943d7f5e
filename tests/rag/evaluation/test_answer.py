"""The code taken from a generator's text: with it, the program runs and does what was meant."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.answer import answer_of
from rag.evaluation.task import Task

HEAD = "from typing import List\n\n\n"
STUB = 'def largest(numbers: List[int]) -> int:\n    """ Largest, 0 without any\n    >>> largest([1, 3])\n'
BEFORE = f'{HEAD}{STUB}    3\n    """\n'
BODY = "    best = 0\n    for number in numbers:\n        best = max(best, number)\n    return best\n"
WHOLE = BEFORE.removeprefix(HEAD) + BODY

COMPLETE = Task(
    "complete",
    "the largest number",
    shown=BEFORE,
    before=BEFORE,
    after="\n",
    tests="assert largest([1, 3, 2]) == 3 and largest([]) == 0",
    entry_point="largest",
)
RETURN = Task(
    "expression",
    "sum of the squares of `a`",
    shown="def f_1(a):\n    return ",
    before="def f_1(a):\n    return ",
    after="\n",
    tests="assert f_1([1, 2]) == 5",
    entry_point="f_1",
)
STATEMENT = Task(
    "statement",
    "sort `a`",
    shown="def f_2(a):\n    ",
    before="def f_2(a):\n    ",
    after="\n    return a\n",
    tests="assert f_2([2, 1]) == [1, 2]",
    entry_point="f_2",
)
WRITE = Task("write", "double", after="\n", tests="assert double(2) == 4", entry_point="double")
METHOD = Task(
    "method",
    "double",
    shown="class Solution:\n    def double(self, n: List[int]) -> int:\n        ",
    before=f"{HEAD}class Solution:\n    def double(self, n: List[int]) -> int:\n        ",
    after="\n",
    tests="assert Solution().double([2]) == 4",
    entry_point="Solution",
)
CALL = Task(
    "call",
    "round",
    shown="import math\ndef up(x):\n    return math.",
    before="import math\ndef up(x):\n    return math.",
    after="\n",
    tests="assert up(1.5) == 2",
    entry_point="up",
)
COLON = Task(
    "colon",
    "count to n",
    shown="def count(n):\n    for i in range(n):",
    before="def count(n):\n    for i in range(n):",
    after="\n",
    tests="assert list(count(2)) == [0, 1]",
    entry_point="count",
)
SCRIPT = "context = '''\\ndata = [5, 7]\\n[insert]\\n'''\ndef run(solution):\n    names = {}\n"
DATA = Task(
    "data",
    "the largest",
    shown="data = [1, 2]\n# result = ... # put solution in this variable\n",
    before=f"{SCRIPT}    exec(context.replace('[insert]', solution), names)\n    return names['result']\n",
    tests="assert run(solution) == 7",
    place="as text",
)
FUNCTION = Task(
    "function",
    "the largest",
    shown="example = [1, 2]\ndef f(data=example):\n    # return the solution in this function\n",
    before="def run(solution):\n    names = {}\n"
    "    exec('def f(data):\\n' + solution + '\\nresult = f([5, 7])', names)\n    return names['result']\n",
    tests="assert run(solution) == 7",
    place="as text",
)

ANSWERS = [
    ("the body", COMPLETE, BODY),
    ("a body that runs on", COMPLETE, f"{BODY}\n\nprint(largest([1, 2\n"),
    ("a body, then the function again", COMPLETE, f"{BODY}\n\n{STUB}    oops\n"),
    ("a comment in the middle of a body", COMPLETE, BODY.replace("    return", "# at last\n    return")),
    ("a body without its first indentation", COMPLETE, BODY.lstrip()),
    ("a body at the margin", COMPLETE, f"```python\n{textwrap.dedent(BODY)}```"),
    ("a body with tabs", COMPLETE, BODY.replace("    ", "\t")),
    ("a body with another indentation", COMPLETE, BODY.replace("    ", "  ")),
    (
        "a body that closes the fence of the prompt",
        COMPLETE,
        f"{BODY}```\n\nIt is right since it was tested.",
    ),
    ("the function", COMPLETE, WHOLE),
    ("the function in prose", COMPLETE, f"Here it is:\n\n```python\n{WHOLE}```\n\nIt takes O(n)."),
    ("all that was shown, and the body", COMPLETE, f"```\n{BEFORE}{BODY}```"),
    ("a fence that is never closed", COMPLETE, f"Here it is:\n```python\n{WHOLE}"),
    ("a block of shell before", COMPLETE, f"```bash\npip install x\n```\n```python\n{WHOLE}```"),
    ("examples of use behind", COMPLETE, f"```python\n{WHOLE}\nprint(largest(input()))\nlargest(1)\n```"),
    ("a main behind", COMPLETE, f"```python\n{WHOLE}\nif __name__ == '__main__':\n    largest(None)\n```"),
    ("another function first", COMPLETE, f"def unused():\n    return 1\n\n{WHOLE}"),
    (
        "another function behind",
        COMPLETE,
        WHOLE.replace("max(", "most(") + "\ndef most(a, b): return max(a, b)",
    ),
    ("a function that runs on into prose", COMPLETE, f"{WHOLE}\nThis is the function, isn't it?\n"),
    ("thoughts before", COMPLETE, f"<think>\n```python\nno\n```\n</think>\n```python\n{WHOLE}```"),
    ("lines of Windows", COMPLETE, f"```python\n{WHOLE}```".replace("\n", "\r\n")),
    ("an example of use in a block before", COMPLETE, f"```python\nlargest([])\n```\n```python\n{WHOLE}```"),
    ("a string with lines of its own", WRITE, "def double(n):\n    '''\nDoubles.\n'''\n    return 2 * n\n"),
    ("an expression", RETURN, "sum(x * x for x in a)"),
    ("an expression that runs on", RETURN, "sum(x * x for x in a)\n\ndef f_2(a):\n\treturn a\n"),
    ("an expression of several lines", RETURN, "sum(\n[x * x for x in a]\n)\nprint(f_1"),
    ("return once more", RETURN, "```python\nreturn sum(x * x for x in a)\n```"),
    ("return in brackets", RETURN, "return(sum(x * x for x in a))"),
    ("a comment first", RETURN, "# squares\nsum(x * x for x in a)"),
    ("statements with a return", RETURN, "```python\ntotal = sum(x * x for x in a)\nreturn total\n```"),
    ("an import and an expression", RETURN, "```python\nimport math\nmath.fsum(x * x for x in a)\n```"),
    ("the function of an expression", RETURN, "```python\ndef f_1(a):\n\treturn sum(x * x for x in a)\n```"),
    ("a statement", STATEMENT, "a.sort()"),
    ("a statement that goes on to the return", STATEMENT, "a.sort()\n    return a\n\nf_2(1"),
    ("two statements", STATEMENT, "```python\na.reverse()\na.sort()\n```"),
    ("a function with its own return", STATEMENT, "```python\ndef f_2(a):\n    return sorted(a)\n```"),
    ("a program", WRITE, "Use this:\n```python\nTWO = 2\n\ndef double(n):\n    return n * TWO\n```"),
    ("a program and its tests", WRITE, "def double(n):\n    return n * 2\nassert double(2) == 5\ndouble(\n"),
    ("a program of two names", WRITE, "def twice(n):\n    return n * 2\n\ndouble = twice\nprint(double('"),
    (
        "a class in full",
        METHOD,
        "class Solution:\n    def double(self, n: List[int]):\n        return n[0] * 2\n",
    ),
    ("the body of a method", METHOD, "return n[0] * 2\n\nprint(Solution"),
    ("a method's body at the margin", METHOD, "```python\nm = n[0]\nreturn m * 2\n```"),
    ("the end of a call", CALL, "ceil(x)"),
    ("the whole call", CALL, "math.ceil(x)"),
    ("the line once more", CALL, "    return math.ceil(x)"),
    ("the call by steps", CALL, "```python\ny = math.ceil(x)\nreturn y\n```"),
    ("a body on the next line", COLON, "\n        yield i\n"),
    ("a body on the same line", COLON, " yield i"),
    ("a body without indentation", COLON, "```python\nj = i\nyield j\n```"),
    ("statements for data", DATA, "result = max(data)\n"),
    (
        "marks of the benchmark",
        DATA,
        "BEGIN SOLUTION\n<code>\nresult = max(data)\n</code>\nEND SOLUTION\n<code>1",
    ),
    ("another mark", DATA, "result = max(data)\n# SOLUTION END\nresult = 0"),
    ("the example data once more", DATA, "```python\nimport math\ndata = [1, 2]\nresult = max(data)\n```"),
    (
        "the body of a shown function",
        FUNCTION,
        "    result = max(data)\n    return result\n### END SOLUTION\n?",
    ),
    ("that body at the margin", FUNCTION, "```python\nresult = max(data)\nreturn result\n```"),
    (
        "that function in full",
        FUNCTION,
        "```python\nimport math\ndef f(data=example):\n    return math.floor(max(data))\nf(example)\n```",
    ),
]


@pytest.mark.parametrize(("task", "text"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS])
def test_the_program_is_the_one_that_was_meant(task: Task, text: str) -> None:
    (check,) = task.checks(answer_of(task, text))
    names = {"__name__": "__main__"}
    exec(compile(check.program.source, "program.py", "exec"), names)
    assert "assert" in check.program.tests
    exec(check.program.tests, names)


def test_an_answer_that_defines_the_function_keeps_the_imports_above_it() -> None:
    assert COMPLETE.source("def largest(numbers: List[int]): ...") == (
        "from typing import List\n\n\ndef largest(numbers: List[int]): ...\n"
    )


def test_the_end_of_a_beginning_falls_away_with_it() -> None:
    assert STATEMENT.source("def f_2(a): return 1") == "def f_2(a): return 1\n"
    assert STATEMENT.source("pass") == "def f_2(a):\n    pass\n    return a\n"


def test_an_examples_data_is_kept_where_it_is_not_all_that_was_shown() -> None:
    task = Task("1", "plot", shown="a = 1\nplot(a)\n", place="as text")
    assert answer_of(task, "a = 1\nprint(a)\n") == "a = 1\nprint(a)\n"


def test_the_body_is_cut_where_the_next_statement_begins_even_if_it_is_wrong() -> None:
    assert answer_of(COMPLETE, "    return (\n\ndef other():\n    pass\n") == "    return (\n"


COMMANDS = {
    "ls -l": "ls -l",
    "$ ls -l": "ls -l",
    "  ls -l\nThis lists files.": "ls -l",
    "Use this command:\nls -l": "ls -l",
    "`ls -l`": "ls -l",
    "echo `date` now": "echo `date` now",
    "# lists files\nls -l": "ls -l",
    "tar -c \\\n  -f a.tar\nmore": "tar -c \\\n-f a.tar",
    "Do it so:\n\n```bash\ncd x\nls -l\n```\nDone.": "cd x\nls -l",
    "```console\n$ cd x\n$ ls\na  b\n```": "cd x\nls",
    "```sh\nfind . -name '*.py'\n```\n\n```\nfound.py\n```": "find . -name '*.py'",
    "": "",
}


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_taken_out_of_its_prose(text: str) -> None:
    assert answer_of(Task("1", "list", language="bash"), text) == COMMANDS[text]


TASKS = [COMPLETE, RETURN, STATEMENT, WRITE, METHOD, CALL, COLON, DATA, FUNCTION]
CODE = st.sampled_from(
    ["def largest(n):", "return 1", "x", " = ", "if a:", "largest(1)", "class Solution:", "("]
)
MARKS = st.sampled_from(["```", "```python\n", "'''", "#", "\\", "</code>", "$ ", "`"])
SPACE = st.sampled_from(["\n", "    ", "\t", "\0", "\ud800", "\x0c", "\r"])


@given(st.sampled_from(TASKS), st.lists(CODE | MARKS | SPACE | st.text(max_size=8), max_size=25).map("".join))
def test_any_text_has_an_answer(task: Task, text: str) -> None:
    assert isinstance(answer_of(task, text), str)


@pytest.mark.parametrize(
    "text", ["x = " + "(" * 5000, "x = " + "1 + " * 1500 + "1", " \n" * 9000, "a\n" * 500]
)
def test_a_text_that_no_one_wrote_is_no_trouble(text: str) -> None:
    for task in TASKS:
        assert isinstance(answer_of(task, text), str)


@given(
    st.lists(st.sampled_from(["x = 1", "y = [\n1,\n]", "s = '''\n a\n'''", "# c", "print(2)"]), min_size=1)
)
def test_statements_in_a_fence_come_out_as_they_went_in(statements: list[str]) -> None:
    code = "\n".join(statements)
    answer = answer_of(Task("1", "do it"), f"Well:\n\n```python\n{code}\n```\n\nThat is it.")
    assert answer.strip("\n") == code
