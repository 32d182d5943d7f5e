from collections import Counter

import pytest

from corpora.syntax.languages import INTERPRETERS, LANGUAGES, language_of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("src/app.py", "python"),
        ("a/B.TSX", "tsx"),
        ("types.d.ts", "typescript"),
        ("Program.cs", "c_sharp"),
        ("deploy/Dockerfile", "dockerfile"),
        ("Dockerfile.dev", "dockerfile"),
        ("lib/Makefile.am", "makefile"),
        ("CMakeLists.txt", "cmake"),
        ("go.mod", "go_module"),
        (".bashrc", "bash"),
        ("README", "text"),
        ("py", "text"),
        ("build.unknown", "text"),
        ("", "text"),
    ],
)
def test_the_language_follows_from_the_name(path: str, language: str) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    ("head", "language"),
    [
        ("#!/bin/sh\n", "bash"),
        ("#! /usr/bin/python3.11\n", "python"),
        ("#!/usr/bin/env -S LANG=C node --flag\n", "javascript"),
        ("#!/usr/bin/env -S uv run --script\n", "python"),
        ("#!/usr/bin/env ruby", "ruby"),
        ("#!/usr/bin/python-config\n", "text"),
        ("#!\n", "text"),
        ("x\n#!/bin/sh\n", "text"),
    ],
)
def test_the_language_follows_from_the_first_line_without_a_known_name(head: str, language: str) -> None:
    assert language_of("bin/tool", head) == language
    assert language_of("tool.js", head) == "javascript"


def test_headers_are_c_unless_they_show_cpp() -> None:
    assert language_of("a.h", '#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n') == "c"
    assert language_of("a.h", "#include <stdio.h>\nstruct a { int b; };\n") == "c"
    assert language_of("a.h", "#include <vector>\n") == "cpp"
    assert language_of("a.h", "namespace a {\nclass B : public C {\n") == "cpp"


def test_every_name_stands_in_the_table_once() -> None:
    for table in (LANGUAGES, INTERPRETERS):
        names = Counter(name for names in table.values() for name in names.split())
        assert [name for name, count in names.items() if count > 1 or name != name.lower()] == []
