"""The nodes of a language's syntax through which values flow, for the data-flow match of CodeBLEU.

They are those of the reference implementation, so that figures can be compared, also where one could wish
for more: in C and C++ it follows assignments and not declarations, in C# a declared variable gets no value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple


class Loop(NamedTuple):
    """Fields of a loop over a sequence: what gets its elements, the sequence, the body.

    Where `variables` is given, the grammar has no fields for the first two: the second child of that type
    gets the elements of the first. Where `body` is empty, it is the last child, if that is a block.
    """

    left: str = ""
    right: str = ""
    body: str = "body"
    variables: str = ""


def _types(names: str) -> frozenset[str]:
    return frozenset(names.split())


_NONE: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class FlowRules:
    """Node types that matter for the flow of data; all others hand it from child to child.

    Args:
        definitions: a name that may get a value where it is made -> field of the value, empty for none.
        assignments: nodes with fields `left` and `right`.
        whole: those of them whose sides are never taken apart, and whose right is the last child.
        by_position: `a, b = c, d` is two flows; otherwise each name on the left comes from all on the right.
        increments: each name in it comes from each.
        forks: nodes whose children are alternatives.
        arms: their children that begin with what was known before the fork.
        last_arms: everything behind an arm is an arm too.
        may_skip: what was known before holds behind a fork even if it has an `else`.
        loops: over a sequence; gone through twice, so that what a round leaves reaches the next.
        while_loops: all children are gone through twice.
        counted_loops: type -> type of the child behind which all is gone through a second time.
        first: children that come before the others, wherever they stand.
    """

    definitions: Mapping[str, str] = field(default_factory=dict)
    assignments: frozenset[str] = _NONE
    whole: frozenset[str] = _NONE
    by_position: bool = False
    increments: frozenset[str] = _NONE
    forks: frozenset[str] = frozenset({"if_statement"})
    arms: frozenset[str] = frozenset({"if_statement", "else"})
    last_arms: bool = True
    may_skip: bool = False
    loops: Mapping[str, Loop] = field(default_factory=dict)
    while_loops: frozenset[str] = frozenset({"while_statement"})
    counted_loops: Mapping[str, str] = field(default_factory=dict)
    first: frozenset[str] = _NONE


_C_SHARP = FlowRules(
    definitions={"variable_declarator": ""},
    assignments=_types("assignment_expression"),
    increments=_types("postfix_unary_expression"),
)
_RUBY_FORKS = _types("if elsif else unless when")

FLOW_RULES: Mapping[str, FlowRules] = {
    "c": _C_SHARP,
    "c_sharp": _C_SHARP,
    "cpp": _C_SHARP,
    "go": FlowRules(
        definitions={"var_spec": "value"},
        assignments=_types("assignment_statement"),
        increments=_types("inc_statement"),
        may_skip=True,
        while_loops=_NONE,
        counted_loops={"for_statement": "for_clause"},
    ),
    "java": FlowRules(
        definitions={"variable_declarator": "value"},
        assignments=_types("assignment_expression"),
        increments=_types("update_expression"),
        loops={"enhanced_for_statement": Loop("name", "value")},
        counted_loops={"for_statement": "local_variable_declaration"},
    ),
    "javascript": FlowRules(
        definitions={"variable_declarator": "value"},
        assignments=_types("assignment_pattern augmented_assignment_expression"),
        increments=_types("update_expression"),
        may_skip=True,
        counted_loops={"for_statement": "variable_declaration"},
    ),
    "php": FlowRules(
        definitions={"simple_parameter": "default_value"},
        assignments=_types("assignment_expression augmented_assignment_expression"),
        increments=_types("update_expression"),
        forks=_types("if_statement else_clause"),
        arms=_types("if_statement else_clause"),
        may_skip=True,
        loops={"foreach_statement": Loop(variables="variable_name")},
        counted_loops={"for_statement": "assignment_expression"},
    ),
    "python": FlowRules(
        definitions={"default_parameter": "value"},
        assignments=_types("assignment augmented_assignment for_in_clause"),
        whole=_types("for_in_clause"),
        by_position=True,
        arms=_types("elif_clause else_clause"),
        last_arms=False,
        loops={"for_statement": Loop("left", "right", body="")},
        first=_types("for_in_clause"),
    ),
    "ruby": FlowRules(
        definitions={"keyword_parameter": "value"},
        assignments=_types("assignment operator_assignment"),
        whole=_types("operator_assignment"),
        by_position=True,
        forks=_RUBY_FORKS,
        arms=_RUBY_FORKS,
        last_arms=False,
        loops={"for": Loop("pattern", "value")},
        while_loops=_types("while_modifier until"),
    ),
}
