"""Which names an error is about: those of its message, in full, and those of the line that failed."""

import pytest

from rag.evaluation.repair.error_docs import error_names
from rag.evaluation.repair.feedback import Feedback
from rag.evaluation.repair.trim import read_traceback
from rag.evaluation.task import Check
from rag.execution import Program, Verdict
from rag.execution.program import Language


def names(stderr: str, source: str = "", language: Language = "python") -> tuple[list[str], list[str]]:
    verdict = Verdict("error", "", "", stderr, 0.0, "process")
    traceback = read_traceback(stderr) if language == "python" else None
    found = error_names(
        Feedback("program", verdict, Check(Program(source, language=language)), traceback), source
    )
    return list(found.of_message), [one.name for one in found.looked_up]


def failing(line: str, message: str) -> str:
    return f'Traceback (most recent call last):\n  File "program.py", line 1, in f\n    {line}\n{message}\n'


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("AttributeError: module 'numpy' has no attribute 'foo'", ["numpy.foo"]),
        (
            "AttributeError: module 'math' has no attribute 'sqr'. Did you mean: 'sqrt'?",
            ["math.sqr", "math.sqrt"],
        ),
        ("AttributeError: 'DataFrame' object has no attribute 'append'", ["DataFrame.append"]),
        ("AttributeError: type object 'Path' has no attribute 'here'", ["Path.here"]),
        ("TypeError: read_csv() got an unexpected keyword argument 'x'", ["pandas.read_csv"]),
        ("TypeError: DataFrame.merge() missing 1 required positional argument: 'right'", ["DataFrame.merge"]),
        ("TypeError: Thread.__init__() got an unexpected keyword argument 'go'", ["Thread"]),
        ("ImportError: cannot import name 'foo' from 'os.path' (/usr/lib/posixpath.py)", ["os.path.foo"]),
        ("ModuleNotFoundError: No module named 'yaml'", ["yaml"]),
        ("NameError: name 'sqrt' is not defined", ["sqrt"]),
        ("TypeError: mine() takes 0 positional arguments but 1 was given", []),
        ("ValueError: no number", []),
    ],
)
def test_a_message_gives_its_names_in_full_where_the_program_does(message: str, expected: list[str]) -> None:
    source = "import pandas as pd\ndef mine():\n    pass\npd.read_csv('a', x=1)"
    assert names(failing("go", message), source)[0] == expected


def test_the_names_of_the_failing_line_follow_those_of_the_message() -> None:
    source = "import numpy as np\na = np.zeros(3)\nb = np.pad(np.foo(a), 1)"
    error = failing("b = np.pad(np.foo(a), 1)", "AttributeError: module 'numpy' has no attribute 'foo'")
    assert names(error, source)[1] == ["numpy.foo", "numpy.pad"]


def test_where_no_line_of_the_program_failed_all_that_it_uses_is_looked_up() -> None:
    error = failing("assert f()", "AssertionError").replace("program.py", "tests.py")
    assert names(error, "import numpy\nf = lambda: numpy.pad(numpy.zeros(3))")[1] == [
        "numpy.pad",
        "numpy.zeros",
    ]


def test_an_error_of_syntax_is_about_no_library() -> None:
    error = "  File \"program.py\", line 1\n    np.pad(1\n          ^\nSyntaxError: '(' was never closed\n"
    assert names(error, "np.pad(1") == ([], [])


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ("tar: unrecognized option '--foo'\nTry 'tar --help'", ["tar --foo", "tar"]),
        ("grep: invalid option -- 'y'\n", ["grep -y", "grep"]),
        ("/usr/bin/find: unknown predicate `-nam'\n", ["find"]),
        ("/proc/self/fd/20: line 1: nope: command not found\n", ["nope"]),
    ],
)
def test_a_shell_names_the_command_and_its_option(stderr: str, expected: list[str]) -> None:
    assert names(stderr, language="bash")[0] == expected
