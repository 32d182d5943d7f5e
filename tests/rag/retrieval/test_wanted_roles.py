"""What a question asks for: a table of questions, and that no question takes long."""

from time import process_time

import pytest

from rag.retrieval.questions.wanted_roles import wanted_roles

ASKED = {
    "test": [
        "tests for the retry logic",
        "how is the connection pool tested",
        "where is token refresh tested?",
        "unit tests for the parser",
        "test cases for empty input",
        "show me the tests of the cart",
        "where are the integration tests",
        "tests that check the timeout",
        "mock for the payment gateway",
        "what is in cart_test.go",
        "conftest.py",
        "login.spec.ts",
    ],
    "example": [
        "example of a custom middleware",
        "examples for streaming responses",
        "sample code for uploading a file",
        "show me a minimal example",
        "is there a demo app",
        "tutorial on routing",
        "benchmarks for the router",
    ],
    "configuration": [
        "ci workflow that publishes the package",
        "which github actions run on pull requests",
        "dockerfile of the server",
        "eslint config",
        "pyproject.toml",
        "python version in setup.cfg",
        "all .yaml files of the deployment",
        "helm chart for the api",
    ],
    "documentation": [
        "readme",
        "what does README.md say about windows",
        "documentation for plugins",
        "which license",
    ],
    "changelog": [
        "changelog",
        "release notes for 2.0",
        "what's new in version 3",
        "breaking changes in v5",
        "which version was asyncio support added in",
        "CHANGELOG.md",
    ],
    "translation": ["translations of the error messages", "german translation", "messages_de.properties"],
    "snapshot": ["expected output of the formatter", "golden files"],
    "declaration": ["type stubs", "index.d.ts"],
}
NOT_ASKED = [
    "how does the config loader merge files",
    "where is the configuration file parsed",
    "read a yaml file into a dict",
    "latest version of the document",
    "enter a contest",
    "starlette test client",
    "testing utilities for asynchronous code",
    "fetch https://example.com/index.html",
    "how to test for null",
    "test if a string is empty",
    "test whether two arrays are equal",
    "how does the runner discover tests for a module",
    "run tests in parallel",
    "skip slow tests",
    "sample rate of an audio stream",
    "sample from a normal distribution",
    "for example when the user logs out",
    "how are release notes generated",
    "generate the changelog from commits",
    "render examples in the documentation page",
    "how are translations loaded",
    "response.json raises an error",
    "np.testing.assert_allclose tolerance",
    "math.log of zero",
    "process.env in the browser",
    "load settings from pyproject.toml",
    "write snapshot of the state to disk",
    "generate code from a schema",
    "documents of a collection",
    "os.path.join",
    "v1.2.3",
    "e.g. a list",
    "",
    "?",
]


@pytest.mark.parametrize(("role", "question"), [(role, one) for role, many in ASKED.items() for one in many])
def test_a_question_asks_for_a_role_by_its_words(role: str, question: str) -> None:
    assert wanted_roles(question) == {role}
    assert wanted_roles(question.upper().replace(".PY", ".py")) == wanted_roles(question) or "." in question


@pytest.mark.parametrize("question", NOT_ASKED)
def test_a_question_about_code_asks_for_no_other_role(question: str) -> None:
    assert not wanted_roles(question)


def test_of_a_long_text_only_the_beginning_counts() -> None:
    assert not wanted_roles("why does this fail " + "x " * 200 + "tests for the cart, see CHANGELOG.md")


@pytest.mark.parametrize(
    "piece", ["how ", "a.", "tests ", "./", "is tested ", "when ", "example ", " ", "(" * 9]
)
def test_no_question_takes_long(piece: str) -> None:
    started = process_time()
    wanted_roles(piece * 100_000)
    assert process_time() - started < 0.1
