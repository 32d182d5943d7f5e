"""Definitions that an editor would show for code in languages other than Python, found by its imports."""

from pathlib import Path

import pytest

from indexers.index import Index
from rag.editing.context import Cursor, editor_context
from tests.small_corpora import write_tree

FILES = {
    # Two things of one name in each language: only the import says which is meant.
    "web/src/shop/cart.ts": (
        "export class Cart {\n  items: string[] = [];\n"
        "  addItem(name: string) { this.items.push(name); }\n}\n"
    ),
    "web/src/old/cart.ts": "export class Cart {\n  legacy = true;\n}\n",
    "web/src/tax/index.ts": "export function rateOf(code: string): number {\n  return code.length;\n}\n",
    "go/cart/store.go": (
        "package cart\n\n// New makes a cart.\nfunc New(limit int) *Cart {\n\treturn &Cart{}\n}\n"
        "\ntype Cart struct{ Limit int }\n"
    ),
    "go/list/list.go": (
        "package list\n\nfunc New(name string) *List {\n\treturn &List{}\n}\n\n"
        "type List struct{ Name string }\n"
    ),
    "java/src/com/shop/Cart.java": (
        "package com.shop;\n\npublic class Cart {\n  public void addItem(String name) {\n"
        "    return;\n  }\n}\n"
    ),
    "java/src/com/old/Cart.java": (
        "package com.old;\n\npublic class Cart {\n  public void legacy() {\n    return;\n  }\n}\n"
    ),
    "rs/src/shop.rs": (
        "pub struct Cart { pub items: Vec<String> }\n\nimpl Cart {\n"
        "    pub fn add_item(&mut self, name: &str) {\n        self.items.push(name.into());\n"
        "    }\n}\n"
    ),
    "rs/src/old.rs": "pub struct Cart { pub legacy: bool }\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_tree(tmp_path_factory.mktemp("project") / "shop", FILES)
    Index.build(folder / ".rag", [folder]).close()
    return folder


@pytest.mark.parametrize(
    ("path", "code", "shown", "other"),
    [
        (
            "web/src/till/pay.ts",
            'import { Cart } from "../shop/cart";\n\nexport function pay(cart: Cart) {\n  cart.\n}\n',
            "addItem",
            "legacy",
        ),
        (
            "web/src/till/bill.ts",
            'import * as tax from "../tax";\n\nexport function bill(code: string) {\n'
            "  return tax.rateOf(\n}\n",
            "rateOf(code: string)",
            "legacy",
        ),
        (
            "go/till/pay.go",
            'package till\n\nimport "example.com/shop/go/cart"\n\nfunc Pay() {\n\tbasket := cart.New(\n}\n',
            "func New(limit int)",
            "name string",
        ),
        (
            "java/src/com/till/Pay.java",
            "package com.till;\n\nimport com.shop.Cart;\n\nclass Pay {\n  void pay(Cart cart) {\n"
            "    cart.\n  }\n}\n",
            "addItem",
            "legacy",
        ),
        (
            "rs/src/till.rs",
            "use crate::shop::Cart;\n\nfn pay(cart: &mut Cart) {\n    cart.\n}\n",
            "add_item",
            "legacy",
        ),
    ],
    ids=["typescript", "typescript package", "go", "java", "rust"],
)
def test_a_name_is_that_of_the_module_it_is_imported_from(
    project: Path, path: str, code: str, shown: str, other: str
) -> None:
    line = next(number for number, text in enumerate(code.split("\n"), 1) if text.endswith((".", "(")))
    with Index.open(project / ".rag") as index:
        context = editor_context(index, Cursor(project / path, code, line, 99), recent=[])
    texts = "\n".join(part.text for part in context.parts if part.kind == "definition")
    assert shown in texts
    assert other not in texts
