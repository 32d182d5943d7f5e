# ruff: noqa: E501 (packages on one line each)
"""Declarations of npm packages have the names under which users import them."""

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from corpora.document import Document, Section
from corpora.npm.package import NpmPackage
from corpora.spec import CorpusSpec
from rag import Index, retrieve
from rag.docs import add_docs
from rag.retrieval.freshness import check_freshness
from tests import SLOWNESS


def write_package(folder: Path, files: dict[str, str], name: str = "pack", **facts: Any) -> Path:
    described = {"package.json": json.dumps({"name": name, "version": "1.0.0", **facts})}
    for path, text in {**described, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def documents_of(folder: Path) -> list[Document]:
    corpus = NpmPackage(CorpusSpec("pack", "npm", str(folder)))
    read = (corpus.read(one) for one in corpus.scan() if not hasattr(one, "reason"))
    return [document for document in read if isinstance(document, Document)]


def units_of(folder: Path) -> dict[str, Section]:
    return {one.name: one for document in documents_of(folder) for one in document.sections}


def names_of(folder: Path) -> set[str]:
    return {name for unit in units_of(folder).values() for name in (unit.name, *unit.aliases)}


A = "/** Opens. */\nexport declare function open(): void;\nexport declare const hidden: 1;\n"
DEFAULT = "/** Runs. */\ndeclare function run(): void;\nexport default run;\n"


@pytest.mark.parametrize(
    ("index", "others", "names"),
    [
        ('export { open as start } from "./a";', {"a.d.ts": A}, {"pack.start"}),
        ('import { open as o } from "./a.js";\nexport { o as start };', {"a.d.ts": A}, {"pack.start"}),
        ('export { start } from "./b";', {"a.d.ts": A, "b.d.ts": 'export { open as start } from "./a";'}, {"pack.start"}),
        ('export { default as go } from "./r";', {"r.d.ts": DEFAULT}, {"pack.go"}),
        ('import go from "./r";\nexport { go };', {"r.d.ts": DEFAULT}, {"pack.go"}),
        ('import go from "./r";\nexport default go;', {"r.d.ts": DEFAULT}, {"pack"}),
        ('export * as ns from "./a";', {"a.d.ts": A}, {"pack.ns", "pack.ns.open", "pack.ns.hidden"}),
        ('import * as ns from "./a";\nexport { ns as z };', {"a.d.ts": A}, {"pack.z", "pack.z.open", "pack.z.hidden"}),
        ('export * from "./a";\nexport * from "./b";', {"a.d.ts": A, "b.d.ts": 'export * from "./index";\nexport * from "./a";'},
         {"pack.open", "pack.hidden"}),
        ('export { type open as start } from "./sub/index.js";', {"sub/index.d.ts": A}, {"pack.start"}),
        ('export { a as "b-c" } from "./x";', {"x.d.ts": "declare const y: 1;\nexport { y as a };"}, {"pack.b-c"}),
        ('import r = require("./r");\nexport = r;', {"r.d.ts": "declare function run(): void;\nexport = run;"}, {"pack"}),
        ("declare function f(): void;\ndeclare namespace f { function g(): void; }\nexport = f;", {}, {"pack", "pack.g"}),
        ('export { open } from "./chunk-1a2b";', {"chunk-1a2b.d.ts": "declare const a: 1;\nexport { a as open };"},
         {"pack.open"}),
    ],
)  # fmt: skip
def test_a_name_is_followed_through_files(
    tmp_path: Path, index: str, others: dict[str, str], names: set[str]
) -> None:
    found = names_of(
        write_package(tmp_path, {"index.d.ts": index, **others}, exports={".": {"types": "./index.d.ts"}})
    )
    assert names <= found
    assert {name for name in found if "start" in name or "go" in name} <= names


@pytest.mark.parametrize(
    ("facts", "path", "name"),
    [
        (
            {"exports": {".": "./index.js", "./sub": {"types": "./lib/sub.d.ts"}}},
            "lib/sub.d.ts",
            "pack/sub.open",
        ),
        ({"exports": {"./sub": {"import": {"types": "./lib/sub.d.mts"}}}}, "lib/sub.d.mts", "pack/sub.open"),
        ({"exports": {"./sub": {"require": "./lib/sub.cjs"}}}, "lib/sub.d.cts", "pack/sub.open"),
        ({"exports": {"./sub": [{"browser": "./lib/sub.js"}]}}, "lib/sub.d.ts", "pack/sub.open"),
        ({"exports": {"./*": "./lib/*.js"}}, "lib/sub.d.ts", "pack/sub.open"),
        ({"exports": {"./*": {"types": "./lib/*.d.ts"}}}, "lib/a/sub.d.ts", "pack/a/sub.open"),
        ({"exports": {"./addons/*": "./lib/*"}}, "lib/a/sub.d.ts", "pack/addons/a/sub.js.open"),
        ({"exports": {"./f/*": "./lib/*/index.js"}}, "lib/sub/index.d.ts", "pack/f/sub.open"),
        ({}, "sub.d.ts", "pack/sub.open"),
        ({}, "sub/index.d.ts", "pack/sub.open"),
        ({"typesVersions": {">=4": {"*": ["lib/*"]}}, "types": "a.d.ts"}, "lib/a.d.ts", "pack.open"),
        ({"main": "./lib/a.js"}, "lib/a.d.ts", "pack.open"),
        ({"exports": "./lib/a.mjs"}, "lib/a.d.mts", "pack.open"),
    ],
)
def test_a_subpath_is_named_as_users_import_it(
    tmp_path: Path, facts: dict[str, Any], path: str, name: str
) -> None:
    assert name in names_of(write_package(tmp_path, {path: A}, **facts))


def test_the_shortest_name_comes_first_and_the_others_are_aliases(tmp_path: Path) -> None:
    files = {"index.d.ts": 'export * from "./open";', "open.d.ts": A}
    exports = {"./open": "./open.js", ".": "./index.js", "./*": "./*"}
    unit = units_of(write_package(tmp_path, files, exports=exports))["pack.open"]
    assert unit.aliases == ("pack/open.open", "pack/open.js.open")


def test_members_of_export_equals_are_also_modules_of_their_own(tmp_path: Path) -> None:
    files = {
        "index.d.ts": "declare const _: _.Static;\nexport = _;\ndeclare namespace _ { interface Static {} }",
        "common.d.ts": 'import _ = require("./index");\ndeclare module "./index" { interface Static {\n'
        "/** The first. */\nhead(): 1;\n/** @see _.head */\nfirst(): 1;\n} }",
        "head.d.ts": 'import { head } from "./index";\nexport = head;',
        "fp.d.ts": "declare const _: _.Fp;\ndeclare namespace _ { interface Fp { head: 1 } }\nexport = _;",
        "fp/head.d.ts": 'import { head } from "../fp";\nexport = head;',
    }
    units = units_of(write_package(tmp_path, files, "@types/pack"))
    assert units["pack.head"].aliases == ("pack.first", "pack/head")
    assert units["pack/fp.head"].aliases == ("pack/fp/head",)


def test_a_package_without_declarations_is_read_from_its_types(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    write_package(modules / "pack", {"index.js": ""}, version="4.1.0")
    write_package(modules / "@types" / "pack", {"index.d.ts": A}, "@types/pack", version="4.9.9")
    write_package(modules / "@a" / "b", {"index.js": ""}, "@a/b")
    write_package(modules / "@types" / "a__b", {"index.d.ts": A}, "@types/a__b")
    (document,) = documents_of(modules / "pack")
    assert (document.origin.library, document.origin.version) == ("pack", "4.1.0")
    assert document.origin.path == "node_modules/@types/pack/index.d.ts"
    assert [one.name for one in document.sections] == ["pack.open", "pack.hidden"]
    assert "@a/b.open" in names_of(modules / "@a" / "b")


def test_a_hit_in_a_package_beside_is_not_called_changed(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    write_package(modules / "pack", {"index.js": ""})
    write_package(modules / "@types" / "pack", {"index.d.ts": A}, "@types/pack")
    add_docs(tmp_path / "index", [str(modules / "pack")])
    with Index.open(tmp_path / "index") as index:
        hits = check_freshness(index, retrieve(index, "open", 1))
    assert [(hit.chunk.symbol, hit.is_stale) for hit in hits] == [("pack.open", None)]


def test_names_of_another_installed_package_are_units_under_both(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    write_package(modules / "pack", {"index.d.ts": 'export * from "@pack/core";\nexport { x } from "gone";'})
    core = {"lib/core.d.ts": 'export * from "./a";', "lib/a.d.ts": f"{A}export declare const also: 1;"}
    write_package(modules / "@pack" / "core", core, "@pack/core", types="lib/core.d.ts")
    (document, *_) = [one for one in documents_of(modules / "pack") if one.origin.path != "index.d.ts"]
    assert document.origin.path == "node_modules/@pack/core/lib/a.d.ts"
    assert [one.name for one in document.sections] == ["pack.open", "pack.hidden", "pack.also"]


def test_another_package_that_is_not_there_is_reported(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    outside = write_package(tmp_path / "elsewhere", {"index.d.ts": A}, "linked")
    index = 'export * from "gone";\nexport * from "linked";\nexport declare const own: 1;'
    write_package(modules / "pack", {"index.d.ts": index})
    (modules / "linked").symlink_to(outside)
    secret = tmp_path.parent / f"{tmp_path.name}-secret"
    write_package(secret, {"index.d.ts": "export declare const SECRET: 1;"}, "secret")
    (modules / "secret").symlink_to(secret)
    write_package(modules / "pack", {"index.d.ts": f'{index}\nexport * from "secret";'})
    found = documents_of(modules / "pack")
    assert not any("SECRET" in document.text for document in found)
    (main,) = (document for document in found if document.origin.path == "index.d.ts")
    assert [note.split(",")[0] for note in main.notes] == [
        "pack exports names of gone", "pack exports names of secret"
    ]  # fmt: skip


def test_files_that_export_each_other_end(tmp_path: Path) -> None:
    files = {
        "index.d.ts": 'export * from "./a";\nexport { x } from "./a";\nexport * as self from "./index";',
        "a.d.ts": 'export * from "./index";\nexport { x } from "./index";\nexport declare const y: 1;',
    }
    assert {"pack.y", "pack.self.y"} <= names_of(write_package(tmp_path, files))


def test_lists_that_branch_again_and_again_are_followed_once(tmp_path: Path) -> None:
    layers = 60  # 2**60 ways through them
    files = {
        f"{side}{layer}.d.ts": f'export * from "./a{layer + 1}";\nexport * from "./b{layer + 1}";'
        for layer in range(layers)
        for side in "ab"
    }
    files |= {"index.d.ts": 'export * from "./a0";\nexport { missing } from "./a0";'}
    files |= {f"a{layers}.d.ts": "export declare const last: 1;", f"b{layers}.d.ts": ""}
    start = process_time()
    assert "pack.last" in names_of(write_package(tmp_path, files))
    assert process_time() - start < 5 * SLOWNESS


def test_namespaces_within_each_other_are_bounded_and_the_report_says_so(tmp_path: Path) -> None:
    names = range(90)
    files = {f"m{i}.d.ts": "\n".join(f'export * as n{j} from "./m{j}";' for j in names) for i in names}
    files["index.d.ts"] = 'export * from "./m0";\nexport declare const own: 1;'
    start = process_time()
    found = documents_of(write_package(tmp_path, files))
    assert process_time() - start < 10 * SLOWNESS
    (main,) = (document for document in found if document.origin.path == "index.d.ts")
    assert "pack.own" in {section.name for section in main.sections}
    assert main.notes == ("not all names are followed: its files export each other too often",)


def test_patterns_without_end_are_bounded(tmp_path: Path) -> None:
    exports = {f"./p{i}/*": f"./d{i}/*.js" for i in range(20_000)} | {".": "./index.js"}
    files = {f"d0/f{i}.d.ts": "export declare const x: 1;" for i in range(300)}
    start = process_time()
    found = names_of(write_package(tmp_path, files | {"index.d.ts": A}, exports=exports))
    assert "pack/p0/f7.x" in found
    assert process_time() - start < 5 * SLOWNESS
