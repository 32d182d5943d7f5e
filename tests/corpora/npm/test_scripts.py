# ruff: noqa: E501 (scripts on one line each)
"""A package without declarations is documented by its JavaScript."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.npm.package import NpmPackage
from corpora.npm.scripts import script_sections
from corpora.spec import CorpusSpec
from tests.corpora.npm.test_import_names import units_of, write_package
from tests.corpora.npm.test_npm_package import packed, read_all


@pytest.mark.parametrize(
    ("script", "name", "signature", "text"),
    [
        ("/** Opens. */\nexports.open = function (path) {};", "pack.open", "function (path)", "Opens."),
        ("/** Opens. */\nmodule.exports.open = async (path, how) => 1;", "pack.open", "open(async (path, how))", "Opens."),
        ("/** Opens. */\nfunction o(path) {}\nexports.open = o;", "pack.open", "function o(path)", "Opens."),
        ("/** Runs. */\nfunction run() {}\nmodule.exports = run;", "pack", "function run()", "Runs."),
        ("/** Runs. */\nexports = module.exports = function run(a) {};", "pack", "function run(a)", "Runs."),
        ("// Runs\n// far.\nfunction run() {}\nmodule.exports = { run, go: run };", "pack.go", "function run()", "Runs\nfar."),
        ("/** Runs. */\nexport function run(a) {}", "pack.run", "function run(a)", "Runs."),
        ("/** Runs. */\nexport default function run(a) {}", "pack", "function run(a)", "Runs."),
        ("/** Runs. */\nconst run = (a) => a;\nexport { run as go };", "pack.go", "run(a)", "Runs."),
        ("/** Proxy. */\napp.use = function use(fn) {};\nmodule.exports = app;", "pack.use", "function use(fn)", "Proxy."),
        ("/** Adds. */\nQueue.prototype.add = function (x) {};\nexports.Queue = Queue;", "pack.Queue.add", "function (x)", "Adds."),
        (";(function () {\n/** Runs. */\nfunction run() {}\nmodule.exports = run;\n}.call(this));", "pack", "function run()", "Runs."),
    ],
)  # fmt: skip
def test_an_exported_function_is_a_section(script: str, name: str, signature: str, text: str) -> None:
    (section,) = (one for one in script_sections(script.encode(), "pack") if one.name == name)
    assert (section.signature.replace("name", ""), section.text) == (signature, text)


def test_what_is_not_exported_or_private_is_no_section() -> None:
    script = "/** In. */\nfunction inner() {}\n/** @private */\nexports.a = function () {};\nexports.b = 1;"
    assert script_sections(script.encode(), "pack") == ()


def test_scripts_are_named_as_users_import_them(tmp_path: Path) -> None:
    one = "/** Runs. */\nexports.run = function () {};"
    files = {
        "index.js": 'module.exports = require("./lib/main");',
        "lib/main.js": one,
        "fn/a.js": one,
        "fn/index.js": one,
    }
    files |= {"test/a.js": one, "dist/pack.min.js": one}
    units = units_of(write_package(tmp_path / "pack", files))
    assert set(units) == {"pack.run", "pack/fn/a.run", "pack/fn.run"}
    packed_files = {f"package/{path}": text for path, text in files.items()}
    found = read_all(packed(tmp_path / "pack-1.0.0.tgz", packed_files))
    assert {path for path, document in found.items() if hasattr(document, "sections")} == {
        "lib/main.js", "fn/a.js", "fn/index.js"
    }  # fmt: skip


def test_scripts_beside_declarations_are_not_read(tmp_path: Path) -> None:
    files = {"index.d.ts": "export declare function a(): void;", "index.js": "exports.b = function () {};"}
    corpus = NpmPackage(CorpusSpec("pack", "npm", str(write_package(tmp_path, files))))
    assert [one.path for one in corpus.scan()] == ["index.d.ts"]


@given(st.text("{}()<>[];:,.*/ \n'\"=@ax\u00e9") | st.text())
def test_no_script_breaks_the_reader(text: str) -> None:
    data = ("/** x */ module.exports = function a() {" + text).encode("utf-8", "replace")
    for section in script_sections(data, "pack"):
        assert section.name and section.text
