"""The table of the nodes that give names in each language, beside those that `GRAMMARS` lists.

Names are looked for from the top of a tree. Most of a tree is in the bodies of functions, which are opened
only where their text has a word that may begin another definition, so a fraction of the nodes is ever
visited. (A query of tree-sitter goes through all of them: that takes twice as long, even if it asks for
nothing.)

Actions, and what becomes of a node of theirs:

    open            is looked into
    function        gives its own name; inside, values are local
    container       gives its own name, which members bear before theirs
    interface       is the same, but its members are only declared
    namespace       lends its name to what is inside, but does not define it
    qualifier       does the same: `impl Queue`, `extension Queue`
    anonymous       has members, but no name of its own
    local           is a function without a name
    ambient         only declares what is inside
    binding         gives the names that it binds to values
    member          is the same, but local in a function, even if the value is a function
    declaration     is a function that is only declared
    value           gives the names at a key; what is inside does not count
    entry           gives the names at a key and is looked into
    declared        is the same as `value`, for names that are declared
    exported        is the same for names that are defined elsewhere and can be imported from here
    statement       re-exports names: `export ... from`, `pub use`
    import          does the same in Python

The others serve one or two languages; see `special_nodes` and `c_steps`. The key is written behind the type,
`enum_case:name`: the name of a field, or the type of a child. `type:*child` stands for all such children.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class NameNodes:
    """The nodes of one language that give names.

    Args:
        actions: action -> types of nodes, in place of what `Grammar` says of these types.
        nested: words of which one stands in every definition; empty to open no function.
        bodiless: functions that only declare where they have no body.
        has_clauses: a function consists of clauses, of which the first is its head.
    """

    actions: Mapping[str, str]
    nested: tuple[bytes, ...] = ()
    bodiless: str = ""
    has_clauses: bool = False


_C = {
    "open": "translation_unit preproc_if preproc_ifdef preproc_else preproc_elif declaration_list"
    " linkage_specification field_declaration_list enumerator_list",
    "specifier": "struct_specifier union_specifier enum_specifier class_specifier",
    "typedef": "type_definition",
    "variables": "declaration field_declaration",
    "value": "enumerator:name",
    "define": "preproc_def",
    "macro": "expression_statement macro_type_specifier",
}
_SCRIPT = {
    "open": "program lexical_declaration variable_declaration expression_statement object class class_body"
    " statement_block call_expression parenthesized_expression arguments if_statement else_clause"
    " try_statement return_statement await_expression unary_expression binary_expression",
    "binding": "variable_declarator assignment_expression",
    "member": "field_definition public_field_definition pair",
    "local": "arrow_function function_expression generator_function",
    "statement": "export_statement",
}
_SCRIPT_NESTED = (b"function", b"=>", b"class ")
_TYPESCRIPT = NameNodes(
    {
        **_SCRIPT,
        "open": f"{_SCRIPT['open']} enum_body interface_body object_type intersection_type",
        "ambient": "ambient_declaration",
        "declaration": "function_signature method_signature abstract_method_signature",
        "entry": "enum_body:name",
        "value": "enum_assignment:name property_signature:name",
    },
    _SCRIPT_NESTED,
)

NAME_NODES: Final[Mapping[str, NameNodes]] = {
    "bash": NameNodes(
        {
            "open": "program if_statement elif_clause else_clause case_statement case_item list"
            " compound_statement declaration_command",
            "value": "variable_assignment:name",
            "alias": "command",
        }
    ),
    "c": NameNodes(_C),
    "c_sharp": NameNodes(
        {
            "open": "compilation_unit declaration_list enum_member_declaration_list field_declaration"
            " event_field_declaration variable_declaration parameter_list preproc_if preproc_else"
            " preproc_elif preproc_region",
            "interface": "interface_declaration",
            "value": "variable_declarator:name enum_member_declaration:name parameter:name",
        },
        bodiless="method_declaration",
    ),
    "cpp": NameNodes(
        {
            **_C,
            "open": f"{_C['open']} template_declaration",
            "binding": "alias_declaration",
            "statement": "using_declaration",
        }
    ),
    "elixir": NameNodes(
        {"open": "source do_block", "call": "call", "attribute": "unary_operator"}, has_clauses=True
    ),
    "go": NameNodes(
        {
            "open": "source_file const_declaration var_declaration var_spec_list type_declaration struct_type"
            " field_declaration_list interface_type",
            "binding": "const_spec var_spec",
            "entry": "field_declaration:name",
            "declared": "method_elem:name",
        }
    ),
    "haskell": NameNodes(
        {
            "open": "haskell header exports declarations class_declarations instance_declarations"
            " data_constructors data_constructor gadt_constructors fields field foreign_import"
            " pattern_synonym",
            "qualifier": "instance",
            "signature": "signature",
            "entry": "record:name newtype_constructor:name",
            "value": "prefix:name infix:operator gadt_constructor:name field_name:variable equation:synonym",
            "exported": "module_export:module",
        },
        has_clauses=True,
    ),
    "java": NameNodes(
        {
            "open": "program class_body interface_body enum_body enum_body_declarations annotation_type_body"
            " field_declaration constant_declaration formal_parameters",
            "binding": "variable_declarator",
            "entry": "enum_constant:name",
            "value": "formal_parameter:name",  # of a record; those of a method are not looked into
            "declared": "annotation_type_element_declaration:name",
        },
        bodiless="method_declaration",
    ),
    "javascript": NameNodes(_SCRIPT, _SCRIPT_NESTED),
    "kotlin": NameNodes(
        {
            "open": "source_file class_body enum_class_body primary_constructor class_parameters"
            " function_body block",
            "binding": "property_declaration",
            "parameter": "class_parameter",
            "entry": "enum_entry:identifier",
        },
        (b"fun ", b"class "),
        bodiless="function_declaration",
    ),
    "lua": NameNodes(
        {
            "open": "chunk variable_declaration do_statement if_statement block table_constructor"
            " return_statement expression_list function_call arguments",
            "binding": "assignment_statement",
            "member": "field",
            "local": "function_definition",
        },
        (b"function",),
    ),
    "php": NameNodes(
        {
            "open": "program declaration_list enum_declaration_list const_declaration property_declaration"
            " expression_statement compound_statement if_statement",
            "binding": "assignment_expression:left=right",
            "value": "const_element:name property_element:name enum_case:name",
            "constant": "function_call_expression",
        },
        bodiless="method_declaration",
    ),
    "python": NameNodes(
        {
            "open": "module block if_statement elif_clause else_clause try_statement except_clause"
            " finally_clause with_statement decorated_definition expression_statement",
            "binding": "assignment",
            "value": "type_alias_statement:left",
            "import": "import_from_statement",
        },
        (b"def ", b"class "),
    ),
    "ruby": NameNodes(
        {
            "open": "program body_statement begin if unless then else singleton_class",
            "binding": "assignment",
            "value": "alias:name",
            "local": "block do_block",
            "accessors": "call",
        }
    ),
    "rust": NameNodes(
        {
            "open": "source_file declaration_list field_declaration_list enum_variant_list block",
            "container": "enum_variant",
            "qualifier": "impl_item",
            "ambient": "foreign_mod_item",
            "declaration": "function_signature_item",
            "binding": "const_item static_item",
            "value": "field_declaration:name",
            "declared": "associated_type:name",
            "statement": "use_declaration",
        },
        (b"fn ", b"struct ", b"enum ", b"impl "),
    ),
    "scala": NameNodes(
        {
            "open": "compilation_unit package_clause template_body enum_body enum_case_definitions"
            " indented_block extension_definition",
            "parameters": "class_parameters",
            "declaration": "function_declaration",
            "binding": "val_definition var_definition:pattern=value",
            "value": "simple_enum_case:name full_enum_case:name class_parameter:name",
            "declared": "val_declaration:name var_declaration:name",
            "statement": "export_declaration",
        }
    ),
    "swift": NameNodes(
        {
            "open": "source_file class_body enum_class_body protocol_body",
            "declaration": "protocol_function_declaration",
            "binding": "property_declaration",
            "value": "enum_entry:name",
            "declared": "protocol_property_declaration:name",
        }
    ),
    "tsx": _TYPESCRIPT,
    "typescript": _TYPESCRIPT,
    "zig": NameNodes(
        {
            "open": "source_file block return_expression expression_statement error_set_declaration",
            "anonymous": "struct_declaration enum_declaration union_declaration opaque_declaration",
            "binding": "variable_declaration",
            "value": "container_field:name error_set_declaration:*identifier",
        },
        (b"struct", b"union", b"enum"),
        bodiless="function_declaration",
    ),
}
"""The nodes of each language of `GRAMMARS`."""
