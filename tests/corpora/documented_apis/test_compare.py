"""What changed between two versions of a documentation, told from folders as DevDocs and Sphinx make them."""

import json
from pathlib import Path

import pytest

from corpora.api.changes import ApiChange
from corpora.errors import CorpusError
from rag import diff_apis
from tests.small_corpora import write_tree

OLD = {
    "Basket": ("class shop.Basket(size=1)", "A basket for things to buy."),
    "Basket.add": ("add(item, copy=False)", "Add an item to the basket. It is copied first."),
    "Basket.append": ("append(item)", "Append an item to the end of the basket."),
    "pay": ("shop.pay(amount, rate=1)", "Pay what is in the basket."),
    "RATE": ("shop.RATE", "How many euros a pound is worth today."),
}
NEW = {
    "Basket": ("class shop.Basket(size=1.0)", "A basket for things to buy."),
    "Basket.add": ("add(item)", "Add an item to the basket. It is copied first."),
    "pay": ("shop.pay(amount, rate=1)", "Pay what is in the basket. Nothing is charged for an empty one."),
    "RATE": ("shop.RATE", "Deprecated since version 2.0: Use shop.rate_of instead."),
    "rate_of": ("shop.rate_of(currency[, day])", "Tell the rate of a currency."),
}


def devdocs(root: Path, version: str, objects: dict[str, tuple[str, str]]) -> str:
    """Write documentation of `shop` as DevDocs packs it, and return its folder."""
    page = "".join(
        f'<dl><dt id="shop.{name}"><code>{signature}</code></dt><dd><p>{text}</p></dd></dl>'
        for name, (signature, text) in objects.items()
    )
    entries = [{"name": f"shop.{name}", "path": f"api#shop.{name}", "type": "shop"} for name in objects]
    files = {
        "api.html": f"<html><body><h1>API</h1>{page}</body></html>",
        "index.json": json.dumps({"entries": entries, "types": []}),
        "meta.json": json.dumps({"name": "Shop", "slug": f"shop~{version}", "release": version}),
    }
    return str(write_tree(root / f"shop~{version}", files))


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], ApiChange]:
    root = tmp_path_factory.mktemp("docs")
    found = diff_apis(devdocs(root, "1.0", OLD), devdocs(root, "2.0", NEW))
    assert (found.library, found.old, found.new) == ("shop", "1.0", "2.0")
    return {(one.kind, f"{one.name}:{one.parameter}".rstrip(":")): one for one in found.changes}


def test_what_is_no_longer_documented_may_be_gone_and_is_not_known_to_be(
    changes: dict[tuple[str, str], ApiChange],
) -> None:
    gone = changes["removed", "shop.Basket.append"]
    assert gone.is_breaking and not gone.is_certain
    assert gone.detail == "no longer documented"
    assert ("added", "shop.rate_of") in changes


def test_a_call_that_is_documented_otherwise_breaks_code(changes: dict[tuple[str, str], ApiChange]) -> None:
    gone = changes["parameter removed", "shop.Basket.add:copy"]
    assert gone.is_breaking and gone.is_certain
    assert not any(kind == "default changed" for kind, _ in changes), "1.0 is 1"


def test_deprecations_and_new_sentences_are_told(changes: dict[tuple[str, str], ApiChange]) -> None:
    assert changes["deprecated", "shop.RATE"].replacement == "shop.rate_of"
    note = changes["behaviour note", "shop.pay"]
    assert (note.evidence, note.is_breaking) == ("Nothing is charged for an empty one.", False)
    assert len(changes) == 5, "what is told already has no note of its text"


def test_documentation_without_objects_is_an_error_that_says_what_to_give(tmp_path: Path) -> None:
    pages = [write_tree(tmp_path / name, {"a.md": "# Hello\n\nNo names here.\n"}) for name in "ab"]
    with pytest.raises(CorpusError, match="no API can be read of the documentation") as caught:
        diff_apis(*map(str, pages))
    assert "objects.inv" in caught.value.fix


def test_a_documentation_is_not_compared_with_a_package(tmp_path: Path) -> None:
    docs = devdocs(tmp_path, "1.0", OLD)
    package = write_tree(tmp_path / "shop", {"__init__.py": "def pay(amount): ...\n"})
    with pytest.raises(CorpusError, match="documentation and a package are not compared") as caught:
        diff_apis(docs, str(package))
    assert "two folders of documentation" in caught.value.fix
