"""No wrong program passes by a trick, and no right program fails because it looks like one."""

from collections.abc import Iterator

import pytest

from rag.execution import Limits, Program, Sandbox, Verdict, open_sandbox
from tests.forged_passes import (
    FORGERIES,
    HONEST,
    NUMPY_FORGERIES,
    NUMPY_TESTS,
    SHELL_FORGERIES,
    SHELL_HONEST,
    SHELL_TESTS,
    TESTS_OF_FUNCTION,
    UNITTEST_FORGERIES,
    UNITTEST_TESTS,
)
from tests.rag.execution.test_sandbox_hostile import has_image
from tests.sandboxes import needs_bwrap


@pytest.fixture(scope="module", params=[pytest.param("bwrap", marks=needs_bwrap), "container", "process"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if request.param == "container" and not has_image():
        pytest.skip("no container runs here")
    with open_sandbox(request.param, Limits(timeout_seconds=3)) as opened:
        yield opened


def not_passed(verdict: Verdict, detail: str) -> bool:
    assert verdict.status in ("failed", "error", "killed", "timeout"), verdict
    assert verdict.detail
    assert detail in verdict.detail, verdict
    return True


@pytest.mark.parametrize("name", FORGERIES)
def test_a_wrong_program_is_not_passed(sandbox: Sandbox, name: str) -> None:
    source, detail = FORGERIES[name]
    assert not_passed(sandbox.run(Program(source, TESTS_OF_FUNCTION, entry_point="square")), detail)


@pytest.mark.parametrize("name", NUMPY_FORGERIES)
def test_a_program_cannot_replace_what_numpy_checks_with(sandbox: Sandbox, name: str) -> None:
    if sandbox.isolation == "container":
        pytest.skip("the image has no numpy")
    source, detail = NUMPY_FORGERIES[name]
    assert not_passed(sandbox.run(Program(source, NUMPY_TESTS, entry_point="square")), detail)


@pytest.mark.parametrize("name", UNITTEST_FORGERIES)
def test_a_program_cannot_replace_what_unittest_checks_with(sandbox: Sandbox, name: str) -> None:
    source, detail = UNITTEST_FORGERIES[name]
    assert not_passed(sandbox.run(Program(source, UNITTEST_TESTS, entry_point="square")), detail)


@pytest.mark.parametrize("name", HONEST)
def test_a_right_program_passes_however_it_looks(sandbox: Sandbox, name: str) -> None:
    if "numpy" in HONEST[name] and sandbox.isolation == "container":
        pytest.skip("the image has no numpy")
    verdict = sandbox.run(Program(HONEST[name], TESTS_OF_FUNCTION, entry_point="square"))
    assert verdict.passed, verdict


@pytest.mark.parametrize("tests", [NUMPY_TESTS, UNITTEST_TESTS])
def test_a_right_program_passes_tests_that_use_libraries(sandbox: Sandbox, tests: str) -> None:
    if "numpy" in tests and sandbox.isolation == "container":
        pytest.skip("the image has no numpy")
    verdict = sandbox.run(Program("def square(x): return x * x", tests, entry_point="square"))
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", SHELL_FORGERIES)
def test_a_wrong_shell_program_is_not_passed(sandbox: Sandbox, name: str) -> None:
    if sandbox.isolation == "process" and "-1" in SHELL_FORGERIES[name]:
        pytest.skip("it signals every process of the user")
    assert not_passed(sandbox.run(Program(SHELL_FORGERIES[name], SHELL_TESTS, language="bash")), "")


@pytest.mark.parametrize("name", SHELL_HONEST)
def test_a_right_shell_program_passes_however_it_looks(sandbox: Sandbox, name: str) -> None:
    verdict = sandbox.run(Program(SHELL_HONEST[name], SHELL_TESTS, language="bash"))
    assert verdict.passed, verdict


@pytest.mark.parametrize("body", ["set +e", "eval '[() { true; }'", "shopt -s extdebug; trap false DEBUG"])
def test_a_function_that_tests_call_in_their_shell_does_not_change_them(sandbox: Sandbox, body: str) -> None:
    program = Program(f"answer() {{ out=41; {body}; }}", 'answer\n[ "$out" = 42 ]\n', language="bash")
    assert not_passed(sandbox.run(program), "")


def test_there_are_at_least_forty_forgeries() -> None:
    assert len(FORGERIES) + len(NUMPY_FORGERIES) + len(UNITTEST_FORGERIES) + len(SHELL_FORGERIES) >= 40
    assert len(HONEST) + len(SHELL_HONEST) >= 15
