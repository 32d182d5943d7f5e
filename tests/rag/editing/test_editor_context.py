"""What an editor would send to a model: definitions, similar code and callers, never the file itself."""

import os
from pathlib import Path

import pytest

from indexers.index import Index
from rag.editing.completion_prompt import make_completion_prompt
from rag.editing.context import ContextPart, Cursor, EditorContext, editor_context
from rag.editing.similar_code import RecentFile
from rag.prompting.infill.formats import infill_format
from tests.small_corpora import write_tree

CART = '''"""Carts."""

LIMIT = 20


class Cart:
    """Holds what is bought.

    It has a limit.
    """

    items: list[str]
    limit: int = LIMIT

    def add_item(self, name: str, count: int = 1) -> None:
        """Add an item so many times."""
        for _ in range(count):
            self.items.append(name)

    def clear_all(self) -> None:
        self.items.clear()


def merged(one: Cart, other: Cart) -> Cart:
    """Return one cart with the items of both. The first limit counts."""
    cart = Cart()
    cart.items = one.items + other.items
    return cart
'''
TILL = '''"""The till."""

from shop.cart import LIMIT, Cart, merged
from shop import api_name


def total(cart: Cart) -> int:
    whole = merged(cart, Cart())
    whole.add_item("bag")
    return len(whole.items)
'''
USER = '''"""Who uses the till."""

from shop.till import total


def receipt(cart):
    amount = total(cart)
    return f"to pay: {amount}"
'''
FILES = {
    "shop/__init__.py": "from shop.names import api_name\n",
    "shop/names.py": 'def api_name(x):\n    """Name it."""\n    return x\n',
    "shop/cart.py": CART,
    "shop/till.py": TILL,
    "shop/user.py": USER,
    "shop/other.js": "function merged(a, b) { return a }\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_tree(tmp_path_factory.mktemp("project") / "shop-repo", FILES)
    Index.build(folder / ".rag", [folder]).close()
    return folder


def context_of(
    project: Path,
    line: int,
    text: str = TILL,
    path: str = "shop/till.py",
    recent: list[RecentFile] | None = None,
) -> EditorContext:
    with Index.open(project / ".rag") as index:
        return editor_context(index, Cursor(project / path, text, line, 99), recent=recent)


def definitions(context: EditorContext) -> dict[str, ContextPart]:
    return {part.name: part for part in context.parts if part.kind == "definition"}


def test_definitions_of_names_around_the_cursor_are_found(project: Path) -> None:
    found = definitions(context_of(project, 8))
    assert {"shop.cart.merged", "shop.cart.Cart", "shop.cart.LIMIT"} <= found.keys()
    assert "def add_item(" in found["shop.cart.Cart"].text
    assert all(part.path == "shop/cart.py" for name, part in found.items() if name.startswith("shop.cart"))


def test_a_function_is_shown_as_it_is_called_and_whole_if_there_is_room(project: Path) -> None:
    part = definitions(context_of(project, 8))["shop.cart.merged"]
    assert part.text.startswith("def merged(one: Cart, other: Cart) -> Cart:")
    assert "Return one cart with the items of both" in part.text
    assert "cart.items = one.items" not in part.text
    assert "cart.items = one.items" in part.whole


def test_a_class_is_shown_with_its_fields_and_methods(project: Path) -> None:
    text = definitions(context_of(project, 8))["shop.cart.Cart"].text
    assert "class Cart:" in text and "limit: int = LIMIT" in text
    assert "It has a limit" not in text


def test_what_a_package_re_exports_is_followed_to_its_definition(project: Path) -> None:
    text = TILL + "\n\ndef named(x):\n    return api_name(x)\n"
    assert definitions(context_of(project, 14, text))[
        "shop.names.api_name" if False else "shop.api_name"
    ].path in {"shop/names.py"}


def test_code_in_another_language_defines_nothing(project: Path) -> None:
    assert all(part.path.endswith(".py") for part in context_of(project, 8).parts)


def test_callers_of_the_function_that_is_written_are_shown(project: Path) -> None:
    callers = [part for part in context_of(project, 8).parts if part.kind == "caller"]
    assert [(part.path, part.name) for part in callers] == [("shop/user.py", "total")]
    assert "amount = total(cart)" in callers[0].text


def test_nothing_of_the_file_itself_or_of_its_copies_is_shown(project: Path) -> None:
    copy = RecentFile("old/till.py", TILL.replace("bag", "sack"))
    without_body = "\n".join(TILL.split("\n")[:7])
    context = context_of(project, 7, without_body, recent=[copy])
    assert all("whole.add_item" not in part.whole for part in context.parts)
    assert all(part.path != "shop/till.py" for part in context.parts)


def test_lines_like_those_at_the_cursor_come_from_files_that_were_edited(project: Path) -> None:
    recent = RecentFile(
        "notes.py", "import os\n" * 30 + "whole = merged(cart, old)\nwhole.add_item(bag)\nreturn whole\n"
    )
    similar = [part for part in context_of(project, 9, recent=[recent]).parts if part.kind == "similar"]
    assert similar[0].path == "notes.py"
    assert "whole = merged(cart, old)" in similar[0].text


def test_files_that_changed_last_count_as_edited(project: Path) -> None:
    os.utime(project / "shop/user.py", (2_000_000_000, 2_000_000_000))
    text = TILL.replace(
        "    return len", "    amount = total(cart)\n    return f'to pay: {amount}'\n    return len"
    )
    found = context_of(project, 11, text).parts
    assert any(part.path == "shop/user.py" and part.kind in {"similar", "caller"} for part in found)


def test_a_file_outside_of_the_project_has_its_context_too(project: Path, tmp_path: Path) -> None:
    context = context_of(project, 8, path=str(tmp_path / "new.py"))
    assert "shop.cart.merged" in definitions(context)
    assert context.gap.repository == ""


def test_an_empty_file_has_no_context(project: Path) -> None:
    assert context_of(project, 1, "", "shop/empty.py").parts == ()


def test_a_draft_brings_what_it_uses(project: Path) -> None:
    text = "from shop import cart\n\n\ndef empty(x):\n    "
    with Index.open(project / ".rag") as index:
        cursor = Cursor(project / "shop/new.py", text, 5, 5)
        before = editor_context(index, cursor, recent=[])
        after = editor_context(index, cursor, recent=[], draft="return cart.merged(x, x)")
    assert "shop.cart.merged" not in definitions(before)
    assert "shop.cart.merged" in definitions(after)


def test_the_prompt_holds_the_context_in_the_format_of_the_model(project: Path) -> None:
    context = context_of(project, 8)
    made = make_completion_prompt(context, infill_format("qwen2.5-coder"))
    assert made.text.startswith("<|repo_name|>shop-repo\n<|file_sep|>")
    assert "<|file_sep|>shop/cart.py\n" in made.text
    assert made.text.index("def merged(") < made.text.index("<|fim_prefix|>")
    assert "cart.items = one.items" in made.text  # there is room for the body


def test_a_small_budget_keeps_the_nearest_definitions_without_bodies(project: Path) -> None:
    context = context_of(project, 8)
    made = make_completion_prompt(context, infill_format("qwen2.5-coder"), max_tokens=220)
    assert made.tokens <= 220
    assert "cart.items = one.items" not in made.text


def test_the_same_place_has_the_same_context(project: Path) -> None:
    assert context_of(project, 8) == context_of(project, 8)
