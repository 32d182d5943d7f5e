"""Code that was written to make looking for names slow or large."""

from time import process_time

import pytest

from corpora.syntax.names.defined import defined_names
from corpora.syntax.names.role import MAX_NAME_CHARS
from corpora.syntax.parse import load_parser

HOSTILE = {
    "many statements on one line": ("javascript", "a.b=1;" * 30_000),
    "many names": ("python", "".join(f"a{number}=1\n" for number in range(20_000))),
    "classes in classes": ("javascript", "class A { static b = " * 10_000),
    "structs in structs": ("c", "struct a { " * 5_000 + "int x;" + "} b;" * 5_000),
    "namespaces in namespaces": ("cpp", "namespace a {\n" * 5_000 + "int x;" + "}" * 5_000),
    "functions in functions": ("javascript", "function f() {" * 5_000 + "}" * 5_000),
    "modules in modules": ("elixir", "defmodule A do\n" * 2_000 + "end\n" * 2_000),
    "a chain of assignments": ("python", "a = " * 20_000 + "1\n"),
    "a chain of calls": ("javascript", "a" + ".b(() => {})" * 5_000),
    "a long name": ("python", f"{'x' * 500_000} = 1\nclass {'Y' * 500_000}: pass\n"),
    "names in one statement": ("python", f"{', '.join(f'a{number}' for number in range(20_000))} = 1\n"),
    "variables in one statement": ("c", f"int {', '.join(f'a{number}' for number in range(50_000))};"),
    "a long list": ("python", "__all__ = [" + '"a", ' * 100_000 + "]\nfrom b import a\n"),
    "uses in uses": ("rust", "pub use a::{" * 3_000 + "b" + "}" * 3_000 + ";"),
    "many uses": ("rust", "pub use a::{" + "b," * 100_000 + "};"),
    "arrows": ("c", "int " + "*" * 50_000 + "f(int);"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_and_size_are_bounded(kind: str) -> None:
    """No more than a few microseconds for each byte, and no long name."""
    language, text = HOSTILE[kind]
    root = load_parser(language).parse(text.encode()).root_node
    start = process_time()
    names = defined_names(root, language)
    assert process_time() - start < 0.5 + len(text) * 10e-6
    assert len(names) <= len(text) / 3
    assert all(len(name) <= MAX_NAME_CHARS for _, name, _ in names)
