"""What hides from a type checker what a call gives, so that types are inferred again without it.

Of `df = pd.read_csv("x", error_bad_lines=False)` no overload matches, so that `df` is unknown, and with it
all that old code does with it. So types are inferred again without these arguments, and with what calls gave
that are gone (`rag.checking.gone_types`), until no more are found.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rag.checking.argument_rules import ArgumentProblem
from rag.checking.finding import Finding
from rag.checking.inference.type_inference import Inferred
from rag.checking.programs.program import CheckedProgram

_MAX_TURNS: Final = 6  # each finds what the one before it has hidden


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a program has shown.

    Attributes:
        findings: of it.
        refused: arguments of overloaded calls that no overload takes.
        gone: calls that only another version takes, with the types that they gave; see `GoneTypes.found`.
    """

    findings: list[Finding]
    refused: frozenset[ast.AST] = frozenset()
    gone: Mapping[ast.expr, str] = field(default_factory=dict)


def looked_at(
    programs: Sequence[CheckedProgram],
    infer: Callable[[Sequence[CheckedProgram]], list[Inferred]],
    look: Callable[[CheckedProgram, Inferred], Looked],
) -> list[list[Finding]]:
    """Return the findings in programs, of which those are looked at again whose arguments hide types.

    Args:
        programs: the programs.
        infer: returns what a type checker says of some of them.
        look: checks one, with what is known of its types.
    """
    known = infer(programs)
    looked = [look(program, types) for program, types in zip(programs, known, strict=True)]
    hidden = [frozenset[ast.AST]() for _ in programs]
    gave: list[Mapping[ast.expr, str]] = [{} for _ in programs]
    for _ in range(_MAX_TURNS):
        again = [
            number
            for number, one in enumerate(looked)
            if known[number].is_known
            and not (one.refused <= hidden[number] and one.gone.items() <= gave[number].items())
        ]
        for number in again:
            hidden[number] |= looked[number].refused
            gave[number] = {**gave[number], **looked[number].gone}
        if not again:
            break
        changed = [
            replace(programs[number], left_out=hidden[number], stand_ins=gave[number]) for number in again
        ]
        more = infer(changed)
        for number, types in zip(again, more, strict=True):
            known[number] = _together(known[number], types)
            looked[number] = look(programs[number], known[number])
    return [one.findings for one in looked]


def refused_at(
    program: CheckedProgram, call: ast.Call, problem: ArgumentProblem, known: Inferred
) -> list[ast.AST]:
    """Return the arguments of a call without which its type may be known; none if nobody asks for it.

    Args:
        program: the program.
        call: the call.
        problem: what is wrong with it.
        known: what a type checker says of the program. It names the argument if there are no overloads, and
            then knows what the call gives.
    """
    if not is_used(program, call):
        return []
    if isinstance(problem.node, ast.keyword):
        is_named = (problem.node.end_lineno or 0, problem.name) in known.unknown_arguments
        return [] if is_named else [problem.node]
    return list(call.args[problem.most :]) if problem.rule == "too-many-arguments" else []


def is_used(program: CheckedProgram, call: ast.Call) -> bool:
    """Return whether a program does anything with what a call gives, at a place that is known."""
    above = [parent for _, parent in program.above(call)]
    # (In an f-string, positions may not be told.)
    return not isinstance(above[0], ast.Expr) and not any(
        isinstance(parent, ast.JoinedStr) for parent in above
    )


def _together(before: Inferred, after: Inferred) -> Inferred:
    return Inferred(
        after.is_known,
        {**before.types, **after.types},
        before.missing | after.missing,
        before.unknown_arguments | after.unknown_arguments,
    )
