"""Search manual pages for the option that does what a request asks: is it among the first five hits?

    python -m bench.man_retrieval FOLDER [--encoder builtin+compact] [--deepen]

FOLDER holds the manual pages of coreutils, git, tar, findutils and curl (on Debian, usr/share/man of the
unpacked packages coreutils, git-man, git, tar, findutils and curl). The requests are in
bench/data/man_requests.jsonl: each names a command and the spellings of the right option.
"""

import json
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.arguments import argument_parser
from rag import Hit, Index, SearchOptions, deepen, retrieve

REQUESTS = Path(__file__).parent / "data" / "man_requests.jsonl"


def is_right(hit: Hit, request: dict[str, Any]) -> bool:
    """Return whether the hit is the paragraph of one of the options that do what is asked."""
    right = [(request["command"], option) for option in request["options"]]
    right += [tuple(pair) for pair in request.get("also", [])]
    signature = hit.chunk.signature.replace("[", " ").replace("=", " ").replace(",", " ").split()
    return any(hit.chunk.origin.library == command and option in signature for command, option in right)


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path, help="folder of manual pages")
    parser.add_argument("--encoder", default="", help="name of an encoder; default: builtin")
    parser.add_argument("--deepen", action="store_true", help="give all units the vectors of the transformer")
    parser.add_argument(
        "--misses", action="store_true", help="show what was found instead of the right option"
    )
    options = parser.parse_args()
    requests = [json.loads(line) for line in REQUESTS.read_text().splitlines()]
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.build(folder, [options.folder], encoder=options.encoder) as index,
    ):
        if options.deepen:
            deepen(index)
        counts = index.status().counts
        print(f"{counts.documents} pages, {counts.chunks} units")
        for name, two_stage in (("one stage", False), ("two stages", True)):
            start = perf_counter()
            found = [
                retrieve(index, request["request"], 10, SearchOptions(two_stage=two_stage))
                for request in requests
            ]
            milliseconds = (perf_counter() - start) / len(requests) * 1000
            ranks = [
                next((hit.rank for hit in hits if is_right(hit, request)), 0)
                for hits, request in zip(found, requests, strict=True)
            ]
            within = {k: sum(0 < rank <= k for rank in ranks) for k in (1, 5, 10)}
            print(
                f"{name}: right option first {within[1]}, in the first five {within[5]}, in ten {within[10]} "
                f"of {len(requests)}; {milliseconds:.1f} ms a request"
            )
            if options.misses:
                for request, hits, rank in zip(requests, found, ranks, strict=True):
                    if not 0 < rank <= 5:
                        first = ", ".join(hit.chunk.symbol for hit in hits[:5])
                        print(
                            f"  {request['command']} {request['options'][0]} <- {request['request']}: {first}"
                        )


if __name__ == "__main__":
    main()
