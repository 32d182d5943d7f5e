"""What imported names stand for, in languages other than Python."""

import pytest

from corpora.syntax.imported_symbols import imported_symbols


@pytest.mark.parametrize(
    ("language", "path", "code", "expected"),
    [
        (
            "typescript",
            "src/till/pay.ts",
            'import Bill, { Cart as C, type Item } from "../shop/cart";\nimport * as tax from "./tax.js";\n',
            {
                "Bill": "shop.cart.Bill",
                "C": "shop.cart.Cart",
                "Item": "shop.cart.Item",
                "tax": "till.tax",
            },
        ),
        (
            "javascript",
            "lib/a.js",
            "const { one, two: three } = require('./b');\nlet all = require('..');\nconst x = f('./c');\n",
            {"one": "b.one", "three": "b.two"},
        ),
        (
            "tsx",
            "app/page.tsx",
            'import {\n  Button,\n} from "@/ui/button";\nimport { z } from "zod";\nimport "./style.css";\n',
            {"Button": "ui.button.Button", "z": "zod.z"},
        ),
        (
            "rust",
            "src/till/pay.rs",
            "use crate::shop::{self, Cart as C, deep::{Item, *}};\n"
            "pub use super::tax::rate;\nuse serde::Serialize;\n",
            {
                "shop": "shop",
                "C": "shop.Cart",
                "Item": "shop.deep.Item",
                "rate": "till.tax.rate",
                "Serialize": "serde.Serialize",
            },
        ),
        (
            "java",
            "src/main/java/com/till/Pay.java",
            "import com.shop.Cart;\nimport static com.shop.Tax.rate;\nimport com.shop.*;\n",
            {"Cart": "com.shop.Cart", "rate": "com.shop.Tax.rate"},
        ),
        ("kotlin", "Pay.kt", "import com.shop.Cart as Basket\n", {"Basket": "com.shop.Cart"}),
        (
            "scala",
            "Pay.scala",
            "import com.shop.{Cart, Tax}\n",
            {"Cart": "com.shop.Cart", "Tax": "com.shop.Tax"},
        ),
        (
            "go",
            "cmd/pay.go",
            'import (\n\t"example.com/shop/cart"\n\tt "example.com/tax/v2"\n'
            '\t_ "embed"\n\t"gopkg.in/yaml.v3"\n)\n',
            {"cart": "cart", "t": "tax", "yaml": "yaml"},
        ),
        ("cobol", "a.cob", "import x\n", {}),
    ],
)
def test_names_stand_for_what_is_imported(
    language: str, path: str, code: str, expected: dict[str, str]
) -> None:
    found = imported_symbols(code, language, path)
    assert {name: found[name] for name in found if name != "all"} == expected


def test_a_use_that_is_nested_without_end_is_given_up() -> None:
    assert imported_symbols("use a::" + "{b::" * 500 + "C" + "}" * 500 + ";", "rust", "x.rs") == {}


def test_an_import_above_the_repository_is_not_followed_out_of_it() -> None:
    found = imported_symbols('import { a } from "../../../../x"', "typescript", "src/b.ts")
    assert found == {"a": "x.a"}
