"""`rag api` on packages of npm, and its twins in the library."""

import json
from pathlib import Path

import pytest

import rag
from rag.cli.main import main
from tests.npm_packages import packed, write_npm_package

OLD = """
export interface Pot { pour(cup: string, fill?: number): void; lid: boolean; spout: string }
export declare class Kettle { constructor(litres: number); boil(): void; static of(): Kettle }
export declare function brew(leaves: string, minutes?: number): Pot;
export declare function rinse(pot: Pot): void;
/** Makes tea of old leaves again. */
export declare function again(pot: Pot, times: number): Pot;
export declare const both: { left: number; right: number };
/** @internal */
export declare function hidden(): void;
"""
NEW = """
export interface Pot { pour(into: string, fill: number): void; lid: boolean }
export interface Kettle { boil(): void }
export declare function brew(tea: string, minutes?: number, cold?: boolean): Pot;
/** @deprecated use brew instead */
export declare function rinse(pot: Pot): void;
/** Makes tea of old leaves again. */
export declare function repeat(pot: Pot, times: number): Pot;
export declare const both: { left: number };
export declare function steep(pot: Pot): void;
"""


@pytest.fixture
def teas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two versions of a package, as folders and as archives, that is the working one."""
    for version, text in (("1.0.0", OLD), ("2.0.0", NEW)):
        folder = write_npm_package(tmp_path / version, {"index.d.ts": text}, "tea", version)
        packed(folder, tmp_path / f"tea-{version}.tgz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_changed_is_told_as_it_is_for_python(teas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api", "diff", "tea-1.0.0.tgz", "tea-2.0.0.tgz", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["library"], told["old"], told["new"]) == ("npm:tea", "1.0.0", "2.0.0")
    found = {
        (one["kind"], one["name"], one.get("parameter", ""), one.get("is_breaking", False))
        for one in told["changes"]
    }
    assert {
        ("removed", "tea.Pot.spout", "", True),
        ("removed", "tea.both.right", "", True),
        ("kind changed", "tea.Kettle", "", True),
        ("removed", "tea.Kettle.of", "", True),
        ("renamed", "tea.again", "", True),
        ("parameter made required", "tea.Pot.pour", "fill", True),
        ("deprecated", "tea.rinse", "", False),
        ("parameter added", "tea.brew", "cold", False),
        ("parameter renamed", "tea.brew", "leaves", False),
        ("parameter renamed", "tea.Pot.pour", "cup", False),
        ("added", "tea.steep", "", False),
    } == found
    replacements = {one["name"]: one.get("replacement") for one in told["changes"]}
    assert (replacements["tea.again"], replacements["tea.rinse"]) == ("tea.repeat", "tea.brew")


def test_folders_and_archives_are_the_same_package(teas: Path) -> None:
    assert rag.diff_apis("./1.0.0", "tea-2.0.0.tgz") == rag.diff_apis("npm:tea-1.0.0.tgz", "npm:./2.0.0")


def test_a_ci_can_fail_on_what_breaks(teas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api", "diff", "tea-1.0.0.tgz", "tea-2.0.0.tgz", "--fail-on", "breaking"]) == 1
    text = capsys.readouterr().out
    assert "tea.Kettle (class -> type; a type alone" in text and max(map(len, text.splitlines())) <= 80


def test_an_object_is_shown_as_typescript_declares_it(teas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api", "show", "tea-1.0.0.tgz", "Pot"]) == 0
    assert capsys.readouterr().out.startswith("tea.Pot  (interface, npm:tea 1.0.0)")
    assert main(["api", "show", "tea-1.0.0.tgz", "brew"]) == 0
    assert "  brew(leaves: string, minutes?: number): Pot\n" in capsys.readouterr().out
    assert main(["api", "show", "npm:tea-1.0.0.tgz"]) == 0
    assert capsys.readouterr().out.startswith("npm:tea 1.0.0: ")


def test_a_name_that_is_not_there_is_answered_with_the_nearest(
    teas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["api", "show", "tea-1.0.0.tgz", "Pot.por"]) != 0
    error = capsys.readouterr().err
    assert "tea.Pot has no por" in error and "tea.Pot.pour" in error
    assert main(["api", "show", "npm:no-such-tea"]) != 0
    assert "npm install no-such-tea" in capsys.readouterr().err
