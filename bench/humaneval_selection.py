"""HumanEval with recorded samples: pass@1 of the program chosen among 100 without the tests of the task.

    python -m bench.humaneval --save VERDICTS.json
    python -m bench.humaneval_selection --verdicts VERDICTS.json [--inputs written|shown] [--tasks 20]

The samples and the test cases are CodeGen-Mono-16B's; for CodeT, 36.7 is published with these very files.
The tests of the tasks serve to score the choice alone. Two figures for each method: of the program that it
puts first, and the mean of all that share its best score. `--inputs shown` leaves the test cases out: then
the calls are those of the examples in the docstring, or made up after the types of the parameters.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from statistics import fmean

from bench.humaneval import Statuses, load_problems
from rag.evaluation.selection import METHODS, observe_samples, rank_samples
from rag.execution import open_sandbox


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--verdicts", type=Path, required=True, help="what bench.humaneval --save wrote")
    parser.add_argument("--inputs", choices=("written", "shown"), default="written")
    parser.add_argument("--tasks", type=int, default=164)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--isolation", default="bwrap")
    options = parser.parse_args()
    statuses: Statuses = json.loads(options.verdicts.read_text())
    methods = [name for name in METHODS if name != "likelihood"]  # it was not recorded
    first: dict[str, list[float]] = {name: [] for name in ("random", *methods, "best possible")}
    best: dict[str, list[float]] = {name: [] for name in methods}
    origins: Counter[str] = Counter()
    programs = calls = 0
    started = time.perf_counter()
    with open_sandbox(options.isolation) as sandbox:
        for problem in load_problems(options.tasks):
            written = problem.written if options.inputs == "written" else ()
            observed = observe_samples(problem.task, problem.samples, sandbox, written, options.workers)
            right = [status == "passed" for status in statuses[problem.task.task_id]]
            first["random"].append(fmean(right))
            first["best possible"].append(any(right))
            for name in methods:
                ranked = rank_samples(name, observed).ranked
                first[name].append(right[ranked[0].sample.number])
                best[name].append(
                    fmean(right[one.sample.number] for one in ranked if one.scores == ranked[0].scores)
                )
            origins[observed.probes.origin] += 1
            programs += len({behaviour.code for behaviour in observed.behaviours})
            calls += len(observed.probes.calls)
    seconds = time.perf_counter() - started
    print(f"{programs} different programs, {calls} calls for {origins.total()} tasks: {seconds:.1f} s")
    print("calls from: " + ", ".join(f"{origin} {count}" for origin, count in origins.most_common()))
    for name, values in first.items():
        among = f"{100 * fmean(best[name]):6.2f}" if name in best else ""
        print(f"{name:<14} {100 * fmean(values):6.2f} {among}")


if __name__ == "__main__":
    main()
