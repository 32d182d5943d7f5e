"""Fewer hits are the first of more, and the order is the same in every search and every process."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from corpora.sources import spec_for
from indexers.catalog.filter import Filter
from indexers.index import Index
from indexers.search.dense import FaissIndex
from indexers.search.engines import MemoryEngines
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.indexers.test_stand_ins import ExactDense
from tests.small_corpora import make_wheel, write_tree

VERBS = ("open", "close", "parse", "save", "load", "sort", "merge", "split")
NOUNS = ("door", "date", "file", "table", "key", "queue", "page", "image", "row", "socket")
FUNCTION = 'def {0}_{1}_{2}({1}):\n    """{3} the {1} of the house number {2}."""\n' + "".join(
    f"    {{1}}_{n} = {{0}}({{1}}, {n}, {{2}})\n"
    for n in range(30)  # enough to be a chunk of its own
)


def module(number: int) -> str:
    pairs = [(VERBS[(number + i) % 8], NOUNS[(number * 3 + i) % 10]) for i in range(12)]
    return "\n\n".join(FUNCTION.format(verb, noun, number, verb.title()) for verb, noun in pairs)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Index about 650 chunks of code, and documentation of one library in two versions."""
    place = tmp_path_factory.mktemp("order")
    tree = write_tree(place / "app", {f"part{n % 7}/m{n}.py": module(n) for n in range(50)})
    for version in ("1.0", "2.0"):
        more = module(3).replace("house", f"house of {version}")
        make_wheel(place / "wheels", "tidy", version, {"tidy/__init__.py": module(1), "tidy/more.py": more})
    wheels = [spec_for(str(wheel), name=wheel.name[:8]) for wheel in (place / "wheels").iterdir()]
    Index.build(place / "index", [str(tree), *wheels]).close()
    yield place


@pytest.fixture(scope="module")
def index(project: Path) -> Iterator[Index]:
    with Index.open(project / "index") as opened:
        yield opened


@pytest.fixture(scope="module")
def joined(project: Path) -> Index:
    return Index.in_memory([str(project / "app" / "part1")], encoder="builtin+builtin")


def by_length(query: str, hits: Sequence[Hit]) -> list[float]:
    return [float(len(hit.chunk.text) % 7) for hit in hits]


QUERIES = {
    "both": "save the date of a house",
    "a name": "parse_date_7",
    "words only": "zqxjk house number 12",
    "meaning only": "persist timestamps",
    "two versions": "tidy merge the queue",
    "nothing": "zzqqxx",
}
OPTIONS = {
    "no options": SearchOptions(),
    "a filter": SearchOptions(Filter(paths=("part1/**", "part2/**"))),
    "documentation": SearchOptions(Filter(libraries=("tidy",)), versions="any"),
    "two stages": SearchOptions(two_stage=True),
    "a reranker": SearchOptions(reranker=by_length),
}


@pytest.mark.slow(3)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.sampled_from(sorted(QUERIES.values())),
    options=st.sampled_from(sorted(OPTIONS)),
    few=st.integers(1, 240),
    many=st.sampled_from([10, 101, 230, 1000, 10**9]),
)
@example(query=QUERIES["both"], options="no options", few=10, many=1000)
@example(query=QUERIES["two versions"], options="documentation", few=1, many=1000)
@example(query=QUERIES["both"], options="a reranker", few=29, many=31)
def test_fewer_hits_are_the_first_of_more_to_the_last_field(
    index: Index, query: str, options: str, few: int, many: int
) -> None:
    fewer = retrieve(index, query, few, OPTIONS[options])
    more = retrieve(index, query, max(few, many), OPTIONS[options])
    assert more[:few] == fewer
    assert [hit.rank for hit in more] == [*range(1, len(more) + 1)]
    scores = [round(hit.score, 9) for hit in more]  # as ranking compares them
    assert scores == sorted(scores, reverse=True)
    assert all(sum(share for _, share in hit.shares) == pytest.approx(hit.score) for hit in more)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_hits_of_joined_encoders_are_the_first_of_more_too(joined: Index, query: str) -> None:
    longest = retrieve(joined, query, 1000)
    assert all(retrieve(joined, query, k) == longest[:k] for k in (1, 5, 10, 60, 100, 130))


def test_every_chunk_that_matches_can_be_had(index: Index) -> None:
    everything = retrieve(index, QUERIES["both"], 10**9, SearchOptions(Filter(corpora=("app",))))
    assert len(everything) == len(index.catalog.chunk_ids(index.documents(Filter(corpora=("app",)))))
    assert len({hit.chunk.chunk_id for hit in everything}) == len(everything)


def test_one_text_in_two_versions_is_one_hit_that_names_both_however_many_are_wanted(index: Index) -> None:
    found = retrieve(index, "tidy open the date", 300, OPTIONS["documentation"])
    same = [hit for hit in found if hit.chunk.symbol.startswith("tidy.") and "more" not in hit.chunk.symbol]
    assert same and all(hit.also_in for hit in same)
    texts = [(hit.chunk.symbol, hit.chunk.text) for hit in found]
    assert len(set(texts)) == len(texts)


@pytest.mark.slow(4)
def test_the_order_is_the_same_in_every_process(project: Path, index: Index) -> None:
    program = (
        "import json, sys; from rag import Index, retrieve; index = Index.open(sys.argv[1]); "
        "hits = [hit for _ in range(3) for hit in retrieve(index, sys.argv[2], 150)]; "
        "print(json.dumps([[hit.chunk.chunk_id, hit.score] for hit in hits]))"
    )
    command = [sys.executable, "-c", program, str(project / "index"), QUERIES["both"]]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    here = [[hit.chunk.chunk_id, hit.score] for hit in retrieve(index, QUERIES["both"], 150)]
    assert json.loads(done.stdout) == here * 3


def test_of_many_equal_vectors_each_search_finds_the_first(tmp_path: Path) -> None:
    vector = np.zeros(16, dtype=np.float32)
    vector[0] = 1
    other = np.roll(vector, 1)
    index = FaissIndex.create(16)
    index.add(range(50), np.tile(other, (50, 1)))
    index.add(range(50, 2050), np.tile(vector, (2000, 1)))
    index.remove([50, 52])
    first, *later = ([hit.chunk_id for hit in index.search(vector, 20)] for _ in range(4))
    assert first == [51, *range(53, 72)] and all(found == first for found in later)


def test_more_is_searched_for_only_if_more_is_wanted(tmp_path: Path) -> None:
    made: list[ExactDense] = []

    def make(dimensions: int) -> ExactDense:
        made.append(ExactDense(dimensions))
        return made[-1]

    tree = write_tree(tmp_path, {f"m{n}.py": module(n) for n in range(40)})
    with Index.in_memory([tree], engines=MemoryEngines(dense=make)) as index:
        searches = []
        for k in (10, 100, 300):
            before = made[-1].searches
            retrieve(index, QUERIES["both"], k)
            searches.append(made[-1].searches - before)
    assert [calls // 2 for calls in searches] == [1, 1, 2]  # each search measures cosines, too


def test_a_line_of_a_file_is_found_as_it_is_asked_for(tmp_path: Path) -> None:
    source = "".join(f"def part_{n}(main):\n    return main + {n}\n\n\n" for n in range(40))
    write_tree(
        tmp_path / "src", {"main.py": f"def main():\n    return main.py\n\n\n{source}", "other.py": source}
    )
    with Index.build(tmp_path / "index", [tmp_path / "src"]) as index:
        for question in ("main.py:102", "src/main.py:102:7"):
            hit = retrieve(index, question, 5)[0]
            assert hit.chunk.origin.path == "main.py"
            assert hit.chunk.start_line <= 102 <= hit.chunk.end_line
