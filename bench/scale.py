"""Tell what an index of any size takes: bytes, machines, hours and money, and queries a second at a p95.

    python -m bench.scale [--rates FILE]

The inputs are rates that were measured on two cores (bench/RESULTS.md; `--rates` reads others from JSON) and
prices that are assumptions, printed with the result. Times of queries come from a simulation: questions
arrive at random (Poisson), each is sent to all shards, each shard has so many cores that work on one question
at a time, with service times drawn from the measured distribution (lognormal, by its p50 and p95), and the
slowest shard decides. So queues and the tail of many shards are there, which no division of averages shows.
"""

import heapq
import json
from dataclasses import asdict, dataclass, fields, replace
from math import ceil, exp, log
from pathlib import Path
from random import Random
from statistics import NormalDist, quantiles

from bench.arguments import argument_parser

SIZES = (10**6, 10**7, 10**8, 10**9, 10**10)
_Z95 = 1.645  # standard deviations from the median to the 95th percentile
_SECONDS_A_DAY, _SECONDS_A_MONTH = 86_400, 2_592_000


@dataclass(frozen=True)
class Rates:
    """What was measured, and what is assumed.

    Args:
        source_bytes: of text for a chunk.
        catalog_bytes: of the catalog for a chunk.
        engine_bytes: of words and vectors for a chunk, in tables.
        prepared_a_second: chunks that one core reads, cuts and encodes.
        written_a_second: chunks that one writer commits to tables, indexes included.
        query_p50_ms: of one question to a shard of `query_chunks`, warm.
        query_p95_ms: the same.
        query_chunks: the size of that shard.
        growth: how the time of a question grows with the size of a shard: time ~ size ** growth.
        shard_chunks: in one shard; one writer writes a shard.
        changed_a_day: share of chunks that are new each day.
        cores: of a machine.
        memory_bytes: of a machine.
        machine_an_hour: dollars.
        store_a_gigabyte_month: dollars.
        merge_ms: to merge the answers of all shards.
        hop_ms: to a shard and back.
        target_ms: the p95 that is to be kept.
        hot_share: share of the bytes of a shard that are kept in memory, so that questions find them there.
        most_asked: shards that a question is sent to, those of the projects and libraries that are meant.
    """

    source_bytes: float = 813.0
    catalog_bytes: float = 372.0
    engine_bytes: float = 2_135.0
    prepared_a_second: float = 709.0
    written_a_second: float = 3_500.0
    query_p50_ms: float = 184.0
    query_p95_ms: float = 408.0
    query_chunks: float = 1.158e6
    growth: float = 0.6
    shard_chunks: float = 5e6
    changed_a_day: float = 0.01
    cores: int = 16
    memory_bytes: float = 64e9
    machine_an_hour: float = 0.60
    store_a_gigabyte_month: float = 0.023
    merge_ms: float = 2.0
    hop_ms: float = 1.0
    target_ms: float = 2_000.0
    hot_share: float = 0.6
    most_asked: int = 1_000_000


@dataclass(frozen=True)
class Plan:
    """What an index of `chunks` takes."""

    chunks: int
    shards: int
    source_gb: float
    stored_gb: float
    build_core_hours: float
    build_hours: float
    refresh_core_hours: float
    machines: int
    p95_ms: float
    queries_a_second: float
    dollars_a_month: float
    dollars_to_build: float


def service_ms(rates: Rates, chunks: float) -> tuple[float, float]:
    """Return p50 and p95 of one question to a shard of so many chunks, without waiting."""
    factor = (chunks / rates.query_chunks) ** rates.growth
    return rates.query_p50_ms * factor, rates.query_p95_ms * factor


def simulated_p95(
    rates: Rates, chunks: float, shards: int, cores: float, a_second: float, seed: int = 0
) -> float:
    """Return the p95 in ms of questions that arrive so often and are sent to all shards.

    Of many shards, some are simulated: the others are like them, and the slowest of all is drawn by the same
    share of the distribution.
    """
    random = Random(0)
    p50, p95 = service_ms(rates, chunks / shards)
    mu, sigma = log(p50), max(log(p95 / p50) / _Z95, 1e-9)
    simulated, workers = min(shards, 8), max(1, int(cores))
    questions = 3_000
    free = [[0.0] * workers for _ in range(simulated)]
    now, times = 0.0, []
    for _ in range(questions):
        now += random.expovariate(a_second) * 1000
        slowest = 0.0
        for shard in free:
            begin = max(now, heapq.heappop(shard))
            # The slowest of as many shards as each simulated one stands for has this rank among equals.
            rank = random.random() ** (1 / (shards / simulated))
            took = exp(mu + sigma * _normal_quantile(rank))
            heapq.heappush(shard, begin + exp(mu + sigma * random.gauss(0, 1)))
            slowest = max(slowest, begin - now + took)
        times.append(slowest + rates.hop_ms + rates.merge_ms * (1 + log(shards)))
    return quantiles(times[questions // 10 :], n=20)[-1]


def _normal_quantile(share: float) -> float:
    return NormalDist().inv_cdf(min(max(share, 1e-12), 1 - 1e-12))


def most_queries(rates: Rates, chunks: float, shards: int, cores: float) -> tuple[float, float]:
    """Return how many questions a second keep to the p95 that is wanted, 0 for none, and their p95."""
    asked = min(shards, rates.most_asked)
    own = chunks * asked / shards  # what a question is about
    p50, _ = service_ms(rates, own / asked)
    low, high, best = 0.0, cores * 1000 / p50, 0.0  # questions that reach one shard in a second
    idle = simulated_p95(rates, own, asked, cores, high / 1000)
    if idle > rates.target_ms:
        return 0.0, idle
    for _ in range(7):
        middle = (low + high) / 2
        if simulated_p95(rates, own, asked, cores, middle) <= rates.target_ms:
            low = best = middle
        else:
            high = middle
    return best * shards / asked, simulated_p95(rates, own, asked, cores, best)


def plan(rates: Rates, chunks: int) -> Plan:
    """Return what an index of so many chunks takes, with as few machines as keep its hot bytes in memory."""
    shards = ceil(chunks / rates.shard_chunks)
    stored = chunks * (rates.catalog_bytes + rates.engine_bytes)
    machines = max(1, ceil(stored * rates.hot_share / (rates.memory_bytes * 0.8)))
    cores_a_shard = machines * rates.cores / shards
    queries, p95 = most_queries(rates, chunks, shards, cores_a_shard)
    preparing = chunks / rates.prepared_a_second
    writing = chunks / rates.written_a_second
    builders = max(machines, ceil(shards / rates.cores))
    build = max(preparing / (builders * rates.cores), writing / min(shards, builders * rates.cores))
    hours = build / 3600
    month = machines * rates.machine_an_hour * _SECONDS_A_MONTH / 3600
    return Plan(
        chunks=chunks,
        shards=shards,
        source_gb=chunks * rates.source_bytes / 1e9,
        stored_gb=stored / 1e9,
        build_core_hours=(preparing + writing) / 3600,
        build_hours=hours,
        refresh_core_hours=(preparing + writing) * rates.changed_a_day / 3600,
        machines=machines,
        p95_ms=p95,
        queries_a_second=queries,
        dollars_a_month=month + stored / 1e9 * rates.store_a_gigabyte_month,
        dollars_to_build=(preparing + writing) / 3600 * rates.machine_an_hour / rates.cores,
    )


def _row(one: Plan) -> str:
    cells = (
        f"{one.chunks:.0e}",
        f"{one.shards:,}",
        f"{one.source_gb:,.0f}",
        f"{one.stored_gb:,.0f}",
        f"{one.build_core_hours:,.1f}",
        f"{one.build_hours:,.1f}",
        f"{one.refresh_core_hours:,.2f}",
        f"{one.machines:,}",
        f"{one.queries_a_second:,.1f}",
        f"{one.p95_ms:,.0f}",
        f"{one.dollars_to_build:,.0f}",
        f"{one.dollars_a_month:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--rates", type=Path, metavar="FILE", help="JSON with some of the rates")
    options = parser.parse_args()
    rates = Rates()
    if options.rates:
        given = json.loads(options.rates.read_text(encoding="utf-8"))
        known = {field.name for field in fields(Rates)}
        rates = replace(rates, **{name: value for name, value in given.items() if name in known})
    print("rates: " + ", ".join(f"{name} {value:g}" for name, value in asdict(rates).items()) + "\n")
    print(
        "| chunks | shards | text, GB | stored, GB | core hours | hours to build | core hours a day | "
        "machines | queries/s | p95, ms | $ to build | $ a month |\n" + "|---" * 12 + "|"
    )
    for chunks in SIZES:
        print(_row(plan(rates, chunks)), flush=True)


if __name__ == "__main__":
    main()
