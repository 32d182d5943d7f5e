"""The table of programming languages: the grammar of each, and which of its nodes define something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def _types(names: str) -> frozenset[str]:
    return frozenset(names.split())


@dataclass(frozen=True, slots=True)
class Grammar:
    """The nodes of a language that matter for cutting; names are types of nodes unless stated otherwise.

    A *key* is the name of a field or, where the grammar has no field for it, the type of a child; an empty
    one is the last child.

    Args:
        module, factory: the wheel's module and the function in it that returns the language.
        leads: nodes before a definition that belong to it: comments, attributes.
        lead_attributes: how attributes begin that are leads but have no type of their own.
        functions: definitions that are cut between statements where they are too large.
        containers: definitions whose members are definitions themselves: classes, impl blocks.
        namespaces: always opened; they only lend their name to what is inside.
        file_namespaces: namespaces that hold for the rest of the file if they have no body.
        wrappers: nodes around a definition that add a decorator, `export`, `template <...>`.
        bindings: nodes that bind a name to a value: type -> (key of the name, key of the value).
        function_values, container_values: values that make a binding a function or a container.
        blocks: statements that may hold definitions: `#ifdef`, a conditional import.
        sequences: lists whose last comment may belong to what follows the list.
        bodies: nodes at which a signature ends, where there is no field `body`.
        names: type -> key of the name, where it is not `name`; `=text` is the name itself.
        receivers: type -> key of the type to which a method outside of its body belongs.
        calls: for languages whose definitions are calls, the called word -> whether it makes a container.
        typed_by: the lead that is the signature of the definition after it (Haskell).
        has_macros: a macro may define something (see `macro_definitions`), and `#if` divides the text.
        max_bytes: larger files are generated and not parsed.
    """

    module: str
    factory: str = "language"
    leads: frozenset[str] = frozenset({"comment"})
    lead_attributes: tuple[bytes, ...] = ()
    functions: frozenset[str] = frozenset()
    containers: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    file_namespaces: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    bindings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    function_values: frozenset[str] = frozenset()
    container_values: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()
    sequences: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    receivers: Mapping[str, str] = field(default_factory=dict)
    calls: Mapping[str, bool] = field(default_factory=dict)
    typed_by: str = ""
    has_macros: bool = False
    max_bytes: int = 1_000_000
    definers: frozenset[str] = field(init=False, compare=False)  # all nodes that may define something

    def __post_init__(self) -> None:
        """Join the types of nodes, to pass over most nodes at once."""
        made = {"compound_statement", "expression_statement", "macro_type_specifier", "ERROR"}
        joined = self.functions | self.containers | self.bindings.keys() | self.wrappers
        joined |= made if self.has_macros else set()
        object.__setattr__(self, "definers", joined | ({"call"} if self.calls else set()))


_SCRIPT_FUNCTIONS = "function_declaration generator_function_declaration method_definition"
_SCRIPT_BINDINGS = {
    "variable_declarator": ("name", "value"),
    "assignment_expression": ("left", "right"),
    "field_definition": ("property", "value"),
    "public_field_definition": ("name", "value"),
    "pair": ("key", "value"),
}
_SCRIPT_WRAPPERS = "export_statement lexical_declaration variable_declaration expression_statement"
_SCRIPT_FUNCTION_VALUES = _types("arrow_function function_expression generator_function")
_SCRIPT_CONTAINER_VALUES = _types("class")


def _typescript(factory: str) -> Grammar:
    return Grammar(
        "tree_sitter_typescript",
        factory,
        leads=_types("comment decorator"),
        functions=_types(
            f"{_SCRIPT_FUNCTIONS} function_signature abstract_method_signature method_signature"
        ),
        containers=_types(
            "class_declaration abstract_class_declaration interface_declaration enum_declaration"
            " type_alias_declaration"
        ),
        namespaces=_types("internal_module module"),
        wrappers=_types(f"{_SCRIPT_WRAPPERS} ambient_declaration"),
        bindings=_SCRIPT_BINDINGS,
        function_values=_SCRIPT_FUNCTION_VALUES,
        container_values=_SCRIPT_CONTAINER_VALUES,
    )


_C_BLOCKS = "preproc_ifdef preproc_if preproc_else preproc_elif linkage_specification declaration_list"
_C_BINDINGS = {
    "declaration": ("declarator", ""),
    "field_declaration": ("declarator", ""),
    "preproc_def": ("name", ""),
}

GRAMMARS: Mapping[str, Grammar] = {
    "bash": Grammar("tree_sitter_bash", functions=_types("function_definition")),
    "c": Grammar(
        "tree_sitter_c",
        functions=_types("function_definition preproc_function_def"),
        containers=_types("struct_specifier union_specifier enum_specifier type_definition"),
        bindings=_C_BINDINGS,
        blocks=_types(_C_BLOCKS),
        has_macros=True,
    ),
    "c_sharp": Grammar(
        "tree_sitter_c_sharp",
        functions=_types(
            "method_declaration constructor_declaration destructor_declaration operator_declaration"
            " conversion_operator_declaration indexer_declaration property_declaration"
            " event_declaration delegate_declaration local_function_statement"
        ),
        containers=_types(
            "class_declaration interface_declaration struct_declaration enum_declaration record_declaration"
        ),
        namespaces=_types("namespace_declaration file_scoped_namespace_declaration"),
        file_namespaces=_types("file_scoped_namespace_declaration"),
        blocks=_types("preproc_if preproc_else preproc_elif declaration_list"),
        bodies=_types("accessor_list arrow_expression_clause"),
        names={
            "indexer_declaration": "=this",
            "operator_declaration": "operator",
            "conversion_operator_declaration": "=operator",
        },
    ),
    "cpp": Grammar(
        "tree_sitter_cpp",
        functions=_types("function_definition preproc_function_def concept_definition"),
        containers=_types("class_specifier struct_specifier union_specifier enum_specifier type_definition"),
        namespaces=_types("namespace_definition"),
        wrappers=_types("template_declaration"),
        bindings={**_C_BINDINGS, "alias_declaration": ("name", "")},
        blocks=_types(_C_BLOCKS),
        has_macros=True,
    ),
    "elixir": Grammar(
        "tree_sitter_elixir",
        lead_attributes=(b"@doc", b"@spec", b"@impl", b"@typedoc", b"@deprecated", b"@since"),
        bodies=_types("do_block"),
        calls={
            **dict.fromkeys(("defmodule", "defprotocol", "defimpl"), True),
            **dict.fromkeys(("def", "defp", "defmacro", "defmacrop", "defdelegate", "defguard"), False),
        },
    ),
    "go": Grammar(
        "tree_sitter_go",
        functions=_types("function_declaration method_declaration"),
        containers=_types("type_spec type_alias"),
        wrappers=_types("type_declaration var_declaration const_declaration"),
        bindings={"var_spec": ("name", "value"), "const_spec": ("name", "value")},
        function_values=_types("func_literal"),
        receivers={"method_declaration": "receiver"},
    ),
    "haskell": Grammar(
        "tree_sitter_haskell",
        leads=_types("comment haddock pragma signature"),
        functions=_types("function bind"),
        containers=_types("data_type newtype class instance type_synonym type_family data_family"),
        names={"instance": "patterns"},
        sequences=_types("imports declarations class_declarations instance_declarations"),
        typed_by="signature",
        max_bytes=200_000,  # its scanner takes quadratic time on text that is not Haskell
    ),
    "java": Grammar(
        "tree_sitter_java",
        leads=_types("line_comment block_comment"),
        functions=_types("method_declaration constructor_declaration compact_constructor_declaration"),
        containers=_types(
            "class_declaration interface_declaration enum_declaration record_declaration"
            " annotation_type_declaration"
        ),
        wrappers=_types("field_declaration"),
        bindings={"variable_declarator": ("name", "value")},
        function_values=_types("lambda_expression"),
    ),
    "javascript": Grammar(
        "tree_sitter_javascript",
        leads=_types("comment decorator"),
        functions=_types(_SCRIPT_FUNCTIONS),
        containers=_types("class_declaration"),
        wrappers=_types(_SCRIPT_WRAPPERS),
        bindings=_SCRIPT_BINDINGS,
        function_values=_SCRIPT_FUNCTION_VALUES,
        container_values=_SCRIPT_CONTAINER_VALUES,
    ),
    "kotlin": Grammar(
        "tree_sitter_kotlin",
        leads=_types("line_comment block_comment"),
        functions=_types("function_declaration secondary_constructor"),
        containers=_types("class_declaration object_declaration companion_object type_alias"),
        bindings={"property_declaration": ("variable_declaration", "")},
        function_values=_types("lambda_literal"),
        bodies=_types("class_body enum_class_body function_body block"),
        names={"secondary_constructor": "=constructor", "type_alias": "type"},
        receivers={"function_declaration": "user_type"},
    ),
    "lua": Grammar(
        "tree_sitter_lua",
        functions=_types("function_declaration"),
        wrappers=_types("variable_declaration"),
        bindings={"assignment_statement": ("variable_list", "expression_list"), "field": ("name", "value")},
        function_values=_types("function_definition"),
    ),
    "php": Grammar(
        "tree_sitter_php",
        "language_php",
        functions=_types("function_definition method_declaration"),
        containers=_types("class_declaration interface_declaration trait_declaration enum_declaration"),
        namespaces=_types("namespace_definition"),
        file_namespaces=_types("namespace_definition"),
    ),
    "python": Grammar(
        "tree_sitter_python",
        functions=_types("function_definition"),
        containers=_types("class_definition"),
        wrappers=_types("decorated_definition expression_statement"),
        bindings={"assignment": ("left", "right")},
        function_values=_types("lambda"),
        blocks=_types(
            "if_statement try_statement with_statement else_clause except_clause finally_clause block"
        ),
    ),
    "ruby": Grammar(
        "tree_sitter_ruby",
        functions=_types("method singleton_method"),
        containers=_types("module class"),
        bindings={"assignment": ("left", "right")},
        function_values=_types("lambda"),
    ),
    "rust": Grammar(
        "tree_sitter_rust",
        leads=_types("line_comment block_comment attribute_item"),
        functions=_types("function_item function_signature_item macro_definition"),
        containers=_types("struct_item enum_item union_item trait_item impl_item type_item"),
        namespaces=_types("mod_item"),
        bindings={"const_item": ("name", "value"), "static_item": ("name", "value")},
        blocks=_types("foreign_mod_item declaration_list"),
        names={"impl_item": "type"},
    ),
    "scala": Grammar(
        "tree_sitter_scala",
        leads=_types("comment block_comment"),
        functions=_types("function_definition function_declaration"),
        containers=_types(
            "class_definition object_definition trait_definition package_object enum_definition"
            " given_definition type_definition"
        ),
        wrappers=_types("extension_definition"),
        bindings={"val_definition": ("pattern", "value")},
        function_values=_types("lambda_expression"),
    ),
    "swift": Grammar(
        "tree_sitter_swift",
        leads=_types("comment multiline_comment"),
        functions=_types(
            "function_declaration protocol_function_declaration init_declaration deinit_declaration"
            " subscript_declaration"
        ),
        containers=_types("class_declaration protocol_declaration typealias_declaration"),
        bindings={"property_declaration": ("name", "value")},
        function_values=_types("lambda_literal"),
        bodies=_types("computed_property"),
        names={
            "init_declaration": "=init",
            "deinit_declaration": "=deinit",
            "subscript_declaration": "=subscript",
        },
    ),
    "tsx": _typescript("language_tsx"),
    "typescript": _typescript("language_typescript"),
    "zig": Grammar(
        "tree_sitter_zig",
        functions=_types("function_declaration"),
        bindings={"variable_declaration": ("identifier", "")},
        container_values=_types(
            "struct_declaration enum_declaration union_declaration opaque_declaration error_set_declaration"
        ),
    ),
}
