"""What a file defines and says is read in several languages, with the bytes where it stands."""

import pytest

from bench.made_questions.outline import read_units
from bench.made_questions.records import SourceFile

SAMPLES = {
    "python": (
        'class Cart:\n    def add(self, item):\n        """Put an item into the cart."""\n'
        "        # Heavy things go to the bottom.\n        self.items.insert(0, item)\n"
        '        raise ValueError("the cart " "is full of items")\n'
    ),
    "go": (
        "package shop\n\n// Add puts an item into the cart.\nfunc (c *Cart) Add(item Item) error {\n"
        "\t// Heavy things go to the bottom.\n\tc.items = append(c.items, item)\n"
        '\treturn fmt.Errorf("the cart is full of items")\n}\n'
    ),
    "rust": (
        "impl Cart {\n    /// Puts an item into the cart.\n    fn add(&mut self, item: Item) {\n"
        "        // Heavy things go to the bottom.\n        self.items.push(item);\n"
        '        panic!("the cart is full of items");\n    }\n}\n'
    ),
    "java": (
        "class Cart {\n    /** Puts an item into the cart. */\n    void add(Item item) {\n"
        "        // Heavy things go to the bottom.\n        items.add(item);\n"
        '        throw new IllegalStateException("the cart " + "is full of items");\n    }\n}\n'
    ),
    "ruby": (
        "class Cart\n  # Puts an item into the cart.\n  def add(item)\n"
        "    # Heavy things go to the bottom.\n    @items << item\n"
        '    raise ArgumentError, "the cart is full of items"\n  end\nend\n'
    ),
}


@pytest.mark.parametrize("language", SAMPLES)
def test_definitions_comments_and_messages_are_found(language: str) -> None:
    file = SourceFile("cart.txt", language, SAMPLES[language].encode(), is_test=False)
    assert read_units(file)
    unit = next(unit for unit in file.units if unit.own_name.lower() == "add")
    assert unit.name.startswith("Cart.")
    assert unit.doc is not None and unit.doc.text.lower().endswith("an item into the cart.")
    assert file.text(*unit.doc.parts[0]).strip()
    (remark,) = file.remarks
    assert remark.text == "Heavy things go to the bottom."
    assert "item" in file.text(*remark.below) and "\n" not in file.text(*remark.below)
    (literal,) = file.literals
    assert "is full of items" in "".join(literal.parts)
    assert file.function_around(literal.start) == unit


def test_a_docstring_is_no_message() -> None:
    data = b'class CartError(Exception):\n    """Raised where a cart is full."""\n'
    file = SourceFile("cart.py", "python", data, is_test=False)
    assert read_units(file)
    assert not file.literals
