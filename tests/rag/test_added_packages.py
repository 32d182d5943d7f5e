"""How much of an added package is documented, as the command line says it."""

from pathlib import Path

import pytest

from corpora.python.package import PythonPackage
from corpora.spec import CorpusSpec
from rag.added_packages import added_packages
from rag.rendering.documentation import package_coverage
from tests.small_corpora import write_tree


@pytest.fixture
def tea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CorpusSpec:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    lost = "".join(f"from .gone import lost{number}\n" for number in range(5))
    exports = [f"lost{number}" for number in range(5)]
    write_tree(
        tmp_path, {"tea/__init__.py": f"{lost}__all__ = {exports}\n", "tea/leaf.py": '"""Leaves."""\n'}
    )
    return CorpusSpec("tea", "package", str(tmp_path / "tea"))


def test_a_package_that_workers_could_not_read_is_not_read_by_the_command(tea: CorpusSpec) -> None:
    assert added_packages([tea]) == []
    PythonPackage(tea).units()  # as a worker does
    (added,) = added_packages([tea])
    assert len(added.coverage.unreachable) == 5


def test_the_first_names_that_are_unreachable_are_told_with_the_option_for_all(tea: CorpusSpec) -> None:
    PythonPackage(tea).units()
    (added,) = added_packages([tea])
    said = package_coverage(added, verbose=False)
    assert "unreachable: tea.lost0, tea.lost1, tea.lost2 and 2 more (-v tells why)" in said
    assert "tea.lost4 (the source of tea.gone.lost4 does not show it)" in package_coverage(
        added, verbose=True
    )
