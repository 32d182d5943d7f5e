"""What changed in an API is found by its old names, before the page that it outdates."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexers.index import Index
from indexers.locked_versions import lock_versions
from rag.docs import add_docs, list_docs, remove_docs, sync_docs, update_docs
from rag.prompting.prompt import make_prompt
from rag.retrieval.draft import read_draft
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from rag.retrieval.second_round import look_up
from tests.two_versions import NEW, RANGE, two_versions

OLD_PAGES, NEW_PAGES = "pkg:shop==1.0", "pkg:shop==2.0"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place for an index, beside a cache with two versions of `shop`."""
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.chdir(tmp_path)
    two_versions(tmp_path / "cache")
    return tmp_path / ".rag"


@pytest.fixture
def both(place: Path) -> Iterator[Index]:
    """Open an index of both versions and of what changed."""
    add_docs(place, [OLD_PAGES, NEW_PAGES, RANGE])
    with Index.open(place) as index:
        yield index


def units(hits: list[Hit], symbol: str = "") -> list[tuple[str, str, str]]:
    """Return what the hits are: `changes` or a page, the version, and the name."""
    found = [(hit.chunk.origin, hit.chunk.symbol) for hit in hits]
    return [
        ("changes" if origin.role == "changes" else "page", origin.version, name)
        for origin, name in found
        if not symbol or name == symbol
    ]


APPEND = "shop.Basket.append"
TOTAL = "shop.Basket.total"


@pytest.mark.parametrize(
    "question",
    ["Basket.append", "append an item to a basket", "basket.append(item, copy=True)", "shop append", APPEND],
)
def test_what_became_of_an_api_stands_before_its_old_page(both: Index, question: str) -> None:
    found = units(retrieve(both, question), APPEND)
    assert found == [("changes", "2.0", APPEND), ("page", "1.0", APPEND)]


@pytest.mark.parametrize("question", ["Basket.append", "append an item to a basket", APPEND])
def test_it_is_found_first_where_there_is_no_old_page(place: Path, question: str) -> None:
    add_docs(place, [NEW_PAGES, RANGE])
    with Index.open(place) as index:
        assert units(retrieve(index, question))[0] == ("changes", "2.0", APPEND)


@pytest.mark.parametrize("question", ["sum the prices of all items", "Basket.total"])
def test_the_new_page_of_what_changed_comes_first_and_the_old_one_last(both: Index, question: str) -> None:
    found = units(retrieve(both, question), TOTAL)
    assert found == [("page", "2.0", TOTAL), ("changes", "2.0", TOTAL), ("page", "1.0", TOTAL)]


def test_a_question_about_changes_has_them_before_the_old_page(both: Index) -> None:
    found = units(retrieve(both, "what changed in Basket.total when upgrading shop"), TOTAL)
    assert found.index(("changes", "2.0", TOTAL)) < found.index(("page", "1.0", TOTAL))


def test_a_parameter_that_is_gone_leads_to_what_became_of_it(place: Path) -> None:
    add_docs(place, [NEW_PAGES, RANGE])
    with Index.open(place) as index:
        for question in ("bad_lines", "read_prices bad_lines"):
            assert units(retrieve(index, question))[0] == ("changes", "2.0", "shop.read_prices"), question


def test_a_word_that_is_a_parameter_beside_the_name_of_its_function_does_so_too(place: Path) -> None:
    old = NEW.replace("read_prices(path, sep", "read_prices(path, squeeze=True, sep")
    two_versions(place.parent / "cache", old, NEW)
    add_docs(place, [NEW_PAGES, RANGE])
    unit = ("changes", "2.0", "shop.read_prices")
    with Index.open(place) as index:
        scores = {
            question: [hit.score for hit in retrieve(index, question) if units([hit]) == [unit]]
            for question in ("read_prices", "read_prices squeeze", "read prices, and squeeze a lemon")
        }
    assert scores["read_prices squeeze"] > scores["read_prices"]
    assert scores["read_prices squeeze"] > scores["read prices, and squeeze a lemon"]


def test_questions_about_other_things_are_answered_as_without_changes(place: Path) -> None:
    questions = ["tell the time of day", "join several baskets", "clock", "take everything out"]
    add_docs(place, [NEW_PAGES])
    with Index.open(place) as index:
        before = [units(retrieve(index, question))[0] for question in questions]
    add_docs(place, [RANGE])
    with Index.open(place) as index:
        assert [units(retrieve(index, question))[0] for question in questions] == before


def test_the_names_in_a_draft_lead_to_what_became_of_them(both: Index) -> None:
    draft = read_draft("from shop import Basket\nbasket = Basket()\nbasket = basket.append('tea')\n")
    assert draft is not None
    found = look_up("put tea into a basket", draft, lambda question, k: retrieve(both, question, k))
    assert ("changes", "2.0", APPEND) in units(found)
    assert ("page", "1.0", APPEND) not in units(found)


def test_another_name_in_a_draft_leads_there_too(place: Path) -> None:
    old = '"""Shop."""\n\n\ndef send(parcel):\n    """Send a parcel."""\n\n\nship = send\n'
    two_versions(place.parent / "cache", old, '"""Shop."""\n\n\ndef pack():\n    """Pack."""\n')
    add_docs(place, [RANGE])
    draft = read_draft("import shop\nshop.ship(parcel)\n")
    assert draft is not None
    with Index.open(place) as index:
        found = look_up("", draft, lambda question, k: retrieve(index, question, k))
    assert [kind for kind, _, _ in units(found)] == ["changes"]


def test_a_prompt_tells_both_versions(both: Index) -> None:
    text = make_prompt("append an item", retrieve(both, "Basket.append", 1)).text
    assert f"source: {RANGE}: shop/__init__.py#{APPEND}" in text
    assert "it is there in 1.0 and not in 2.0" in text and "Use `shop.combine` instead." in text


@pytest.mark.parametrize(
    ("locked", "is_shown"), [("2.0", True), ("1.0", False), ("3.0", False), ("2.0.1", False), ("1.5", False)]
)
def test_the_lock_decides_whether_changes_are_shown(both: Index, locked: str, is_shown: bool) -> None:
    lock_versions(both, {("python", "shop"): locked})
    hits = retrieve(both, "Basket.append", 50)
    assert any(hit.chunk.origin.role == "changes" for hit in hits) is is_shown
    assert not any(hit.asked_version for hit in hits if hit.chunk.origin.version == locked)


@pytest.mark.parametrize("locked", ["1.0", "3.0"])
def test_changes_to_another_version_are_left_out_where_there_is_nothing_else(
    place: Path, locked: str
) -> None:
    add_docs(place, [RANGE])
    with Index.open(place) as index:
        lock_versions(index, {("python", "shop"): locked})
        assert retrieve(index, "Basket.append") == []
        assert units(retrieve(index, "Basket.append", 1, SearchOptions(versions="any"))) != []


def test_changes_do_not_stand_for_the_pages_of_their_version(place: Path) -> None:
    add_docs(place, [OLD_PAGES, RANGE])
    with Index.open(place) as index:
        lock_versions(index, {("python", "shop"): "2.0"})
        hits = retrieve(index, "tell the time of day", 50)
        assert ("page", "1.0", "shop.clock") in units(hits)
        assert {hit.asked_version for hit in hits if hit.chunk.origin.version == "1.0"} == {"2.0"}


@pytest.mark.parametrize(
    ("question", "is_shown"),
    [
        ("shop 2.0 Basket.append", True),
        ("shop 1.0 Basket.append", False),
        ("shop 1.0 to 2.0 Basket.append", True),
        ("from shop 1.0 to shop 2.0: Basket.append", True),
        ("shop==1.0..2.0 Basket.append", True),
        ("upgrade from shop 1.0: Basket.append", True),
        ("shop 1.0 to 3.0 Basket.append", False),
    ],
)
def test_a_question_that_names_versions_decides_too(both: Index, question: str, is_shown: bool) -> None:
    hits = retrieve(both, question, 50)
    assert any(hit.chunk.origin.role == "changes" for hit in hits) is is_shown


def test_a_page_is_not_marked_where_the_locked_version_says_the_same(both: Index) -> None:
    lock_versions(both, {("python", "shop"): "2.0"})
    hits = retrieve(both, "tell the time of day", 50, SearchOptions(versions="any"))
    (clock,) = (hit for hit in hits if hit.chunk.symbol == "shop.clock")
    assert {clock.chunk.origin.version, *clock.also_in} == {"1.0", "2.0"} and not clock.asked_version
    (gone,) = (hit for hit in hits if hit.chunk.symbol == APPEND and hit.chunk.origin.role != "changes")
    assert gone.asked_version == "2.0"


def test_a_sync_locks_the_version_and_keeps_the_changes_to_it(place: Path) -> None:
    add_docs(place, [RANGE])
    lock = place.parent / "requirements.txt"
    lock.write_text("shop==2.0\n")
    sync_docs(place, [lock], prune=True)
    with Index.open(place) as index:
        assert {entry.corpus for entry in list_docs(index)} == {RANGE, "shop==2.0"}
        assert units(retrieve(index, "Basket.append", 1)) == [("changes", "2.0", APPEND)]
    lock.write_text("shop==1.0\n")
    sync_docs(place, [lock], prune=True)
    with Index.open(place) as index:
        assert units(retrieve(index, "Basket.append"))[0] == ("page", "1.0", APPEND)
        assert not any(kind == "changes" for kind, _, _ in units(retrieve(index, "Basket.append", 50)))


def test_changes_are_listed_updated_and_removed_as_they_were_added(place: Path) -> None:
    add_docs(place, [f"pkg:{RANGE}"])
    with Index.open(place) as index:
        (entry,) = list_docs(index)
        assert (entry.corpus, entry.kind, entry.library, entry.version) == (RANGE, "changes", "shop", "2.0")
        assert entry.units == 3
        assert update_docs(index).unchanged == 1
        two_versions(place.parent / "cache", new=NEW.replace("def clock", "def watch"))
        assert update_docs(index).changed == 1
        assert units(retrieve(index, "shop.clock", 1))[0][2] == "shop.clock"
        assert remove_docs(index, [f"pkg:{RANGE}"]) == 1
        assert list_docs(index) == []


@pytest.mark.parametrize(
    ("question", "symbol"),
    [
        ("AttributeError: 'Basket' object has no attribute 'append'", APPEND),
        ("TypeError: read_prices() got an unexpected keyword argument 'bad_lines'", "shop.read_prices"),
    ],
)
def test_an_error_message_leads_to_what_became_of_the_name(both: Index, question: str, symbol: str) -> None:
    assert units(retrieve(both, question))[0] == ("changes", "2.0", symbol)


@pytest.mark.parametrize(("keyword", "kinds"), [("bad_lines", ["changes", "page"]), ("sep", ["page"])])
def test_a_parameter_in_a_draft_that_is_gone_leads_to_what_became_of_it(
    place: Path, keyword: str, kinds: list[str]
) -> None:
    add_docs(place, [NEW_PAGES, RANGE])
    draft = read_draft(f"import shop\nprices = shop.read_prices(path, {keyword}=None)\n")
    assert draft is not None
    with Index.open(place) as index:
        found = look_up("read prices", draft, lambda question, k: retrieve(index, question, k))
    assert [kind for kind, _, _ in units(found, "shop.read_prices")] == kinds
