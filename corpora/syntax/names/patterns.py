"""The table of what gives names in each language, as patterns of tree-sitter's queries.

A query runs in C over the whole tree; Python sees only what it captures. `GRAMMARS` knows the functions, the
containers and the namespaces of each language, so patterns for these are made from it; what is here comes on
top of that. The name of a capture says what becomes of the node:

    function        gives its own name; values inside it are local
    container       gives its own name, which members bear before theirs
    qualifier       lends its name to its members, but does not define it: `impl Queue`, `extension Queue`
    anonymous       has members, but no name of its own
    binding         gives the names that it binds to values
    member          is the same, but local in a function, even if the value is a function
    declaration     gives its own name, without a body
    value           is a name that is defined
    declared        is a name that is declared
    exported        is a name that is defined elsewhere and can be imported from here
    ambient         only declares what is inside
    hidden          holds only local names
    statement       re-exports names: `export ... from`, `pub use`
    import          does the same, in Python
    variables, typedef, macro       statements of C and C++
    call            a call that defines something, as in Elixir

Captures with an underscore in front serve the pattern only. If a node is captured twice, the capture that
`GRAMMARS` made counts less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from corpora.syntax.grammars import Grammar


@dataclass(frozen=True, slots=True)
class NamePatterns:
    """What gives names in one language, beside what its `Grammar` says.

    Args:
        text: the patterns.
        by_hand: nodes that `Grammar` lists, but only the patterns here capture.
        bodies: a function that has no child of these types only declares.
        has_clauses: a function consists of clauses, of which the first is its head.
    """

    text: str
    by_hand: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    has_clauses: bool = False


def query_text(grammar: Grammar, patterns: NamePatterns) -> str:
    """Return all patterns of a language: those made from its grammar, then those of the table."""
    groups = {
        "function": grammar.functions,
        "container": grammar.containers,
        "namespace": grammar.namespaces,
    }
    made = [
        f"({kind}) @{capture}"
        for capture, kinds in groups.items()
        for kind in sorted(kinds - patterns.by_hand)
    ]
    if grammar.calls:
        words = " ".join(f'"{word}"' for word in grammar.calls)
        made.append(f"((call target: (identifier) @_word) @call (#any-of? @_word {words}))")
    return "\n".join([*made, patterns.text])


def _inside(parents: str, *patterns: str) -> str:
    """Return each of the patterns below each of the nodes `parents`: a query has no "or" for these."""
    return "\n".join(f"({parent} {pattern})" for parent in parents.split() for pattern in patterns)


_C_SCOPES = "translation_unit preproc_if preproc_ifdef preproc_else preproc_elif declaration_list"
_C = "\n".join(
    (
        _inside(
            _C_SCOPES,
            "(declaration) @variables",
            "[(expression_statement) (ERROR)] @macro",
            "[(struct_specifier !body name: (_) @declared) (union_specifier !body name: (_) @declared)"
            " (enum_specifier !body name: (_) @declared)]",
        ),
        "[(struct_specifier body: (_)) (union_specifier body: (_)) (enum_specifier body: (_))] @container",
        "(linkage_specification (declaration) @variables)",
        "(field_declaration) @variables (type_definition) @typedef",
        "(enumerator name: (identifier) @value)",
        "(preproc_def name: (identifier) @value value: (_))",
    )
)
_C_BY_HAND = frozenset({"struct_specifier", "union_specifier", "enum_specifier", "type_definition"})

_SCRIPT_FUNCTIONS = "[(arrow_function) (function_expression) (generator_function)]"
_SCRIPT = "\n".join(
    (
        _inside(
            "program export_statement",
            "(lexical_declaration (variable_declarator) @binding)",
            "(variable_declaration (variable_declarator) @binding)",
        ),
        f"(variable_declarator value: {_SCRIPT_FUNCTIONS}) @binding",
        "(program (expression_statement (assignment_expression left: (member_expression)) @binding))",
        f"(assignment_expression left: (member_expression) right: {_SCRIPT_FUNCTIONS}) @binding",
        f"(pair value: {_SCRIPT_FUNCTIONS}) @member",
        "(export_statement source: (_)) @statement",
    )
)
_TYPESCRIPT = NamePatterns(
    "\n".join(
        (
            _SCRIPT,
            _inside(
                "statement_block",
                "(lexical_declaration (variable_declarator) @binding)",
                "(variable_declaration (variable_declarator) @binding)",
            ),
            "(ambient_declaration (lexical_declaration (variable_declarator) @binding))",
            "(ambient_declaration (variable_declaration (variable_declarator) @binding))",
            "(ambient_declaration) @ambient (public_field_definition) @member",
            "[(function_signature) (method_signature) (abstract_method_signature)] @declaration",
            "(enum_body name: [(property_identifier) (string)] @value) (enum_assignment name: (_) @value)",
            "(interface_body (property_signature name: (_) @value))",
            "(type_alias_declaration value: (object_type (property_signature name: (_) @value)))",
        )
    )
)

# Attributes of modules that are no constants.
_ELIXIR_ATTRIBUTES = (
    "doc|moduledoc|typedoc|spec|type|typep|opaque|callback|impl|macrocallback|behaviour|derive|"
    "dialyzer|deprecated|since|compile|enforce_keys|optional_callbacks|tag|describetag|moduletag|external_resource|on_load|before_compile|after_compile|on_definition|attr|slot"
)

_PYTHON_BLOCKS = (
    "if_statement elif_clause else_clause try_statement except_clause finally_clause with_statement"
)

NAME_PATTERNS: Final[Mapping[str, NamePatterns]] = {
    "bash": NamePatterns(
        _inside(
            "program if_statement elif_clause else_clause case_item list",
            "(variable_assignment name: (variable_name) @value)",
            "(declaration_command (variable_assignment name: (variable_name) @value))",
        )
        + "((command name: (command_name) @_word argument: (concatenation . (word) @value))"
        ' (#eq? @_word "alias"))'
    ),
    "c": NamePatterns(f"{_C} (macro_type_specifier) @macro", _C_BY_HAND),
    "c_sharp": NamePatterns(
        "(field_declaration (variable_declaration (variable_declarator name: (identifier) @value)))"
        "(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @value)))"
        "(enum_member_declaration name: (identifier) @value)"
        "(record_declaration (parameter_list (parameter name: (identifier) @value)))"
        "(method_declaration !body) @declaration"
        "(interface_declaration body: (declaration_list"
        " [(property_declaration) (event_declaration) (indexer_declaration)] @declaration))"
    ),
    "cpp": NamePatterns(
        "\n".join(
            (
                _C,
                "(class_specifier body: (_)) @container (alias_declaration) @binding",
                "(template_declaration (declaration) @variables)",
                "(field_declaration_list (declaration) @variables)",
                _inside(f"{_C_SCOPES} template_declaration", "(class_specifier !body name: (_) @declared)"),
                _inside(
                    "translation_unit declaration_list field_declaration_list",
                    "(using_declaration) @statement",
                ),
            )
        ),
        _C_BY_HAND | {"class_specifier"},
    ),
    "elixir": NamePatterns(
        f"""
        ((unary_operator "@" operand: (call target: (identifier) @value (arguments)))
          (#not-match? @value "^({_ELIXIR_ATTRIBUTES})$"))
        ((unary_operator "@" operand: (call target: (identifier) @_word (arguments
          (binary_operator left: [(identifier) @value (call target: (identifier) @value)]))))
          (#any-of? @_word "type" "typep" "opaque"))
        ((unary_operator "@" operand: (call target: (identifier) @_word (arguments
          (binary_operator left: [(identifier) @declared (call target: (identifier) @declared)]))))
          (#any-of? @_word "callback" "macrocallback"))
        ((call target: (identifier) @_word (arguments
          [(list (atom) @value) (keywords (pair key: (keyword) @value))
           (list (keywords (pair key: (keyword) @value)))]))
          (#any-of? @_word "defstruct" "defexception"))
        """,
        has_clauses=True,
    ),
    "go": NamePatterns(
        "[(const_spec) (var_spec)] @binding"
        "(field_declaration name: (field_identifier) @value)"
        "(method_elem name: (field_identifier) @declared)"
    ),
    "haskell": NamePatterns(
        "[(function name: (_)) (function (infix))] @function (local_binds) @hidden (instance) @qualifier"
        "(class_declarations declaration: (signature name: (variable) @declared))"
        "(data_constructor constructor: (_ name: (constructor) @value))"
        "(gadt_constructor name: (constructor) @value) (newtype_constructor name: (constructor) @value)"
        "(field_name (variable) @value) (foreign_import signature: (signature name: (variable) @value))"
        "(pattern_synonym (equation synonym: (apply function: (constructor) @value)))"
        "(module_export module: (module) @exported)",
        frozenset({"function", "instance"}),  # the type `Int -> Int` is a `function`, too
        has_clauses=True,
    ),
    "java": NamePatterns(
        "(field_declaration (variable_declarator) @binding)"
        "(constant_declaration (variable_declarator) @binding)"
        "(enum_constant name: (identifier) @value)"
        "(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @value)))"
        "(method_declaration !body) @declaration"
        "(annotation_type_element_declaration name: (identifier) @declared)"
    ),
    "javascript": NamePatterns(f"{_SCRIPT} (field_definition) @member"),
    "kotlin": NamePatterns(
        _inside("source_file class_body enum_class_body", "(property_declaration) @binding")
        + '(class_parameter ["val" "var"] . (identifier) @value) (enum_entry (identifier) @value)',
        bodies=frozenset({"function_body"}),
    ),
    "lua": NamePatterns(
        "(chunk (assignment_statement) @binding)"
        "(chunk (variable_declaration (assignment_statement) @binding))"
        "(assignment_statement (expression_list value: (function_definition))) @binding"
        "(field name: (identifier) value: (function_definition)) @member"
    ),
    "php": NamePatterns(
        "(const_element . (name) @value) (property_element name: (variable_name) @value)"
        "(enum_case name: (name) @value) (method_declaration !body) @declaration"
        "(program (expression_statement (assignment_expression left: (variable_name) @value)))"
        "((function_call_expression function: (name) @_word"
        ' arguments: (arguments . (argument (string (string_content) @value)))) (#eq? @_word "define"))'
    ),
    "python": NamePatterns(
        "(module (expression_statement (assignment) @binding))"
        "(class_definition body: (block (expression_statement (assignment) @binding)))"
        + _inside(_PYTHON_BLOCKS, "(block (expression_statement (assignment) @binding))")
        + "(type_alias_statement left: (type (identifier) @value))"
        "(import_from_statement) @import"
    ),
    "ruby": NamePatterns(
        """
        (assignment left: [(constant) (scope_resolution)]) @binding
        (program (assignment left: [(identifier) (global_variable)]) @binding)
        (alias name: (identifier) @value)
        ((call !receiver method: (identifier) @_word arguments: (argument_list (simple_symbol) @value))
          (#any-of? @_word "attr_reader" "attr_writer" "attr_accessor" "cattr_accessor" "mattr_accessor"
            "class_attribute"))
        ((call !receiver method: (identifier) @_word arguments: (argument_list . (simple_symbol) @value))
          (#any-of? @_word "alias_method" "define_method" "scope" "has_many" "has_one" "belongs_to"
            "has_and_belongs_to_many"))
        """
    ),
    "rust": NamePatterns(
        "[(const_item) (static_item)] @binding [(const_item !value) (associated_type)] @declaration"
        "(field_declaration name: (field_identifier) @value) (enum_variant) @container"
        "(function_signature_item) @declaration (foreign_mod_item) @ambient (impl_item) @qualifier"
        "(use_declaration (visibility_modifier)) @statement",
        frozenset({"impl_item"}),
    ),
    "scala": NamePatterns(
        _inside(
            "compilation_unit template_body enum_body indented_block",
            "(val_definition) @binding",
            "(var_definition) @binding",
        )
        + "(val_declaration name: (identifier) @declared) (var_declaration name: (identifier) @declared)"
        "(function_declaration) @declaration"
        '(class_definition "case" class_parameters: (class_parameters (class_parameter name: (_) @value)))'
        "(simple_enum_case name: (_) @value) (full_enum_case name: (_) @value)"
        "(export_declaration) @statement"
    ),
    "swift": NamePatterns(
        _inside("source_file class_body enum_class_body", "(property_declaration) @binding")
        + "(enum_entry name: (simple_identifier) @value) (protocol_function_declaration) @declaration"
        "(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @declared))"
        "(class_declaration name: (user_type)) @qualifier"
    ),
    "tsx": _TYPESCRIPT,
    "typescript": _TYPESCRIPT,
    "zig": NamePatterns(
        _inside(
            "source_file struct_declaration enum_declaration union_declaration opaque_declaration",
            "(variable_declaration) @binding",
        )
        + "[(struct_declaration) (enum_declaration) (union_declaration) (opaque_declaration)"
        " (error_set_declaration)] @anonymous"
        "(container_field name: (identifier) @value) (error_set_declaration (identifier) @value)"
        "(function_declaration !body) @declaration"
    ),
}
"""The patterns of each language of `GRAMMARS`."""
