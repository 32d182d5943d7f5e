import json
from pathlib import Path

import pytest

from corpora.document import Section
from corpora.python.package_units import PackageUnits, kept_units
from tests.corpora.python.test_python_package import package, sections_of, write

UNITS = PackageUnits(
    {"a.py": (Section("a", "A.", "L1", "a()", ("b", "c")),), "b.py": "SyntaxError: no"},
    frozenset({"a"}),
    {"a.gone": "nobody defines it"},
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "units"


def never() -> PackageUnits:
    raise AssertionError("it is read again")


def test_a_package_is_read_once_for_all_processes() -> None:
    assert kept_units("stamp", lambda: UNITS) == UNITS
    assert kept_units("stamp", never) == UNITS


def test_other_content_is_read_anew() -> None:
    kept_units("stamp", lambda: UNITS)
    empty = PackageUnits({}, frozenset(), {})
    assert kept_units("other", lambda: empty) == empty


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"{}", b'{"pages": {"a": [{"name": 1}]}, "bare": [], "unreachable": {}}', b"\xff" * 9],
)
def test_a_damaged_file_is_read_over(cache: Path, damage: bytes) -> None:
    kept_units("stamp", lambda: UNITS)
    (file,) = cache.iterdir()
    file.write_bytes(damage)
    assert kept_units("stamp", lambda: UNITS) == UNITS
    assert json.loads(file.read_text())["bare"] == ["a"]


def test_without_a_cache_a_package_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "file"))
    write(tmp_path, {"pkg/__init__.py": 'def f():\n    """F."""\n'})
    assert sections_of(package(tmp_path / "pkg"))["pkg.f"].text == "F."
