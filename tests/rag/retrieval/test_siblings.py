"""Which chunks are variants of others: a table of pairs, laws that hold for all, and the time it takes."""

import random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.catalog.catalog import ChunkFacts
from rag.retrieval.ranking.siblings import place_of_variant, siblings

Place = tuple[str, str]

SIBLINGS: list[tuple[Place, Place]] = [
    (("sdk/v4/client.go", "Client.Do"), ("sdk/v3/client.go", "Client.Do")),
    (("api/v1beta1/types.go", "Spec"), ("api/v1/types.go", "Spec")),
    (("lib/esm/parse.js", "parse"), ("lib/cjs/parse.js", "parse")),
    (("dist/parse.js", "parse"), ("parse.ts", "parse")),
    (("src/parse.ts", "parse"), ("src/parse.d.ts", "parse")),
    (("cart.py", "Cart.add"), ("cart.pyi", "Cart.add")),
    (("net/poll_linux.go", "wait"), ("net/poll_windows.go", "wait")),
    (("src/unix/process.c", "uv_kill"), ("src/win/process.c", "uv_kill")),
    (("adapters/mysql.py", "MySQLAdapter.open"), ("adapters/duckdb.py", "DuckDBAdapter.open")),
    (("driver/mysql/MysqlDriver.ts", "MysqlDriver"), ("driver/postgres/PostgresDriver.ts", "PostgresDriver")),
    (("backend/azure/azure.go", "Open"), ("backend/gs/gs.go", "Open")),
    (("formatters/json_formatter.py", "JsonFormatter"), ("formatters/xml_formatter.py", "XmlFormatter")),
    (
        ("packages/react-query/src/useQuery.ts", "useQuery"),
        ("packages/vue-query/src/useQuery.ts", "useQuery"),
    ),
    (("_async/pool.py", "AsyncPool.close"), ("_sync/pool.py", "Pool.close")),
    (("src/locale/de/index.ts", "formatLong"), ("src/locale/fr/index.ts", "formatLong")),
    (("v1/cart.py", ""), ("v2/cart.py", "")),
]
STRANGERS: list[tuple[Place, Place]] = [
    (
        ("database/connection.php", "Connection.query"),
        ("database/mysql_connection.php", "MysqlConnection.query"),
    ),
    (("adapters/base.py", "BaseAdapter.open"), ("adapters/mysql.py", "MySQLAdapter.open")),
    (("adapters/mysql.py", "MySQLAdapter.open"), ("adapters/oracle.py", "OracleAdapter.close")),
    (("drivers/IDriver.ts", "IDriver.open"), ("drivers/DatabaseDriver.ts", "DatabaseDriver.open")),
    (("src/getTime/index.ts", "getTime"), ("src/getUnixTime/index.ts", "getUnixTime")),
    (("users/models.py", "User.save"), ("orders/models.py", "Order.save")),
    (("users/views.py", "index"), ("orders/views.py", "index")),
    (("cmd/server/main.go", "main"), ("cmd/client/main.go", "main")),
    (("services/cart.py", "open"), ("services/order.py", "open")),
    (("net/mod.rs", "Stream"), ("net/windows/mod.rs", "Stream")),
    (("io/seek.rs", "Seek"), ("io/async_seek.rs", "AsyncSeek")),
    (("sync/task/mod.rs", "Task"), ("task/mod.rs", "Task")),
    (("src/cart.ts", "add"), ("src/cart.test.ts", "add")),
    (("src/cart.c", "add"), ("include/cart.h", "add")),
    (("app/__main__.py", "run"), ("app/main.py", "run")),
    (("hash/sha1.py", "update"), ("hash/sha256.py", "update")),
]


def fact(path: str, symbol: str, *, corpus: str = "app", kind: str = "code", start: int = 0) -> ChunkFacts:
    return ChunkFacts(corpus, path, start, hash(path), kind, "", symbol, 1, 9)  # type: ignore[arg-type]


@pytest.mark.parametrize(("better", "other"), SIBLINGS)
def test_variants_are_siblings_whichever_is_better(better: Place, other: Place) -> None:
    assert siblings([fact(*better), fact(*other)]) == [None, 0]
    assert siblings([fact(*other), fact(*better)]) == [None, 0]


@pytest.mark.parametrize(("better", "other"), STRANGERS)
def test_what_only_looks_like_a_variant_is_none(better: Place, other: Place) -> None:
    assert siblings([fact(*better), fact(*other)]) == [None, None]
    assert siblings([fact(*other), fact(*better)]) == [None, None]


def test_overloads_in_one_file_are_no_siblings() -> None:
    assert siblings([fact("v1/cart.py", "add", start=0), fact("v1/cart.py", "add", start=90)]) == [None, None]


def test_variants_follow_the_best_and_never_each_other() -> None:
    facts = [fact(f"sdk/v{number}/client.go", "Client.Do") for number in (4, 2, 3, 1)]
    facts.insert(2, fact("sdk/v2/server.go", "Server.Do"))
    assert siblings(facts) == [None, 0, None, 0, 0]


def test_members_of_a_loose_family_are_siblings_only_if_their_texts_are_alike() -> None:
    facts = [
        fact("services/cart.py", "list"),
        fact("services/order.py", "list"),
        fact("services/tea.py", "list"),
    ]
    asked: list[tuple[int, int]] = []

    def are_alike(better: int, other: int) -> bool:
        asked.append((better, other))
        return other == 2

    assert siblings(facts, are_alike) == [None, None, 0]
    assert asked == [(0, 1), (0, 2)]


def test_corpora_and_documentation_stay_apart() -> None:
    assert siblings([fact("v1/cart.py", "add"), fact("v2/cart.py", "add", corpus="other")]) == [None, None]
    assert (
        siblings([fact("v1/cart.py", "add", kind="docs"), fact("v2/cart.py", "add", kind="docs")])
        == [None] * 2
    )


@pytest.mark.parametrize(
    ("path", "of", "place"),
    [
        ("sdk/v3/client.go", "sdk/v4/client.go", "v3/"),
        ("adapters/postgres.py", "adapters/mysql.py", "postgres.py"),
        ("src/driver/oracle/OracleDriver.ts", "src/driver/mysql/MysqlDriver.ts", "oracle/OracleDriver.ts"),
        ("lib/cart.js", "cart.js", "lib/cart.js"),
        ("cart.js", "lib/cart.js", "cart.js"),
        ("a/b/c.py", "a/b/c.py", "c.py"),
    ],
)
def test_the_place_of_a_variant_is_what_differs(path: str, of: str, place: str) -> None:
    assert place_of_variant(path, of) == place


WORDS = st.sampled_from(
    ["v1", "v2", "adapters", "mysql", "oracle", "base", "cart", "_linux", "Cart", ".py", "/"]
)
NAMES = st.lists(WORDS, min_size=1, max_size=6).map("".join)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=30))
def test_a_leader_comes_before_and_leads_itself(places: list[Place]) -> None:
    facts = [fact(*place) for place in places]
    for position, leader in enumerate(siblings(facts)):
        if leader is not None:
            assert leader < position
            assert siblings(facts)[leader] is None
            assert facts[leader].document_id != facts[position].document_id


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_path_has_siblings_or_none(path: str, symbol: str) -> None:
    assert siblings([fact(path, symbol), fact(path + "x", symbol)]) in ([None, None], [None, 0])
    file = path.rstrip("/")
    assert place_of_variant(file, symbol) or not file.strip("/")


def test_two_hundred_candidates_take_no_time() -> None:
    choice = random.Random(1)
    facts = [
        fact(f"src/drivers/{name}{number}/v{number % 3}/{name}_driver.ts", f"{name}Driver.open", start=number)
        for number in range(200)
        for name in choice.sample(["mysql", "oracle", "tea", "cart"], 1)
    ]
    siblings(facts)
    started = process_time()
    for _ in range(20):
        siblings(facts)
    assert (process_time() - started) / 20 < 0.003  # measured: 0.0002


def test_hostile_names_take_no_time() -> None:
    started = process_time()
    for unit in ("a/", "_", "-", "v1", "A", "aA", "1", ".", "drivers/", "é"):
        siblings([fact(unit * 50_000, unit * 50_000), fact(unit * 50_000 + "b", unit * 50_000)])
    assert process_time() - started < 0.5
