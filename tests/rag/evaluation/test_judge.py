"""Judging answers by the first check that fails, in the order of the answers."""

from collections.abc import Iterator
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.judge import Job, judge, judge_all, run_checks, same_output
from rag.evaluation.task import Case, Check, Task
from rag.execution import Program, Sandbox
from tests.tea_tasks import tea_sandbox

ADD = Task("add", "add two numbers", tests="assert add(1, 2) == 3", entry_point="add")
DOUBLE = Task("double", "double it", cases=(Case("1\n", "2\n"), Case("2\n", "4\n"), Case("3\n", "6\n")))


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("1.50\n", "1.5", True),
        ("1e3 2", "1000 2.0", True),
        ("  a b \r\nc\n\n", "a b\nc", True),
        ("a\n\nb", "a\nb", False),
        ("1 2", "12", False),
        ("1 2", "1\n2", False),
        ("a  b", "a b", False),
        ("Yes", "YES", False),
        ("0.1", "0.10000001", False),
        ("nan", "NaN", False),
        ("sNaN", "1", False),
        ("", "\n", True),
        ("", "0", False),
    ],
)
def test_outputs_are_compared_by_lines_and_numbers(printed: str, expected: str, same: bool) -> None:
    assert same_output(printed, expected) is same
    assert same_output(expected, printed) is same


lines = st.lists(st.text(st.characters(categories=("L", "N", "P"))), max_size=4)


@given(lines, st.text(" \t"), st.text("\n "))
def test_blanks_around_lines_and_around_all_of_them_do_not_matter(
    written: list[str], blanks: str, end: str
) -> None:
    assert same_output(
        end + "\n".join(f"{blanks}{line}{blanks}" for line in written) + end, "\n".join(written)
    )


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3), min_size=1))
def test_a_number_is_the_same_however_it_is_written(numbers: list[object]) -> None:
    assert same_output(" ".join(f"{number:.5f}" for number in numbers), " ".join(map(str, numbers)))
    assert same_output(" ".join(f"{number:e}" for number in numbers), " ".join(map(str, numbers)))


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared_and_the_order_does_not_matter(one: str, other: str) -> None:
    assert same_output(one, one)
    assert same_output(one, other) == same_output(other, one)


def test_the_first_check_that_fails_decides_and_none_is_run_after_it(sandbox: Sandbox) -> None:
    checks = [Check(Program(source)) for source in ("print(1)", "raise ValueError('second')", "1 / 0")]
    check, verdict = run_checks(checks, sandbox)
    assert check == checks[1] and verdict.detail == "ValueError: second"


def test_of_checks_that_all_pass_the_last_is_reported(sandbox: Sandbox) -> None:
    checks = [Check(Program("print(1)"), "1"), Check(Program("print(2)"), "2.0")]
    check, verdict = run_checks(checks, sandbox)
    assert check == checks[1] and verdict.passed


def test_the_time_is_that_of_the_slowest_check(sandbox: Sandbox) -> None:
    checks = [Check(Program(f"import time; time.sleep({seconds})")) for seconds in (0, 0.2, 0)]
    assert run_checks(checks, sandbox).verdict.seconds >= 0.2


def test_without_a_check_nothing_is_right(sandbox: Sandbox) -> None:
    verdict = judge(Job(Task("text", "say hello"), "print('hello')"), sandbox)
    assert (verdict.status, verdict.detail) == ("error", "there is nothing to run")


@pytest.mark.parametrize(
    ("task", "answer", "status"),
    [
        (ADD, "def add(a, b): return a + b", "passed"),
        (ADD, "def add(a, b): return a - b", "failed"),
        (ADD, "def add(a, b) return", "error"),
        (DOUBLE, "print(f'{2 * int(input())}.0')", "passed"),
        (DOUBLE, "print(int(input()) + 1)", "failed"),  # right for the first case only
        (DOUBLE, "print(2 * int(input())); raise SystemExit(1)", "error"),
    ],
)
def test_tests_and_cases_decide(sandbox: Sandbox, task: Task, answer: str, status: str) -> None:
    assert judge(Job(task, answer), sandbox).status == status


def test_a_wrong_output_is_reported(sandbox: Sandbox) -> None:
    verdict = judge(Job(DOUBLE, "print(0)"), sandbox)
    assert verdict.detail == "it did not print what was expected" and verdict.stdout == "0\n"


def test_a_job_has_the_time_that_it_is_given(sandbox: Sandbox) -> None:
    verdict = judge(Job(ADD, "while True: pass", 0.2), sandbox)
    assert (verdict.status, verdict.detail) == ("timeout", "it took more than 0.2 seconds")


def test_verdicts_come_in_the_order_of_the_jobs_which_may_be_endless(sandbox: Sandbox) -> None:
    def answers() -> Iterator[Job]:
        for number in count():
            yield Job(DOUBLE, f"import time; time.sleep({0.1 if number % 3 == 0 else 0}); print({number})")

    verdicts = judge_all(answers(), lambda task: sandbox, workers=2)
    assert [verdict.stdout for verdict in islice(verdicts, 6)] == [
        f"{number}\n" for number in (0, 1, 2, 3, 4, 5)
    ]


def test_each_task_runs_in_its_own_sandbox(sandbox: Sandbox) -> None:
    with tea_sandbox() as other:
        asked: list[str] = []

        def sandbox_of(task: Task) -> Sandbox:
            asked.append(task.task_id)
            return other if task is ADD else sandbox

        jobs = [Job(ADD, "def add(a, b): return 3"), Job(DOUBLE, "print(2 * int(input()))")]
        assert [verdict.passed for verdict in judge_all(jobs, sandbox_of)] == [True, True]
        assert asked == ["add", "double"]
