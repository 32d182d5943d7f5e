"""Rules for each language: the syntax nodes through which values flow, for the data-flow match of CodeBLEU.

They are those of the reference implementation, so that results can be compared, even where it is incomplete:
in C and C++ it follows assignments but not declarations, and in C# a declared variable gets no value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple


class Loop(NamedTuple):
    """Fields of a loop over a sequence: `left` gets the elements of `right`, then `body` runs.

    Where the grammar has no fields for the first two, `variables` is a node type: the second child of that
    type gets the elements of the first. Where `body` is empty, the body is the last child, if it is a block.
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
    """Node types that matter for data flow; through all other nodes, it passes from child to child.

    Args:
        definitions: type of a definition that may have a value -> field of the value, empty for none.
        assignments: nodes with the fields `left` and `right`.
        whole: assignments whose sides are never split, and whose right side is the last child.
        by_position: `a, b = c, d` is two flows; otherwise each name on the left comes from all on the right.
        increments: nodes in which each name comes from each name.
        forks: nodes whose children are alternatives.
        arms: children of forks that begin with the state before the fork.
        last_arms: every child after an arm is an arm too.
        may_skip: the state before a fork is possible after it, even if it has an `else`.
        loops: loops over a sequence; walked twice, so that values of one round reach the next.
        while_loops: loops of which all children are walked twice.
        counted_loops: type of a loop -> type of the child after which everything is walked twice.
        first: children that are visited before the others, wherever they stand.
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
