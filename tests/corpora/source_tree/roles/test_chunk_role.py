"""A chunk has the role of its file, but for tests beside code and examples among tests."""

import pytest

from corpora.document import FileRole
from corpora.source_tree.roles.chunk_role import chunk_role


@pytest.mark.parametrize(
    ("document_role", "symbol", "scope", "language", "role"),
    [
        ("code", "tests.adds", "tests", "rust", "test"),
        ("code", "", "cart.tests", "rust", "test"),
        ("code", "cart.test.adds", "cart.test", "rust", "test"),
        ("code", "Runner.test", "Runner", "rust", "code"),
        ("code", "test", "", "rust", "code"),
        ("code", "tests.adds", "tests", "python", "code"),
        ("example", "tests.adds", "tests", "rust", "example"),
        ("test", "ExampleClient_Do", "", "go", "example"),
        ("test", "Example", "", "go", "example"),
        ("test", "Examples", "", "go", "test"),
        ("test", "TestClient", "", "go", "test"),
        ("code", "ExampleClient", "", "go", "code"),
        ("documentation", "", "", "markdown", "documentation"),
    ],
)
def test_the_role_of_a_chunk(
    document_role: FileRole, symbol: str, scope: str, language: str, role: FileRole
) -> None:
    assert chunk_role(document_role, symbol, scope, language) == role
