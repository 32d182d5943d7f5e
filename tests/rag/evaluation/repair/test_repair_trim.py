"""What is kept of an error: the exception and the program's own frames, never more than was asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evaluation.repair import trim_traceback
from rag.evaluation.repair.trim import Room, last_lines, trim_shell
from rag.prompting.cut import first_lines

LONG = """some log line
Traceback (most recent call last):
  File "tests.py", line 9, in <module>
    check(f)
    ~~~~~^^^
  File "tests.py", line 4, in check
    assert candidate(1) == 2
           ^^^^^^^^^^^^
  File "program.py", line 3, in f
    return json.loads("{")
           ^^^^^^^^^^^^^^^
  File "/usr/lib/python3.12/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
  File "/sandbox/inside/run_python.py", line 40, in run_python
    run(code)
json.decoder.JSONDecodeError: Expecting value: line 1
"""


def test_frames_of_libraries_and_of_the_harness_are_left_out() -> None:
    assert trim_traceback(LONG).splitlines() == [
        '  File "tests.py", line 9, in <module>',
        "    check(f)",
        '  File "tests.py", line 4, in check',
        "    assert candidate(1) == 2",
        '  File "program.py", line 3, in f',
        '    return json.loads("{")',
        "json.decoder.JSONDecodeError: Expecting value: line 1",
    ]


def test_where_there_is_little_room_the_innermost_frames_stay() -> None:
    assert trim_traceback(LONG, Room(3)).splitlines() == [
        '  File "program.py", line 3, in f',
        '    return json.loads("{")',
        "json.decoder.JSONDecodeError: Expecting value: line 1",
    ]


def test_a_failing_assertion_keeps_its_line_and_its_message() -> None:
    trace = LONG.partition('  File "program.py"')[0] + "AssertionError: got 3\nexpected 2\n"
    assert trim_traceback(trace, Room(4)).splitlines()[-4:] == [
        '  File "tests.py", line 4, in check',
        "    assert candidate(1) == 2",
        "AssertionError: got 3",
        "expected 2",
    ]


def test_of_chained_exceptions_the_last_counts() -> None:
    chained = (
        f"{LONG}\nDuring handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "program.py", line 5, in f\n    raise KeyError(1)\n'
        "KeyError: 1\n"
    )
    assert trim_traceback(chained) == '  File "program.py", line 5, in f\n    raise KeyError(1)\nKeyError: 1'


def test_where_the_syntax_is_wrong_is_shown() -> None:
    shown = '  File "program.py", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax\n'
    assert trim_traceback(shown) == shown.rstrip()


def test_a_long_message_keeps_its_beginning_and_its_end_and_the_frame() -> None:
    message = "\n".join(["ValueError: shapes differ", *(f"row {number}" for number in range(500)), "hint: T"])
    trace = f'Traceback (most recent call last):\n  File "program.py", line 1, in f\n    f(x)\n{message}'
    shown = trim_traceback(trace, Room(9)).splitlines()
    assert shown[:3] == ['  File "program.py", line 1, in f', "    f(x)", "ValueError: shapes differ"]
    assert shown[-1] == "hint: T"


def test_addresses_are_the_same_in_every_run() -> None:
    assert trim_traceback("TypeError: <object at 0x7f5e4c2a1b>") == "TypeError: <object at 0x...>"


def test_a_shell_is_cut_to_its_last_lines_and_names_its_program() -> None:
    shown = trim_shell("noise\n" * 50 + "/proc/self/fd/20: line 2: nope: command not found\n", Room(2))
    assert shown == "noise\nprogram.sh: line 2: nope: command not found"


@pytest.mark.parametrize("text", ["", "\n \n", "Traceback (most recent call last):\n"])
def test_without_an_exception_nothing_is_made_up(text: str) -> None:
    assert trim_traceback(text) in ("", text.strip())


line = st.one_of(
    st.sampled_from(LONG.splitlines()), st.text(max_size=400), st.just('  File "program.py", line 1, in f')
)


@settings(max_examples=40, deadline=None)
@given(st.lists(line, max_size=60), st.integers(0, 30), st.integers(0, 2000))
def test_no_error_is_longer_than_was_asked_for(lines: list[str], max_lines: int, max_chars: int) -> None:
    text = "\n".join(lines)
    for cut in (trim_traceback, trim_shell):
        shown = cut(text, Room(max_lines, max_chars))
        assert len(shown.split("\n")) <= max(1, max_lines) and len(shown) <= max_chars
    assert len(last_lines(text, Room(max_lines, max_chars))) <= max_chars
    assert len(first_lines(text, max_chars)) <= max_chars
