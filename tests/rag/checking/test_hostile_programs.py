"""Programs that are made to take long, to crash a parser, or to run something."""

from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.inference.ty import has_ty
from tests.installed_libraries import KITCHEN, environment_with

needs_ty = pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment_with(tmp_path_factory.mktemp("kitchen"), kitchen=("2.0", KITCHEN))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(" * 5_000, "it is not Python 3, or nested too deep"),
        ("x = 1\0", "it is not Python 3, or nested too deep"),
        ("x = '" + "y" * 30_000 + "'", "it has a line of more than 20,000 characters"),
        ("# comment\n" * 150_000, "it has more than 1,000,000 characters"),
        ("f(1)\n" * 120_000, "its syntax tree has more than 400,000 nodes"),
    ],
)
def test_a_program_out_of_bounds_is_not_checked(environment: Path, text: str, reason: str) -> None:
    report = check_code(text=text, python=str(environment))
    assert [one.reason for one in report.unchecked] == [reason]


@needs_ty
@pytest.mark.parametrize(
    "text",
    [
        "x" + ".y" * 900,
        "x" + ".y()" * 300,
        "x = " + "+".join(["y.z"] * 900),
        "if a.b:\n" + "".join(f"{' ' * depth}if a.b:\n" for depth in range(1, 90)) + " " * 90 + "a.b",
        "x = [" + "a.b, " * 2_000 + "]",
    ],
)
def test_a_program_of_odd_shape_is_checked(environment: Path, text: str) -> None:
    report = check_code(
        text=f"import kitchen\n{text}\n" if len(text) < 19_000 else text, python=str(environment)
    )
    assert (report.findings, report.unchecked) == ((), ())


@needs_ty
def test_the_configuration_of_a_checked_folder_does_not_count(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.ty.environment]\npython = "/"\n[tool.ty.rules]\nall = "ignore"\n'
    )
    (tmp_path / "ty.toml").write_text("this is no configuration")
    (tmp_path / "app.py").write_text("from kitchen import Pot\n\nPot().fil(2)\n")
    (one,) = check_code([tmp_path], python=str(environment)).findings
    assert one.name == "kitchen.Pot.fil"


def test_nothing_of_a_program_or_of_a_library_runs(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    runs = f"open({str(mark)!r}, 'w')\n"
    environment = environment_with(tmp_path, oven=("1.0", {"oven/__init__.py": f"{runs}def bake(): ...\n"}))
    (tmp_path / "sitecustomize.py").write_text(runs)
    (tmp_path / "app.py").write_text(f"{runs}import oven\noven.bak()\n")
    report = check_code([tmp_path / "app.py"], python=str(environment))
    assert [one.name for one in report.findings] == ["oven.bak"]
    assert not mark.exists()
