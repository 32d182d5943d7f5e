"""Compare two runs question by question: the difference, its 95 % interval and its p-value.

python -m bench.docs_retrieval --save before.json     (and after.json with another configuration)
python -m bench.compare before.json after.json
"""

from pathlib import Path

from bench.arguments import argument_parser
from bench.intervals import by_label, interval, load, paired


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args()
    before, after = load(options.before), load(options.after)
    for name in (name for name in before if name in after):
        found = paired(before[name], after[name])
        print(f"{name}: {interval(before[name])} -> {interval(after[name])}")
        print(f"  difference {found.difference}, p = {found.p:.4f}, {len(before[name])} questions")
        second = by_label(after[name])
        for label, answers in by_label(before[name]).items():
            part = paired(answers, second[label])
            print(f"  {label:24} {part.difference}, p = {part.p:.3f} ({len(answers)})")


if __name__ == "__main__":
    main()
