"""What files are for: a table of paths, a table of texts that names do not tell, and hostile input."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.source_tree.roles.file_role import role_of

BY_PATH = {
    "code": [
        *(
            "src/cart.py",
            "cart.go",
            "lib/cart.rb",
            "include/cart.h",
            "app/contest.py",
            "latest/cart.ts",
            "attest.rs",
        ),
        *(
            "docs.py",
            "changes.py",
            "history.go",
            "numpy/testing/utils.py",
            "internal/testutil/db.go",
            "config.rs",
        ),
        *(
            "spring-test/src/main/java/org/springframework/test/web/Client.java",
            "src/main/java/com/example/Cart.java",
        ),
        *(
            "src/sample/rate.c",
            "src/benchmark/timer.cc",
            "snapshots/store.go",
            "packages/i18n/loader.ts",
            "env.rs",
        ),
        *("templates/page.html", "schema.xsd", "queries.sql", "api.proto", "src/example.rs", "vendoring.py"),
        *("src/news/feed.py", "releases/upload.py", "src/generated.rs", "audio/locale.c", "playbook.hs"),
    ],
    "test": [
        *("tests/test_cart.py", "tests/data.json", "tests/fixtures/cart.yaml", "conftest.py", "cart_test.go"),
        *(
            "src/cart.test.ts",
            "src/__tests__/cart.tsx",
            "src/cart.spec.js",
            "__mocks__/fs.js",
            "e2e/login.ts",
        ),
        *("src/test/java/shop/Cart.java", "src/test/resources/cart.xml", "shop-it/integration-tests/cart.sh"),
        *(
            "spec/cart_spec.rb",
            "spec/factories/cart.rb",
            "test/cart.bats",
            "t/01-basic.t",
            "features/pay.feature",
        ),
        *(
            "testing/freeze/run.py",
            "fuzz/fuzz_targets/parse.rs",
            "Shop.Tests/Cart.cs",
            "nu-test-support/src/lib.rs",
        ),
        *("testdata/cart.txt", "test/vendor_list.csv", "cypress/login.cy.ts"),
    ],
    "example": [
        *("examples/cart.py", "_examples/cart.go", "samples/shop/Cart.java", "examples/shop/package.json"),
        *(
            "benches/parse.rs",
            "benchmarks/run.py",
            "playground/index.ts",
            "docs/examples/cart.sh",
            "docs_src/app.py",
        ),
        *(
            "examples/shop/tests/test_cart.py",
            "src/Cart.stories.tsx",
            "example_test.go",
            "cart.bench.ts",
            "demo.py",
        ),
        *("zio-http-example-auth/src/main/scala/Auth.scala", "packages/playground/app.vue"),
    ],
    "documentation": [
        *(
            "README.md",
            "docs/index.md",
            "doc/api.rst",
            "LICENSE",
            "man/cart.1",
            "examples/README.md",
            "AUTHORS",
        ),
        *(
            "docs/theme/index.ts",
            "packages/docs/guide.md",
            "src/parser/NOTES.md",
            "docs/notes.txt",
            "docs/a.html",
        ),
        *("tests/README.md", ".github/CONTRIBUTING.md", "docs/release.md", "lib/jetty-9.4.LICENSE.txt"),
    ],
    "changelog": [
        *(
            "CHANGELOG.md",
            "CHANGES.rst",
            "HISTORY.md",
            "NEWS",
            "docs/release-notes.md",
            "docs/whatsnew/1.0.rst",
        ),
        *("changelog/0.17.0/issue-4781", ".changeset/odd-cats.md", "Changelog.txt", "ReleaseNotes4.8.txt"),
        *(
            "changelog.d/12.bugfix.md",
            "RELEASES.md",
            "packages/cart/CHANGELOG.md",
            "doc/announce/release-7.0.rst",
        ),
    ],
    "configuration": [
        *(
            "pyproject.toml",
            "setup.cfg",
            ".github/workflows/ci.yml",
            "Dockerfile",
            "CMakeLists.txt",
            "Makefile",
        ),
        *(
            "build.gradle.kts",
            "pom.xml",
            "package.json",
            "tsconfig.json",
            ".eslintrc.js",
            "vite.config.ts",
            "go.mod",
        ),
        *(
            "setup.py",
            "docs/conf.py",
            "mix.exs",
            "Gemfile",
            "cart.gemspec",
            "build.sbt",
            ".env.example",
            "BUILD",
        ),
        *("deploy/values.yaml", "requirements.txt", ".circleci/run.sh", "Jenkinsfile-nightly", "flake.nix"),
    ],
    "data": ["data/cities.csv", "fix.patch", "words.txt", "events.jsonl"],
    "snapshot": [
        *(
            "tests/golden/help.txt",
            "src/__snapshots__/cart.json",
            "tests/cassettes/login.yaml",
            "help.golden",
        ),
        *("tests/ui/cart.stderr", "tests/out/serilog.approved.txt", "tests/snapshots/cart.txt"),
    ],
    "generated": ["src/generated/client.ts", "zz_generated.deepcopy.go", "api.pb.go", "bundle.min.js"],
    "translation": [
        *(
            "locale/de/LC_MESSAGES/app.po",
            "res/values-de/strings.xml",
            "messages_fr.properties",
            "i18n/zh-CN.json",
        ),
        *(
            "src/locale/lb/index.ts",
            "lang/de.php",
            "docs/ja/index.md",
            "README.zh-CN.md",
            "app/l10n/app_de.arb",
        ),
    ],
    "vendored": [
        "third_party/zlib/inflate.c",
        "vendor/github.com/a/b.go",
        "deps/lua/lapi.c",
        "src/_vendor/six.py",
    ],
    "declaration": ["index.d.ts", "cart.pyi", "types/cart.d.mts"],
}


@pytest.mark.parametrize(("role", "path"), [(role, one) for role, paths in BY_PATH.items() for one in paths])
def test_a_path_tells_the_role(role: str, path: str) -> None:
    assert role_of(path) == role


PYTEST = "import pytest\n\n\ndef test_add():\n    assert add(1)\n\n\ndef test_drop():\n    assert drop()\n"
BATS = '#!/usr/bin/env bats\n\n@test "adds" {\n  run add\n}\n'
JUNIT = (
    "import org.junit.Test;\n\nclass Adds {\n    @Test\n    void one() {}\n    @Test\n    void two() {}\n}\n"
)
XUNIT = "using Xunit;\nclass Adds {\n [Fact]\n public void One() {}\n [Fact]\n public void Two() {}\n}\n"
PHPUNIT = (
    "<?php\nuse PHPUnit\\Framework\\TestCase;\nclass Adds extends TestCase {\n"
    "    public function testOne() {}\n    public function testTwo() {}\n}\n"
)
XCTEST = "import XCTest\n\nclass Adds: XCTestCase {\n    func testOne() {}\n    func testTwo() {}\n}\n"
VITEST = "import { describe, it } from 'vitest'\n\ndescribe('cart', () => {\n  it('adds', () => {})\n})\n"
RUST = "use super::*;\n\n#[test]\nfn adds() {}\n\n#[test]\nfn drops() {}\n"
GTEST = '#include "gtest/gtest.h"\n\nTEST(Cart, Adds) {}\nTEST(Cart, Drops) {}\n'

TESTS_BY_TEXT = [
    ("cart_behaviour.py", PYTEST),
    ("testing/python/collect.py", PYTEST),
    ("shop/cart/Adds.java", JUNIT),
    ("src/behaviour.ts", VITEST),
    ("src/cart/checks.rs", RUST),
    ("src/cart/test.rs", RUST),
    ("src/cart/tests.rs", RUST),
    ("src/only.rs", "#![cfg(test)]\nuse crate::cart;\nfn helper() {}\n"),
    ("src/cart_checks.cc", GTEST),
    ("run-checks", BATS),
    ("lib/shop/test/cart_case.ex", 'use ExUnit.Case\n\n  use ExUnit.Case\n  test "adds" do\n  end\n'),
    ("cart.rb", 'RSpec.describe Cart do\n  it "adds" do\n  end\nend\n'),
    ("Cart.cs", XUNIT),
    ("Adds.php", PHPUNIT),
    ("Adds.swift", XCTEST),
]
CODE_BY_TEXT = [
    # A test framework: its names speak of tests, its text runs them.
    ("lib/bats-core/test_functions.bash", "bats_test_begin() {\n  echo 1\n}\n"),
    ("libexec/bats-core/bats-exec-test", "#!/usr/bin/env bash\nwhile read -r line; do\n  echo\ndone\n"),
    ("googletest/src/gtest-test-part.cc", '#include "gtest/gtest-test-part.h"\n\nnamespace testing {\n}\n'),
    (
        "src/_pytest/python.py",
        'import unittest\n\ndef collect():\n    """def test_x()"""\n\ndef run(): ...\n',
    ),
    ("src/test_runner/pool.ts", "export function run() {\n  test.start()\n}\n"),
    ("src/node/test-run.ts", "export class TestRun {}\n"),
    ("src/main/java/junit/framework/Test.java", "package junit.framework;\n\npublic interface Test {}\n"),
    (
        "src/main/java/org/junit/rules/RuleTest.java",
        "/**\n * import org.junit.Test; @Test\n */\nclass RuleTest {}\n",
    ),
    # What a library offers to those who test.
    (
        "lib/phoenix/test/conn_test.ex",
        'defmodule ConnTest do\n  @moduledoc """\n      use ExUnit.Case\n  """\nend\n',
    ),
    ("django/test/client.py", "from django.test import signals\n\nclass Client:\n    def get(self): ...\n"),
    ("src/Monolog/Test/Support.php", "<?php\nclass Support {\n    public function log() {}\n}\n"),
    ("internal/testutil/db.go", 'package testutil\n\nimport "testing"\n\nfunc Open(t *testing.T) {}\n'),
    ("starlette/testclient.py", "class TestClient:\n    def get(self): ...\n"),
    # Code that has its tests inside.
    ("src/cart.rs", "pub fn add() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {}\n}\n"),
    ("src/test.rs", "pub fn run() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {}\n}\n"),
    ("src/sequence.rs", "pub fn next() -> u8 { 1 }\n\n#[test]\nfn counts() {}\n\n#[test]\nfn wraps() {}\n"),
    ("src/heap.zig", 'const testing = 1;\npub fn Heap() void {}\ntest "a" {}\ntest "b" {}\ntest "c" {}\n'),
    ("src/Parser.hs", "import Test.QuickCheck\n\nprop_a = 1\nprop_b = 2\n\nparse = 3\n"),
    ("imghdr.py", "def test_jpeg(head):\n    return 1\n\n\ndef test_png(head):\n    return 2\n"),
    ("airflow/hooks/db.py", "import os\n\nclass Hook:\n    def test_connection(self): ...\n"),
]


@pytest.mark.parametrize(("path", "text"), TESTS_BY_TEXT)
def test_a_text_of_nothing_but_tests_is_one_whatever_its_name(path: str, text: str) -> None:
    assert role_of(path, text) == "test"


@pytest.mark.parametrize(("path", "text"), CODE_BY_TEXT)
def test_a_name_that_the_text_does_not_confirm_makes_no_test(path: str, text: str) -> None:
    assert role_of(path, text) == "code"


@pytest.mark.parametrize("text", ['.\n.TH "JQ" "1" ""', '.\\" by ronn\n\'\\" t\n\n.Dd May 1', ".TH TAR 1"])
def test_a_manual_page_is_documentation_whatever_its_name(text: str) -> None:
    assert role_of("jq.1.prebuilt", text) == "documentation"
    assert role_of("jq.1.prebuilt", f"x\n{text}") == "code"


@given(
    st.text(max_size=60),
    st.text(max_size=200),
    st.sampled_from(["", "python", "c", "text", "json", "nonsense"]),
)
def test_any_path_and_text_have_a_role(path: str, text: str, language: str) -> None:
    assert role_of(path, text, language) == role_of(path, text, language)


@pytest.mark.parametrize(
    "unit", ["a/", "test", "_", "-", ".", ".test", "v1.", "docs/", "\n", "#[test]\nfn a", "é"]
)
def test_no_file_takes_long(unit: str) -> None:
    started = process_time()
    for language in ("python", "rust", "c", "typescript", "markdown", "json", "text"):
        role_of(unit * 100_000, unit * 1_000_000, language)
    assert process_time() - started < 0.5
