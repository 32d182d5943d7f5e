"""Find the names that source code defines, declares and re-exports, with their places.

Names are qualified by what encloses them, dotted in every language. Local variables and parameters are left
out; functions and classes inside of functions are not, in languages where they are common.

    class Parser:              Parser
        LIMIT = 10             Parser.LIMIT
        def parse(self):       Parser.parse
            depth = 0          (local)
            def walk():        Parser.parse.walk
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.names import c_steps, reexported, special_nodes, steps
from corpora.syntax.names.collector import Collector, DefinedName
from corpora.syntax.names.name_nodes import NAME_NODES

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH: Final = 400  # what stands deeper is generated or hostile

_Step = Callable[[Collector, "Node"], Iterable["Node"]]


def defined_names(root: Node, language: str, path: str = "") -> list[DefinedName]:
    """Return the names in the syntax tree at `root`, in the order of the text.

    A value that is assigned several times is defined the first time.

    Args:
        root: what `parse_source` returned.
        language: a key of `GRAMMARS`.
        path: tells files of declarations and package modules by their names.
    """
    everywhere, local, keys = _steps(language)
    names = Collector(language, path, everywhere, keys)
    stack = [(iter((root,) if root.is_error else root.named_children), names.scope)]
    while stack:
        nodes, names.scope = stack[-1]
        taken = local if names.scope.is_local else everywhere
        for node in nodes:
            step = taken.get(node.type)
            if step is None:
                continue
            names.inner = names.scope
            if (inside := step(names, node)) and len(stack) < _MAX_DEPTH:
                stack.append((iter(inside), names.inner))
                break
            if names.rest is not None:
                names.scope, names.rest = names.rest, None
                stack[-1] = nodes, names.scope
        else:
            stack.pop()
    exported = reexported.from_python(names.imports, names.listed, names.path)
    names.found += [DefinedName(place, name, "re-exports") for place, name in exported]
    return sorted(set(names.found))


_STEPS: Final[Mapping[str, _Step]] = {
    "open": steps.look_inside,
    "function": steps.take_function,
    "container": steps.take_container,
    "interface": steps.take_interface,
    "namespace": steps.take_qualifier,
    "qualifier": steps.take_qualifier,
    "anonymous": steps.take_anonymous,
    "local": steps.take_local,
    "ambient": steps.take_ambient,
    "binding": steps.take_binding,
    "member": steps.take_member,
    "declaration": steps.take_declaration,
    "value": steps.take_value,
    "entry": steps.take_entry,
    "declared": steps.take_declared,
    "exported": steps.take_exported,
    "statement": steps.take_statement,
    "import": steps.take_import,
    "specifier": c_steps.take_specifier,
    "typedef": c_steps.take_typedef,
    "variables": c_steps.take_variables,
    "macro": c_steps.take_macro,
    "call": steps.take_call,
    "error": c_steps.take_error,
}
# In functions, these actions do not count, and arguments are not looked into.
_VALUES: Final = frozenset(
    {"value", "declared", "exported", "statement", "variables", "macro", "import", *special_nodes.ACTIONS}
)


@lru_cache(maxsize=len(GRAMMARS))
def _steps(language: str) -> tuple[Mapping[str, _Step], Mapping[str, _Step], Mapping[str, str]]:
    """Return what is done with each type of node, what is done inside of functions, and the keys of types."""
    grammar = GRAMMARS[language]
    actions = {
        **dict.fromkeys(grammar.functions, "function"),
        **dict.fromkeys(grammar.containers, "container"),
        **dict.fromkeys(grammar.namespaces, "namespace"),
        "ERROR": "error",
    }
    keys = {kind: "=".join(pair) for kind, pair in grammar.bindings.items()}
    for action, kinds in NAME_NODES[language].actions.items():
        for kind in kinds.split():
            name, _, key = kind.partition(":")
            actions[name] = action
            if key:
                keys[name] = key
    taken = {kind: _STEPS.get(action, steps.take_special) for kind, action in actions.items()}
    local = {
        kind: step
        for kind, step in taken.items()
        if actions[kind] not in _VALUES and kind != "call_expression"
    }
    return taken, local, keys
