"""Programs that import packages which are not installed: invented ones, and optional ones."""

from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.finding import Severity
from tests.installed_libraries import KITCHEN, environment_with
from tests.small_corpora import write_tree


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    libraries = {"kitchen": ("2.0", KITCHEN), "dinner": ("1", {"dinner.py": ""})}
    place = environment_with(tmp_path_factory.mktemp("kitchen"), **libraries)
    optional = {"kitchen-2.0": "pyladle; extra == 'soup'", "dinner-1": "kitchen[soup]; extra == 'evening'"}
    for name, requirement in optional.items():
        (described,) = place.glob(f"lib/*/site-packages/{name}.dist-info/METADATA")
        described.write_text(f"{described.read_text()}Requires-Dist: {requirement}\n")
    return place


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def found(folder: Path, environment: Path, **files: str) -> tuple[list[tuple[str, Severity, str]], str]:
    write_tree(folder, {f"{name}.py": text for name, text in files.items()})
    report = check_code([folder], python=str(environment), types=False)
    listed = [(f"{Path(one.path).stem}:{one.line}", one.severity, one.message) for one in report.findings]
    return listed, " ".join(report.notes)


def test_a_package_that_is_not_there_is_reported_once_with_its_places(
    environment: Path, tmp_path: Path
) -> None:
    texts = {"a": "import json\nimport kitchn\n", "b": "from kitchn.pots import Pot\nimport kitchn\n"}
    listed, notes = found(tmp_path, environment, **texts)
    said = "no installed or locked package provides 'kitchn' (imported in 2 more places)"
    assert listed == [("a:2", "error", said)] and not notes


def test_an_import_in_a_function_is_a_warning_unless_another_place_expects_that_it_fails(
    environment: Path, tmp_path: Path
) -> None:
    inside = "def f():\n    import oven\n"
    listed, _ = found(tmp_path, environment, a=inside)
    assert listed == [("a:2", "warning", "no installed or locked package provides 'oven'")]
    tried = "try:\n    import oven\nexcept ImportError:\n    oven = None\n"
    assert found(tmp_path, environment, a=inside, b=tried) == ([], "")


def test_what_the_project_lists_as_optional_is_only_not_checked(environment: Path, tmp_path: Path) -> None:
    write_tree(tmp_path, {"pyproject.toml": "[project]\noptional-dependencies.hot = ['python-stove>=2']\n"})
    listed, notes = found(tmp_path, environment, a="import stove.plates\nimport kitchn\n")
    assert [message for _, _, message in listed] == ["no installed or locked package provides 'kitchn'"]
    assert notes == "optional and not installed, so that their use is not checked: stove"


def test_what_a_library_lists_as_optional_may_be_imported_in_functions_only(
    environment: Path, tmp_path: Path
) -> None:
    listed, notes = found(tmp_path, environment, a="def f():\n    import ladle\n    import spoon\n")
    assert [message for _, _, message in listed] == ["no installed or locked package provides 'spoon'"]
    assert notes.endswith("checked: ladle")
    listed, notes = found(tmp_path, environment, a="import ladle\n")
    assert [severity for _, severity, _ in listed] == ["error"] and not notes


def test_the_extras_of_a_library_that_an_extra_of_the_project_needs_are_its_own(
    environment: Path, tmp_path: Path
) -> None:
    write_tree(tmp_path, {"dinner/__init__.py": "import ladle\nimport _kitchn\n"})
    report = check_code([tmp_path], python=str(environment), types=False)
    assert [one.name for one in report.findings] == ["_kitchn"]
    assert report.notes[0].endswith("checked: ladle")
