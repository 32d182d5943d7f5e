from pathlib import Path

from corpora.python.coverage import Coverage, coverage_of
from tests.corpora.python.test_python_package import write


def test_coverage_counts_members_with_and_without_a_docstring(tmp_path: Path) -> None:
    files = {"pkg/__init__.py": 'def told():\n    """T."""\ndef bare(x): ...\n', "pkg/bad.py": "def ("}
    write(tmp_path, files)
    covered = coverage_of(str(tmp_path / "pkg"))
    assert isinstance(covered, Coverage)
    assert (covered.members, covered.documented, covered.bare) == (3, 1, ("pkg", "pkg.bare"))
