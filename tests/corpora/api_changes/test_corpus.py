"""What changed in an API as documents: one unit for each object that a user has to know of."""

from pathlib import Path

import pytest

from corpora.api_changes.corpus import VersionChanges
from corpora.document import Document, Listed, Section, Skipped
from corpora.errors import CorpusError
from corpora.spec import CorpusSpec
from tests.npm_packages import packed, write_npm_package
from tests.small_corpora import make_wheel
from tests.two_versions import NEW, OLD, RANGE, two_versions


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache"


def documents(location: str = RANGE) -> list[Document | Skipped]:
    corpus = VersionChanges(CorpusSpec(location, "changes", location))
    return [corpus.read(item) if isinstance(item, Listed) else item for item in corpus.scan()]


def units(location: str = RANGE) -> dict[str, Section]:
    found = [one for one in documents(location) if isinstance(one, Document)]
    return {section.name: section for one in found for section in one.sections}


def test_there_is_a_unit_for_each_object_that_changed_and_for_no_other(cache: Path) -> None:
    two_versions(cache)
    assert {*units()} == {"shop.Basket.append", "shop.Basket.total", "shop.read_prices"}


def test_what_is_gone_is_told_with_both_versions_and_what_to_use(cache: Path) -> None:
    two_versions(cache)
    text = units()["shop.Basket.append"].text
    assert text.startswith(
        "`shop.Basket.append` was removed in shop 2.0 or before (it is there in 1.0 and not in 2.0). "
        "Use `shop.combine` instead."
    )
    assert "shop says: Basket.append is deprecated. Use shop.combine instead." in text
    assert "In shop 1.0: `shop.Basket.append(item, copy=False)`: Append an item" in text
    assert "In shop 2.0: `shop.combine(baskets)`: Join several baskets into one." in text


def test_all_that_changed_in_a_call_is_one_unit(cache: Path) -> None:
    two_versions(cache)
    text = units()["shop.Basket.total"].text
    assert "`shop.Basket.total` changed from shop 1.0 to 2.0. In 2.0 it\n" in text
    assert "- takes `currency`, `rounded` no longer by position" in text
    assert """- has another default for `currency`: `"USD"`, was `"EUR"`""" in text.replace("'", '"')
    assert "In shop 1.0: `shop.Basket.total(currency=" in text
    assert "In shop 2.0: `shop.Basket.total(*, currency=" in text


def test_a_parameter_that_is_gone_is_another_name_of_the_unit(cache: Path) -> None:
    two_versions(cache)
    unit = units()["shop.read_prices"]
    assert unit.aliases == ("shop.read_prices.bad_lines",)
    assert "- does not take `bad_lines` any more" in unit.text
    assert "- has a new parameter: `encoding=" in unit.text


def test_what_was_moved_is_known_by_its_old_names(cache: Path) -> None:
    body = '    """Weigh an item on the scales of the shop."""\n    return round(item.mass * 1000 + 12, 3)\n'
    make_wheel(
        cache / "wheels",
        "shop",
        "1.0",
        {"shop/__init__.py": "from shop.tools import weigh\n", "shop/tools.py": f"def weigh(item):\n{body}"},
    )
    make_wheel(
        cache / "wheels",
        "shop",
        "2.0",
        {"shop/__init__.py": "", "shop/scales.py": f"def weigh(item):\n{body}"},
    )
    unit = units()["shop.weigh"]
    assert "shop.tools.weigh" in unit.aliases
    assert unit.text.startswith("`shop.weigh` was moved: in shop 2.0 it is `shop.scales.weigh`.")


def test_a_document_is_a_module_and_has_the_newer_version(cache: Path) -> None:
    two_versions(cache)
    (document,) = (one for one in documents() if isinstance(one, Document))
    origin = document.origin
    assert (origin.path, origin.library, origin.version) == ("shop/__init__.py", "shop", "2.0")
    assert (origin.corpus, origin.language, origin.role) == (RANGE, "python", "changes")


def test_two_versions_without_changes_have_no_documents(cache: Path) -> None:
    two_versions(cache, OLD, OLD)
    assert [one.reason for one in documents() if isinstance(one, Skipped)] == ["empty"]


def test_the_result_is_kept_for_other_processes(cache: Path) -> None:
    two_versions(cache)
    first = units()
    kept = [*(cache / "units").iterdir()]
    assert len(kept) == 1
    assert units() == first


@pytest.mark.slow
def test_what_is_said_of_the_missing_version_names_it(cache: Path) -> None:
    two_versions(cache)
    with pytest.raises(CorpusError, match=r"cannot read shop 3\.0, the newer of the two versions") as caught:
        documents("shop==1.0..3.0")
    assert "cannot fetch shop 3.0" in caught.value.why
    with pytest.raises(CorpusError, match=r"cannot read shop 0\.5, the older of the two versions"):
        documents("shop==0.5..1.0")


def test_a_broken_wheel_is_named_with_its_version(cache: Path) -> None:
    two_versions(cache)
    (cache / "wheels" / "shop-2.0-py3-none-any.whl").write_bytes(b"PK no wheel")
    with pytest.raises(CorpusError, match=r"cannot read shop 2\.0, the newer") as caught:
        documents()
    assert "not a whole zip file" in caught.value.why


def test_a_version_without_an_api_is_named(cache: Path) -> None:
    two_versions(cache, OLD, "")
    with pytest.raises(CorpusError, match=r"cannot read shop 2\.0, the newer of the two versions") as caught:
        documents()
    assert "no API can be read" in caught.value.why


def test_a_hostile_library_makes_no_unit_of_more_than_a_few_thousand_characters(cache: Path) -> None:
    many = ", ".join(f"parameter_{number}='{'x' * 150}'" for number in range(400))
    old = f'def f({many}):\n    """{"Long. " * 5000}"""\n    raise DeprecationWarning("{"y" * 100_000}")\n'
    two_versions(cache, old, f"def f(a={'[' * 50 + ']' * 50}):\n    '''\\ud800 \\x1b[31m'''\n")
    (unit,) = units().values()
    assert len(unit.text) < 6000 and len(unit.aliases) <= 64
    unit.text.encode()


def test_nothing_of_either_version_is_run(cache: Path, tmp_path: Path) -> None:
    touch = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    two_versions(cache, OLD + touch, NEW + touch)
    assert units() and not (tmp_path / "ran").exists()


def test_what_changed_in_a_package_of_npm_is_told_alike(cache: Path, tmp_path: Path) -> None:
    before = "/** @deprecated Use `$Cart` instead. */\nexport class Cart { pay(amount: number): void; }\n"
    after = "export class $Cart { pay(amount: number): void; }\n"
    for version, declared in (("9.0.0", before), ("10.0.0", after)):
        folder = write_npm_package(tmp_path / version, {"index.d.ts": declared}, "@a/shop", version)
        (cache / "npm").mkdir(parents=True, exist_ok=True)
        packed(folder, cache / "npm" / f"@a+shop-{version}.tgz")
    found = [one for one in documents("npm:@a/shop@9.0.0..10.0.0") if isinstance(one, Document)]
    assert [(one.origin.library, one.origin.version) for one in found] == [("@a/shop", "10.0.0")]
    assert found[0].origin.language == "typescript"
    told = {section.name: section.text for section in found[0].sections}
    assert "Use `@a/shop.$Cart` instead" in told["@a/shop.Cart"] or "`@a/shop.$Cart`" in told["@a/shop.Cart"]
