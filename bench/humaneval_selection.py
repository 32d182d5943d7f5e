"""Choose one of 100 recorded HumanEval samples without the tests of the task, and measure its pass@1.

    python -m bench.humaneval --save VERDICTS.json
    python -m bench.humaneval_selection --verdicts VERDICTS.json [--inputs written|shown] [--tasks 20]

The samples and the test cases were written by CodeGen-Mono-16B; the published result of CodeT with these
files is 36.7. The tests of the tasks only serve to score the choice. Each method gets two figures: that of
the program that it ranks first, and the mean of all programs that share the best score. `--inputs shown`
leaves out the test cases: then the calls are those of the examples in the docstring, or made up from the
types of the parameters.
"""

import json
import time
from collections import Counter
from pathlib import Path
from statistics import fmean

from bench.arguments import argument_parser
from bench.humaneval import Statuses, load_problems
from rag.evaluation.selection import METHODS, observe_samples, rank_samples
from rag.execution import open_sandbox


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--verdicts", type=Path, required=True, help="file written by bench.humaneval --save")
    parser.add_argument("--inputs", choices=("written", "shown"), default="written", help="source of calls")
    parser.add_argument("--tasks", type=int, default=164, help="number of tasks")
    parser.add_argument("--workers", type=int, default=2, help="number of programs that run at a time")
    parser.add_argument("--isolation", default="bwrap", help="level of isolation of the sandbox")
    options = parser.parse_args()
    statuses: Statuses = json.loads(options.verdicts.read_text())
    methods = [name for name in METHODS if name != "likelihood"]  # not recorded
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
