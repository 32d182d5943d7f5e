"""Tests that run examples as doctest does, and compare what they print."""

from collections.abc import Sequence
from typing import Final

# It runs in the sandbox, below the answer, on whatever Python the library needs.
_RUNNER: Final = """\
def _run_examples(examples):
    import contextlib, doctest, io, re, sys
    number = re.compile(r"[-+]?(?:\\d+\\.\\d*|\\.\\d+|\\d+)(?:[eE][-+]?\\d+)?")

    def is_close(want, got):
        if len(want) > 20000 or len(got) > 20000:
            return False
        ours, theirs = number.findall(got), number.findall(want)
        if " ".join(number.sub("#", got).split()) != " ".join(number.sub("#", want).split()):
            return False
        return len(ours) == len(theirs) and all(
            one == other or ("." in other and _is_near(float(one), float(other), other))
            for one, other in zip(ours, theirs)
        )

    def _is_near(one, other, written):
        digits = len(written.lower().partition("e")[0].partition(".")[2])
        unit = 10.0 ** -digits if "e" not in written.lower() else abs(other) * 10.0 ** -digits
        return abs(one - other) <= max(0.5000001 * unit, 1e-9 * abs(other))

    flags = doctest.NORMALIZE_WHITESPACE | doctest.DONT_ACCEPT_TRUE_FOR_1
    check = doctest.OutputChecker().check_output
    for source, want in examples:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(source, "<example>", "single"), globals())
        if want is None:
            continue
        got, want = out.getvalue(), want + "\\n"
        some = flags | (doctest.ELLIPSIS if "..." in want else 0)
        if not (check(want, got, some) or is_close(want, got)):
            raise AssertionError("expected %r, got %r" % (want[:500], got[:500]))
"""


def printed_tests(examples: Sequence[tuple[str, str | None]]) -> str:
    """Return tests that run statements one after the other, and fail where one prints something else.

    White space may differ, `...` in what is expected stands for anything, and a number with a point may
    differ by half a unit of its last digit.

    Args:
        examples: statements, with what each prints; None if that does not matter.
    """
    given = "".join(f"    {example!r},\n" for example in examples)
    return f"{_RUNNER}\n\n_run_examples([\n{given}])\n"
