import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.syntax.older_python import in_older_syntax


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("class Box[T]:\n    x = 1\n", "class Box:\n    x = 1\n"),
        ("class Box[T: int = str](Base): ...\n", "class Box(Base): ...\n"),
        ("def f[T, *Ts, **P](x: T) -> T: ...\n", "def f(x: T) -> T: ...\n"),
        ("async def f[T: (int, str)](): ...\n", "async def f(): ...\n"),
        ("type Pair[T] = tuple[T, T]\n", "Pair = tuple[T, T]\n"),
        ("type X = int | str\ntype = 3\n", "X = int | str\ntype = 3\n"),
        ('def f[T](): return f"{d["a"]} {\'\\n\'.join(x)}"\n', 'def f(): return f"{0} {0}"\n'),
        ("try: pass\nexcept A, b.C:\n    type Y = int\n", "try: pass\nexcept (A, b.C):\n    Y = int\n"),
        ("class A[T]: x = t'hello {name!r:>{width}}'\n", "class A: x = f'hello {0}'\n"),
        ("lazy import os\nlazy from a import b\n", "import os\nfrom a import b\n"),
    ],
)
def test_newer_syntax_becomes_what_an_older_python_parses(newer: str, older: str) -> None:
    assert in_older_syntax(newer) == older


def test_lines_keep_their_numbers() -> None:
    newer = "class A[\n    T,\n](Base):\n    type X[\n        K,\n    ] = dict[K, T]\n"
    newer += "    def last[T](self): ...\n"
    tree = ast.parse(in_older_syntax(newer))
    function = tree.body[0].body[-1]  # type: ignore[attr-defined]
    assert (function.name, function.lineno) == ("last", 7)


def test_what_is_no_python_stays_as_it_is() -> None:
    for text in ("def f(:\n", 'print "hello"\n', "class A[T]:\n", "\0", "("):
        assert in_older_syntax(text) == text


@given(st.text(st.sampled_from("class A[T]:=type f\"'{}\n ,*except"), max_size=60))
def test_any_text_is_rewritten_to_python_or_not_at_all(text: str) -> None:
    older = in_older_syntax(text)
    assert older == text or isinstance(ast.parse(older), ast.Module)
