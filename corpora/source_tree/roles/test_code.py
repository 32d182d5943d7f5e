"""Which source text is a test, by the framework it imports and the cases it has.

Every sign is a fixed string that is counted, so a text takes some ten microseconds,
whatever it holds. A newline before a sign keeps it to the beginning of a line: comments and strings that
speak of a framework begin otherwise.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

HEAD_CHARS: Final = 50_000
"""How much of the beginning of a text is looked at."""

_INDENTS: Final = ("\n", "\n    ", "\n\t", "\n  ")


class _Framework(NamedTuple):
    """The signs of the tests of one language.

    Args:
        imports: one of them must be in the text, unless it is empty.
        cases: what begins a test case.
        definitions: what begins a definition. Where they are given, at least half of the definitions in a
            test have to be cases, unless the name of the file speaks for a test.
        whole: what alone makes the whole file a test.
        weak: what is a case only if the name of the file speaks for a test.
        beside: what stands only in files that hold more than tests.
        hint: what is in every test, so that most files need only one look.
    """

    imports: tuple[str, ...]
    cases: tuple[str, ...]
    definitions: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    hint: str = ""


def _indented(words: Iterable[str], indents: Iterable[str] = _INDENTS) -> tuple[str, ...]:
    return tuple(f"{indent}{word}" for indent in indents for word in words)


_JAVASCRIPT: Final = _Framework(
    (
        *(
            "vitest",
            "@jest/globals",
            "mocha",
            "chai",
            "node:test",
            "@playwright/test",
            "'ava'",
            '"ava"',
            "tape",
        ),
        *(
            "bun:test",
            "expect(",
            "assert",
            "@testing-library",
            "uvu",
            "should(",
            "jasmine",
            "cy.",
            "expectType",
        ),
    ),
    (
        *_indented(("describe(", "test(", "it(", "suite("), ("\n", "\n  ")),
        *_indented(("describe.", "test.", "it.", "context("), ("\n",)),
    ),
    ("\nexport ",),
)
_JVM: Final = _Framework(
    ("org.junit", "org.testng", "kotlin.test", "io.kotest", "spock.lang", "org.scalatest", "munit", "jqwik"),
    (
        *_indented(
            ("@Test", "@ParameterizedTest", "@RepeatedTest", "@Property", "@TestFactory", "@RunWith(")
        ),
        *(
            "FunSpec(",
            "StringSpec(",
            "BehaviorSpec(",
            "ShouldSpec(",
            "DescribeSpec(",
            "extends Specification",
        ),
        *("extends TestCase", "extends AbstractTest"),
    ),
)
_CPP: Final = _Framework(
    (
        *(
            "gtest",
            "gmock",
            "catch",
            "doctest",
            "boost/test",
            "unity.h",
            "cmocka",
            "check.h",
            "cppunit",
            "CppUTest",
        ),
        *("criterion", "munit.h", "greatest.h", "acutest", 'test.h"', 'task.h"', "ut.hpp", "testing", "clar"),
        *("test_util", "test-util", "testutil", "tests.h"),
    ),
    (
        *_indented(
            ("TEST(", "TEST_F(", "TEST_P(", "TYPED_TEST(", "TYPED_TEST_P(", "TEST_CASE("),
            ("\n",),
        ),
        *_indented(
            ("TEMPLATE_TEST_CASE(", "BOOST_AUTO_TEST_CASE(", "BOOST_FIXTURE_TEST_CASE(", "START_TEST("),
            ("\n",),
        ),
    ),
    hint="TEST",
    weak=_indented(
        ("Test(", "TEST_IMPL(", "void test", "static void test", "int test", "static int test"), ("\n",)
    ),
)
_FRAMEWORKS: Final[dict[str, _Framework]] = {
    "python": _Framework(
        ("pytest", "unittest", "TestCase", "hypothesis", "nose", "twisted.trial", "absltest"),
        _indented(("def test", "async def test"), ("\n", "\n    ", "\n  ", "\n\t")),
        _indented(("def ", "async def "), ("\n", "\n    ", "\n  ", "\n\t")),
        hint="def test",
    ),
    **dict.fromkeys(("javascript", "typescript", "tsx"), _JAVASCRIPT),
    **dict.fromkeys(("java", "kotlin", "groovy"), _JVM),
    "scala": _Framework(
        (
            "org.scalatest",
            "munit",
            "zio.test",
            "specs2",
            "utest",
            "weaver",
            "minitest",
            "hedgehog",
            "junit",
            "Suite",
        ),
        (
            *(
                "Suite {",
                "Suite with",
                "Spec {",
                "Spec with",
                "Suite extends",
                "Spec extends",
                "FunSuite",
                "FlatSpec",
            ),
            *("WordSpec", "FreeSpec", "Specification", "ZIOSpecDefault", "TestSuite", "Properties("),
        ),
    ),
    "rust": _Framework(
        ("#[",),
        ("#[test]", "::test]", "::test(", "#[rstest", "#[test_case", "#[cargo_test]", "#[quickcheck"),
        (" fn ", "\nfn "),
        whole=("#![cfg(test)]",),
        beside=("#[cfg(test)]", "\npub ", "\nimpl"),
    ),
    "c_sharp": _Framework(
        ("Xunit", "xunit", "NUnit", "TestTools.UnitTesting", "TUnit"),
        tuple(
            f"[{name}{end}" for name in ("Fact", "Theory", "Test", "TestMethod", "TestCase") for end in "](,"
        ),
    ),
    "ruby": _Framework(
        (),
        _indented(
            ("describe ", "RSpec.describe ", "it ", "test ", "should ", "context ", "def test_", "specify ")
        ),
        whole=(
            "RSpec.describe ",
            "< Minitest::Test",
            "ActiveSupport::TestCase",
            "< Test::Unit::TestCase",
            "MiniTest",
        ),
    ),
    "php": _Framework(
        ("PHPUnit", "TestCase", "Pest\\", "uses("),
        (*_indented(("public function test", "test(", "it(")), "#[Test]", "@test\n", "@test "),
    ),
    "elixir": _Framework(("Case",), ('\n  test "', '\n    test "', '\n  property "', "\n  doctest ")),
    "swift": _Framework(
        ("import XCTest", "import Testing", "import Quick", "import Nimble"),
        (": XCTestCase", "\n    func test", "\n  func test", "@Test", "QuickSpec", "BaseTestCase", "@Suite"),
    ),
    **dict.fromkeys(("c", "cpp", "objective_c"), _CPP),
    "lua": _Framework(
        ("describe(", "MiniTest", "luaunit"),
        ("describe(", "\nT[", "\nit(", "\n  it(", "\nfunction test", "\nlocal function test"),
        ("\nfunction ", "\nlocal function "),
    ),
    "haskell": _Framework(
        (
            "import Test.",
            "import           Test.",
            "import qualified Test.",
            'import "',
            "Hspec",
            "Tasty",
            "QuickCheck",
        ),
        (' describe "', ' it "', "testCase ", "testProperty ", "testGroup "),
        weak=("\nprop_", "quickCheck", "hspec ", "assertEqual"),
    ),
    "bash": _Framework(
        ("\n@test ", "test_expect_success", "shellspec", "shpec", "\nDescribe "),
        (
            "\n@test ",
            "\ntest_expect_success ",
            "\n  it ",
            "\n    it ",
            "\nit_",
            "\nDescribe ",
            "\n  It ",
            "\ntest_description=",
        ),
        whole=("\n#!/usr/bin/env bats", "\n. shunit2", "/shunit2", "\n. ./test-lib.sh"),
    ),
    "dart": _Framework(
        ("package:test/", "flutter_test"), ("\n  test(", "\n  group(", "\n  testWidgets(", "\n    test(")
    ),
    "zig": _Framework(
        ("testing",), ('\ntest "', "\ntest {", "\ntest "), ("\nfn ",), beside=("\npub ", "\nexport ")
    ),
    "perl": _Framework(
        ("Test::",),
        ("\nok(", "\nis(", "\nis_deeply(", "done_testing", "\nplan tests", "tests =>", "subtest "),
    ),
    "r": _Framework(("testthat", "test_that("), ("\ntest_that(", "\nexpect_", "\n  expect_")),
    "julia": _Framework(("using Test", "import Test"), ("@testset", "\n@test ")),
    "clojure": _Framework(("clojure.test", "midje"), ("(deftest ", "(facts ", "(fact ")),
}


def has_test_signs(head: str, language: str) -> bool | None:
    """Return whether a text, whose file is named or placed like a test, holds test cases.

    None if it is not known, or the tests of its language cannot be told. `head` begins with a line end.
    """
    known = _FRAMEWORKS.get(language)
    if known is None or head == "\n":
        return None
    is_framework_there = not known.imports or _is_any_in(known.imports, head)
    return _is_any_in(known.whole, head) or (
        is_framework_there and _is_any_in((*known.cases, *known.weak), head)
    )


def is_test_code(head: str, language: str) -> bool:
    """Return whether a text is nothing but tests, though neither its name nor its folder says so.

    It imports a framework and at least half of its definitions are cases; there are two or more.
    """
    known = _FRAMEWORKS.get(language)
    if known is None:
        return False
    if known.hint not in head:
        return False
    if _is_any_in(known.whole, head):
        return True
    if not _is_any_in(known.imports, head) or _is_any_in(known.beside, head):
        return False
    cases = sum(map(head.count, known.cases))
    return cases >= 2 and 2 * cases >= sum(map(head.count, known.definitions))


def _is_any_in(signs: tuple[str, ...], text: str) -> bool:
    return any(sign in text for sign in signs)
