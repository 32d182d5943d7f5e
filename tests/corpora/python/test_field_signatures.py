"""Documentation of a class whose constructor is made from its fields says how it is called."""

from pathlib import Path

import pytest

from corpora.document import Document, Listed
from corpora.python.package import PythonPackage
from corpora.spec import CorpusSpec

HEAD = """
import attrs
from dataclasses import KW_ONLY, dataclass, field
from pydantic import BaseModel, Field
from typing import ClassVar, NamedTuple
"""
PLAIN = '@dataclass\nclass Base:\n    """Doc."""\n    x: int\n    y: str = "a"\n'


def signature(tmp_path: Path, code: str, name: str) -> str:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/__init__.py").write_text(HEAD + code)
    corpus = PythonPackage(CorpusSpec("p", "package", str(tmp_path / "p")))
    documents = [corpus.read(one) for one in corpus.scan() if isinstance(one, Listed)]
    sections = [section for one in documents if isinstance(one, Document) for section in one.sections]
    return next(section.signature for section in sections if section.name == f"p.{name}")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("@dataclass\nclass A:\n    x: int\n    y: str = 'a'\n", "class A(x: int, y: str = 'a')"),
        ("@dataclass\nclass A:\n    x: list = field(default_factory=list)\n", "class A(x: list = list())"),
        ("@dataclass\nclass A:\n    x: int = field(default=4, repr=False)\n", "class A(x: int = 4)"),
        ("@dataclass\nclass A:\n    x: ClassVar[int] = 1\n    y: int = field(init=False)\n", "class A()"),
        ("@dataclass(kw_only=True)\nclass A:\n    x: int\n", "class A(*, x: int)"),
        (
            "@dataclass\nclass A:\n    x: int\n    _: KW_ONLY\n    y: int = 1\n",
            "class A(x: int, *, y: int = 1)",
        ),
        (
            f"{PLAIN}@dataclass(kw_only=True)\nclass A(Base):\n    z: int = 1\n",
            "class A(x: int, y: str = 'a', *, z: int = 1)",
        ),
        (f"{PLAIN}@dataclass\nclass A(Base):\n    def __init__(self, own): ...\n", "class A(own)"),
        ("class A(NamedTuple):\n    x: int\n    y: str = ''\n", "class A(x: int, y: str = '')"),
        ("@attrs.define\nclass A:\n    x: dict = attrs.field(factory=dict)\n", "class A(x: dict = dict())"),
        (
            "class A(BaseModel):\n    x: int\n    y: str = Field('b', max_length=3)\n    _z: int = 1\n",
            "class A(*, x: int, y: str = 'b')",
        ),
        ("class A(BaseModel):\n    x: str = Field(..., description='d')\n", "class A(*, x: str)"),
        ("class A:\n    x: int = 3\n", "class A"),
        ("class A(dict):\n    x: int = 3\n", "class A(dict)"),
    ],
)
def test_fields_are_the_parameters_of_a_constructor(tmp_path: Path, code: str, expected: str) -> None:
    head, _, body = code.rpartition("class A")
    first, _, rest = body.partition(":\n")
    documented = f'{head}class A{first}:\n    """Doc."""\n{rest}'
    assert signature(tmp_path, documented, "A") == expected
