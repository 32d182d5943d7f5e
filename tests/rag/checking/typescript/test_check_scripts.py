"""Programs of TypeScript that use small packages, checked against them."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.errors import RagError
from corpora.network.fetching import without_fetching
from rag.checking.check import check_code
from rag.checking.finding import CheckReport
from rag.checking.typescript.check import check_scripts
from rag.checking.typescript.compiler import Compiler
from rag.checking.typescript.program import ScriptProgram
from rag.checking.typescript.records import finding_of
from tests.typescript_compiler import needs_compiler

KITCHEN = """
export interface Options { /** how long */ minutes?: number; salt?: boolean }
export declare class Pot {
  constructor(litres: number);
  fill(litres: number, options?: Options): this;
  /** @deprecated Use `fill` instead. */
  pour(): void;
  lid: { lift(): void };
}
export interface Guest { name: string }
export declare function boil(pot: Pot, options?: Options): Pot;
export declare function boil(pot: Pot, minutes: number, salt: boolean): Pot;
export declare function serve(options: Options, at: number): void;
export declare function serve(options: { salt: boolean; table: string }, at: string): void;
export type Shelf<T> = { first: T; last: T };
export declare function shelve<T>(one: T): Shelf<T>;
export declare function make<T>(shape: T): { [K in keyof T]: T[K] };
export * as pans from "./pans";
export * from "./more";
"""
FILES = {
    "package.json": '{"name": "kitchen", "version": "2.1.0", "types": "index.d.ts", "main": "index.js"}',
    "index.d.ts": KITCHEN,
    "index.js": "",
    "pans.d.ts": "export declare const wok: number;\nexport type Size = 1 | 2;\n",
    "more.d.ts": 'export declare const spoon: number;\nimport { Gone } from "not-installed";\n'
    "export interface Half extends Gone { fork: number }\n",
}
OPEN = {
    "package.json": '{"name": "open", "version": "1.0.0", "types": "index.d.ts"}',
    "index.d.ts": 'export * from "not-installed";\nexport declare const known: number;\n',
}
PLAIN = {
    "package.json": '{"name": "plain", "version": "1.0.0", "main": "index.js"}',
    "index.js": "module.exports = {};",
    "sub/deep.js": "",
}
PLUGIN = {
    "package.json": '{"name": "plugin", "version": "1.0.0", "types": "index.d.ts"}',
    "index.d.ts": 'import "kitchen";\ndeclare module "kitchen" { interface Pot { whistle(): void } }\n',
}

PROGRAMS = {
    "fine.ts": """
import { Pot, boil, make, pans, spoon, type Half, type Guest } from "kitchen";
import { anything } from "open";
import untyped from "plain";
import deep from "plain/sub/deep";
import fs from "node:fs";
import style from "kitchen/style.css";
import { mine } from "./own";
import { alias } from "@/alias";
const pot = new Pot(5).fill(2, { minutes: 3 });
boil(boil(pot, { salt: true }), 3, true);
pot.whistle();
const own = make({ a: 1 });
own.b; ({ a: 1 }).c; mine.d; untyped.e.f; style.g;
const half = {} as Half; half.anything;
const guest = {} as Guest; guest.table;
if (pot.steam) pot.steam();
pot.hiss?.();
const wrong: number = "its own fault";
pot.lost(); // rag: ignore
// @ts-ignore
pot.lost();
// @ts-expect-error the library lacks it
pot.lost();
fs.nothing; pans.wok; spoon;
try { await import("kitchen/optional"); } catch {}
""",
    "own.ts": "export const mine = { a: 1 };\n",
    "setup.d.ts": 'import "kitchen";\ndeclare module "kitchen" { interface Guest { table: number } }\n',
    "wrong.ts": """
import { Pot, boil, fry } from "kitchen";
import * as kitchen from "kitchen";
import x from "kitchen/panss";
const pot = new Pot();
/* é😀 */ pot.fil(2);
pot.fill(2, { minuts: 3 });
pot.fill();
boil(pot, 1, true, 4);
kitchen.pans.wk;
let size: kitchen.pans.Sise;
const { spon } = kitchen;
pot.lid.lft();
pot.pour();
kitchen.serve({ salt: true, tabel: "x" }, 1);
kitchen.serve({ salt: true, table: "x" }, 1);
const { frist } = kitchen.shelve(1);
""",
    "old.js": """
const kitchen = require("kitchen");
new kitchen.Pot(1).fil(2);
""",
    "view.jsx": 'import { Pot } from "kitchen";\nexport const View = () => <p>{new Pot(1).depth}</p>;\n',
    "broken.ts": 'import { Pot } from "kitchen";\nconst = 1;\n',
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def scripts(folder: Path, *names: str) -> list[ScriptProgram]:
    return [ScriptProgram(name, folder / name, (folder / name).read_text(), True) for name in names]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("cooking"), PROGRAMS)
    for name, files in {"kitchen": FILES, "open": OPEN, "plain": PLAIN, "plugin": PLUGIN}.items():
        write(folder / "node_modules" / name, files)
    # What a project says to its own tools does not count here, and none of it runs.
    evil = f"require('fs').writeFileSync({json.dumps(str(folder / 'ran'))}, '')"
    write(
        folder,
        {
            "package.json": json.dumps({"name": "cooking", "scripts": {"preinstall": f'node -e "{evil}"'}}),
            "tsconfig.json": '{"compilerOptions": {"plugins": [{"name": "evil"}], "types": ["evil"]}}',
            "node_modules/evil/package.json": '{"name": "evil", "version": "1.0.0", "main": "index.js"}',
            "node_modules/evil/index.js": evil,
            "node_modules/typescript/package.json": '{"name": "typescript", "version": "9.9.9"}',
            "node_modules/typescript/lib/typescript.js": evil,
            "node_modules/.bin/tsc": "#!/bin/sh\nexit 1\n",
            "secret.txt": "export const leaked = 1;\n",
            "\x1b[31m red\n.ts": 'import { fry } from "kitchen";\n',
        },
    )
    (folder / "node_modules" / "far").symlink_to("/etc")
    return folder


@pytest.fixture(scope="module")
def report(project: Path) -> Iterator[CheckReport]:
    with without_fetching():
        yield check_code([project])


def found(report: CheckReport, name: str) -> list[tuple[int, str, str]]:
    return [(one.line, one.rule, one.name) for one in report.findings if one.path.rpartition("/")[2] == name]


@pytest.mark.slow(5)
@needs_compiler
def test_a_program_that_works_has_no_findings(report: CheckReport) -> None:
    assert found(report, "fine.ts") == []
    assert report.notes == ()


@needs_compiler
def test_what_a_package_does_not_have_is_found_where_it_is_used(report: CheckReport) -> None:
    assert found(report, "wrong.ts") == [
        (2, "unknown-name", "kitchen.fry"),
        (4, "unknown-module", "kitchen/panss"),
        (5, "missing-argument", "kitchen.Pot"),
        (6, "unknown-name", "kitchen.Pot.fil"),
        (7, "unknown-parameter", "kitchen.Options.minuts"),
        (8, "missing-argument", "kitchen.pot.fill"),
        (9, "too-many-arguments", "kitchen.boil"),
        (10, "unknown-name", "kitchen.pans.wk"),
        (11, "unknown-name", "kitchen.pans.Sise"),
        (12, "unknown-name", "kitchen.spon"),
        (13, "unknown-name", "kitchen.pot.lid.lft"),
        (14, "deprecated", "kitchen.pour"),
        (15, "unknown-parameter", "kitchen.serve.tabel"),
        (17, "unknown-name", "kitchen.Shelf.frist"),
    ]
    assert found(report, "old.js") == [(3, "unknown-name", "kitchen.Pot.fil")]
    assert found(report, "view.jsx") == [(2, "unknown-name", "kitchen.Pot.depth")]
    assert report.libraries == (("npm:kitchen", "2.1.0"), ("npm:open", "1.0.0"))


@needs_compiler
def test_a_finding_says_where_it_is_and_what_is_meant(report: CheckReport) -> None:
    by_line = {one.line: one for one in report.findings if one.path.endswith("wrong.ts")}
    method = by_line[6]
    assert (method.column, method.end_column) == (14, 17)  # characters, of which an emoji is one
    assert method.message == "class 'Pot' has no member 'fil'"
    assert (method.library, method.version, method.nearest) == ("npm:kitchen", "2.1.0", "fill")
    assert method.source == "kitchen/index.d.ts:3"
    assert by_line[9].message == "'boil' is called with 4 arguments and takes at most 3"
    assert by_line[7].nearest == "minutes"
    assert (by_line[14].severity, by_line[14].said) == ("warning", "Use `fill` instead.")


@needs_compiler
def test_what_cannot_be_parsed_is_said_and_the_rest_is_checked(report: CheckReport) -> None:
    assert [(Path(one.path).name, one.reason) for one in report.unchecked] == [
        ("broken.ts", "it cannot be parsed (line 2)")
    ]


@needs_compiler
def test_nothing_of_a_project_runs(project: Path, report: CheckReport) -> None:
    assert not (project / "ran").exists()
    assert [one.rule for one in report.findings if "red" in one.path] == ["unknown-name"]


@pytest.mark.slow(4)
@needs_compiler
def test_a_named_version_takes_the_place_of_the_installed_one(project: Path, tmp_path: Path) -> None:
    tarball = tmp_path / "kitchen.tgz"
    newer = {**FILES, "index.d.ts": KITCHEN.replace("pour()", "fil(n: number)")}
    newer["package.json"] = FILES["package.json"].replace("2.1.0", "3.0.0")
    with tarfile.open(tarball, "w:gz") as packed:
        for name, text in newer.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))
    report = check_scripts(scripts(project, "wrong.ts"), [f"npm:{tarball}"])
    names = [one.name for one in report.findings]
    assert "kitchen.Pot.fil" not in names
    assert "kitchen.pour" not in names
    assert ("npm:kitchen", "3.0.0") in report.libraries


@pytest.mark.slow(6)
@needs_compiler
def test_types_without_end_are_cut_off_and_leave_the_others_checked(tmp_path: Path) -> None:
    endless = "export type Grow<T extends 0[], N> = N extends 0 ? T : Grow<[...T, ...T, 0], N>;\n"
    write(tmp_path / "node_modules" / "kitchen", {**FILES, "pans.d.ts": FILES["pans.d.ts"] + endless})
    text = 'import { fry, pans } from "kitchen";\n'
    write(tmp_path, {"a.ts": text, "b.ts": f"{text}let x: pans.Grow<[], 1>;\n"})
    report = check_scripts(scripts(tmp_path, "a.ts", "b.ts"), seconds=60)
    assert found(report, "a.ts") == [(1, "unknown-name", "kitchen.fry")]


@needs_compiler
def test_what_takes_too_long_is_unchecked(project: Path) -> None:
    report = check_scripts(scripts(project, "wrong.ts"), seconds=0.05)
    assert report.findings == ()
    assert "gave no answer within 0.05 seconds" in report.unchecked[0].reason


def test_without_node_programs_of_python_are_still_checked(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.py").write_text("import json\n")
    report = check_code([tmp_path / "a.py", project / "wrong.ts"], types=False)
    assert report.files == 1
    assert [Path(one.path).name for one in report.unchecked] == ["wrong.ts"]
    assert any("node is not installed" in note for note in report.notes)


def test_without_a_network_the_compiler_is_not_there(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    with without_fetching():
        report = check_scripts(scripts(project, "wrong.ts"))
    assert len(report.unchecked) == 1
    assert report.notes


def test_a_compiler_that_fails_is_told(project: Path, tmp_path: Path) -> None:
    write(tmp_path, {"lib/typescript.js": ""})
    report = check_scripts(scripts(project, "wrong.ts"), compiler=Compiler("/bin/false", tmp_path))
    assert report.unchecked[0].reason == "node ended with 1"


def test_what_imports_nothing_that_is_installed_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"a.ts": 'import { z } from "zod";\n', "b.js": "let a = 1;\n", "big.js": "x" * 5_000_000})
    folder = check_code([tmp_path], types=False)
    assert [one.reason for one in folder.unchecked] == ["too large more than 1000000 bytes"]
    assert "none of the packages" in folder.notes[0]
    named = check_code([tmp_path / "a.ts"], types=False)
    assert named.unchecked[0].reason == "none of the packages that it imports is installed or locked"
    with pytest.raises(RagError, match=r"big\.js"):
        check_code([tmp_path / "big.js"], types=False)


@pytest.mark.parametrize("location", ["npm:zod", "npm:../zod@1.0.0", "npm:zod@latest", "npm:--global@1.0.0"])
def test_only_an_exact_version_is_a_package(tmp_path: Path, location: str) -> None:
    (tmp_path / "a.ts").write_text('import "zod";\n')
    with pytest.raises(RagError, match="names no version of a package"):
        check_scripts(scripts(tmp_path, "a.ts"), [location])


@pytest.mark.parametrize(
    "record", [{}, {"rule": "unknown-name"}, {"rule": "x", "line": 1, "column": 1, "end": 2}]
)
def test_what_is_no_record_is_no_finding(record: dict[str, object]) -> None:
    assert finding_of("a.ts", record) is None
