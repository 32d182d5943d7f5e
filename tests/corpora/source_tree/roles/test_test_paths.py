"""Which files are tests: one table over languages, with the names that only look like tests."""

import pytest

from corpora.source_tree.roles.test_paths import is_test_file

TESTS = [
    *("tests/test_cart.py", "cart_test.py", "app/conftest.py", "numpy/linalg/tests/data.py", "test_cart.pyi"),
    *("src/cart.test.ts", "src/cart.spec.tsx", "cart-test.js", "cart-spec.mjs", "__tests__/cart.jsx"),
    *("spec/helpers/cart.js", "test/index.js", "src/test-utils.ts", "types/tests/cart.d.ts"),
    *("cart_test.go", "internal/testdata/cart.go"),
    *("src/test/java/shop/Cart.java", "src/main/java/CartTest.java", "CartTests.java", "HTTPTest.java"),
    *("src/androidTest/kotlin/Cart.kt", "okhttp/src/jvmTest/kotlin/Server.kt"),
    *("spec/cart_spec.rb", "spec/factories/cart.rb", "test/cart_test.rb", "lib/cart_spec.rb"),
    *("tests/cart.rs", "src/cart/tests.rs", "src/cart_test.rs"),
    *("cart_test.cc", "cart_unittest.cc", "test_cart.c", "CartTest.cpp", "test/cart.h"),
    *("Shop.Tests/Cart.cs", "Shop.UnitTests/CartTests.cs", "Tests/ShopTests/Cart.swift"),
    *("test/shop/cart_test.exs", "test/test_helper.exs", "tests/CartTest.php", "cart_spec.lua"),
    *("src/CartSpec.scala", "src/CartSuite.scala", "CartSpec.hs", "Spec.hs", "CartSpec.groovy"),
    *("cart.bats", "Test/Cart.hs", "cart_test.dart", "cart_test.zig", "test-cart.R"),
]
OTHERS = [
    *("testing.py", "contest.py", "latest/cart.py", "pytest_plugin.py", "attest.py", "protest/cart.py"),
    *("test.py", "jinja2/tests.py", "numpy/testing/utils.py", "openapi_spec.py", "spec/cart.py"),
    *("_binomtest.py", "tested.py", "unittest/mock.py", "fastest.go", "testify/assert.go"),
    *("container_spec.go", "src/test.rs", "target_spec.rs", "spec/cart.rs"),
    *("contest.js", "latest.ts", "test.d.ts", "react-dom/test-utils.d.ts", "spec/cart.ts", "inspect.js"),
    *("KeySpec.java", "src/main/java/Contest.java", "Greatest.java", "TypeSpec.kt", "src/contest/Cart.kt"),
    *("src/Latest/Cart.cs", "Testing/Cart.swift", "respec.rb", "spec.rb", "Specs.hs"),
    *("manifest.cc", "test.h", "testament/cart.lua", "Makefile", "", "README.md"),
]


@pytest.mark.parametrize("path", TESTS)
def test_files_of_tests_are_known_by_their_path(path: str) -> None:
    assert is_test_file(path)
    assert is_test_file(f"packages/shop/{path}")


@pytest.mark.parametrize("path", OTHERS)
def test_files_that_only_sound_like_tests_are_none(path: str) -> None:
    assert not is_test_file(path)
    assert not is_test_file(f"packages/shop/{path}")
    if path:
        assert is_test_file(f"tests/{path}")
