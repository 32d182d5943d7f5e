"""Near-duplicate files: one is indexed, the others are listed with it, whatever came first."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.building.similarity import SIMILARITY, bands, line_set, stands_for
from indexers.catalog.bands import Bands, DuplicateKey
from indexers.catalog.database import Database
from indexers.catalog.filter import Filter
from indexers.index import Index
from indexers.verify import verify
from rag.cli.main import main
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.small_corpora import write_tree

LINES = 40


def module(changed: int = 0, shift: int = 100, word: str = "total") -> str:
    """Return a file in which the first `changed` lines have other numbers."""
    numbers = (number + shift if number < changed else number for number in range(LINES))
    return "".join(f"{word}_{place} = reckon({number})\n" for place, number in enumerate(numbers))


def paths_and_twins(index: Index) -> dict[str, tuple[str, ...]]:
    hits = retrieve(index, "reckon total", 100)
    return {hit.chunk.origin.path: hit.also_at for hit in hits}


def test_a_near_duplicate_is_listed_with_the_first_of_its_kind(tmp_path: Path) -> None:
    tree = write_tree(
        tmp_path / "app", {"b.py": module(), "a.py": module(1), "c.py": module(), "d.py": "x = 1\n"}
    )
    with Index.build(tmp_path / "index", [tree]) as index:
        assert paths_and_twins(index)["a.py"] == ("b.py", "c.py")
        counts = index.status().counts
        assert (counts.documents, counts.twins) == (4, 2)
        assert verify(index) == []


def test_files_that_differ_in_a_word_are_both_indexed(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app", {"a.py": module(), "b.py": module() + "def only_here(): pass\n"})
    with Index.build(tmp_path / "index", [tree]) as index:
        assert index.status().counts.twins == 0
        assert retrieve(index, "only_here", 1)[0].chunk.origin.path == "b.py"


def test_files_of_two_corpora_are_both_indexed(tmp_path: Path) -> None:
    trees = [write_tree(tmp_path / name, {"a.py": module()}) for name in ("one", "two")]
    with Index.build(tmp_path / "index", trees) as index:
        assert index.status().counts.twins == 0


def test_the_second_is_indexed_once_the_first_has_gone_and_no_longer_when_it_is_back(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app", {"a.py": module(), "b.py": module(1)})
    with Index.build(tmp_path / "index", [tree]) as index:
        (tree / "a.py").unlink()
        index.update()
        assert paths_and_twins(index) == {"b.py": ()}
        write_tree(tree, {"a.py": module()})
        index.update()
        assert paths_and_twins(index) == {"a.py": ("b.py",)}


def test_what_follows_a_follower_of_the_one_that_has_gone_is_looked_at_as_well(tmp_path: Path) -> None:
    # Each is similar to the next one only.
    chain = {f"{name}.py": module(2 * number) for number, name in enumerate("abcdefgh")}
    tree = write_tree(tmp_path / "app", chain)
    with Index.build(tmp_path / "index", [tree]) as index:
        assert leaders(index) == ["a.py", "c.py", "e.py", "g.py"]
        (tree / "a.py").unlink()
        index.update()
        assert leaders(index) == ["b.py", "d.py", "f.py", "h.py"]


def leaders(index: Index) -> list[str]:
    return sorted(paths_and_twins(index))


def test_a_document_passes_a_filter_of_paths_if_one_of_its_duplicates_does(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app", {"a.py": module(), "sub/b.py": module(1)})
    with Index.build(tmp_path / "index", [tree]) as index:
        (hit, *_) = retrieve(index, "reckon", 1, SearchOptions(Filter(paths=("sub/",))))
        assert (hit.chunk.origin.path, hit.also_at) == ("a.py", ("sub/b.py",))


def test_a_repaired_index_lists_the_same(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app", {"a.py": module(), "b.py": module(1)})
    with Index.build(tmp_path / "index", [tree]) as index:
        before = paths_and_twins(index)
        index.repair()
        assert paths_and_twins(index) == before
        assert verify(index) == []


def test_search_and_status_list_near_duplicates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = write_tree(tmp_path / "app", {f"{name}.py": module() for name in "abcdef"})
    place = ["--index", str(tmp_path / "index")]
    assert main(["index", str(tree), *place]) == 0
    assert "5 near-duplicates, listed with" in capsys.readouterr().out
    assert main(["search", "reckon", "-k", "1", *place]) == 0
    assert "also at: b.py, c.py, d.py (+2 more)" in capsys.readouterr().out
    assert main(["status", *place]) == 0
    assert "; 5 near-duplicates" in capsys.readouterr().out


_step = st.tuples(
    st.sampled_from(["a.py", "b.py", "c.py", "d/e.py", "f.py"]),
    st.one_of(
        st.none(),  # the file goes
        st.builds(module, st.integers(0, 6), st.sampled_from([100, 200]), st.sampled_from(["total", "sum"])),
    ),
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(_step, min_size=1, max_size=4), min_size=1, max_size=5))
def test_who_follows_whom_depends_on_the_files_and_not_on_the_order_of_changes(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str | None]]]
) -> None:
    root = tmp_path_factory.mktemp("edited")
    tree = write_tree(root / "app", {"z.txt": "something\n"})
    index = Index.build(root / "index", [tree])
    for steps in rounds:
        for name, text in steps:
            if text is None:
                (tree / name).unlink(missing_ok=True)
            else:
                write_tree(tree, {name: text})
        index.update()
        assert verify(index) == []
    fresh = Index.build(root / "fresh", [tree])
    assert paths_and_twins(index) == paths_and_twins(fresh)
    assert index.status().counts == fresh.status().counts


@given(st.integers(0, 8), st.integers(0, 8))
def test_similarity_is_that_of_the_sets_of_lines(first: int, second: int) -> None:
    one, other = module(first), module(second, 200)
    common, all_lines = line_set(one) & line_set(other), line_set(one) | line_set(other)
    assert stands_for(one, other) == (len(common) / len(all_lines) >= SIMILARITY)


def test_bands_find_what_is_similar_and_seldom_what_is_not() -> None:
    chance = random.Random(1)

    def share(similarity: float) -> float:
        found = 0
        for _ in range(200):
            lines = [str(chance.random()) for _ in range(200)]
            kept = round(200 * 2 * similarity / (1 + similarity))  # of this many common lines, that Jaccard
            other = lines[:kept] + [str(chance.random()) for _ in range(200 - kept)]
            one, two = bands("\n".join(lines)), bands("\n".join(other))
            found += bool(set(one[1:]) & set(two[1:]))
        return found / 200

    assert share(0.95) > 0.93  # by the formula: 0.99
    assert share(0.3) < 0.03  # 0.003


def test_looking_for_near_duplicates_does_not_read_the_whole_corpus(tmp_path: Path) -> None:
    plans: list[str] = []

    class Planned(Database):
        def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
            if "band_1 = ?" in sql:
                plans.extend(row[3] for row in super().rows(f"EXPLAIN QUERY PLAN {sql}", values))
            return super().rows(sql, values)

    database = Planned(None, create=True)
    known = DuplicateKey(1, "a.py", "python", "", "code", (5, 1, 2, 3, 4))
    assert not Bands(database).leaders_before(known)
    assert not list(Bands(database).candidates_after(known))
    assert sum("USING INDEX documents_by_band" in step for step in plans) == 2 * 4
    assert not any("autoindex" in step for step in plans)
