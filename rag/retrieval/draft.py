"""Names that a generator's first draft uses: what the second round of retrieval searches for.

    import pandas as pd              ->  pandas.read_csv   (known, by the import)
    frame = pd.read_csv(path)            .pivot            (not known: a method of something)
    frame.pivot("a")

Zhang et al. 2023, "RepoCoder"; Eghbali and Pradel 2024, "De-Hallucinator".
"""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Final, NamedTuple

from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names, imported_names_in_lines, resolve_name
from rag.retrieval.questions.query import OTHER_NAMES

# What a name stands for if the draft does not import it: these are conventions.
_USUAL: Final = OTHER_NAMES | {
    "ax": "matplotlib.axes.Axes",
    "df": "pandas.DataFrame",
    "plt": "matplotlib.pyplot",
}

MAX_DRAFT_CHARS: Final = 20_000
MAX_NAMES: Final = 12
MAX_KEYWORDS: Final = 20
_MAX_NAME_CHARS: Final = 200

_BUILTINS: Final = frozenset(dir(builtins))
# Methods of builtin types: where nothing is known of an object, `.append` is most likely that of a list.
_EVERYDAY: Final = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int, float) for name in dir(kind)
)
_CALL = re.compile(r"(?<![\w.:>])([A-Za-z_]\w{0,80}(?:(?:\.|::|->)[A-Za-z_]\w{0,80}){0,8})!?[ ]?\(")
_METHOD = re.compile(r"(?<=[\])])\.([A-Za-z_]\w{0,80})\(")
_DEFINED = re.compile(r"^[ \t]{0,40}(?:async def|def|class|func|function|fn) (\w{1,80})", re.MULTILINE)
_CODE_SIGNS = re.compile(r"\w[(\[]|[=;{}]|::|->|\s--?\w|^\s*(?:import|from) \w")
_KEYWORDS: Final = frozenset(
    {"and", "catch", "elif", "fn", "for", "func", "function", "if", "import", "in", "match", "not", "or"}
    | {"return", "switch", "while", "with"}
)


class Used(NamedTuple):
    """A name that a draft uses.

    Args:
        name: the qualified name as far as the imports show it: `os.path.join`, or `.pivot` for a method.
        spelled: the name as it stands in the draft.
        is_known: whether the first part is a module or a class, and not a variable.
        keywords: the names of the arguments that its calls are given by name.
    """

    name: str
    spelled: str
    is_known: bool
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that is code: its text, and the names that it uses but does not define, known ones first."""

    code: str
    used: tuple[Used, ...]


def read_draft(text: str) -> Draft | None:
    """Return `text` with the names that it uses, at most `MAX_NAMES`; None if it is not code.

    Names of Python are resolved through its imports, or through conventional aliases (`pd`) where an import
    is missing; names of other languages stay as they are spelled. It never raises.
    """
    code = dedent(text[:MAX_DRAFT_CHARS]).strip("\n")
    tree = parse_python(code)
    if tree is None and not _is_code(code):
        return None
    if tree is not None and not any(isinstance(node, _STATEMENTS) for node in ast.walk(tree)):
        return None
    names = _names_in_tree(tree) if tree else _names_in_text(code)
    keywords = _keywords(tree) if tree else {}
    used: dict[str, Used] = {}
    for spelled in names.used:
        one = _resolved(spelled, names, is_python=tree is not None)
        if one and len(used) < MAX_NAMES:
            used.setdefault(one.name, one._replace(keywords=keywords.get(spelled, ())))
    # Known names first: a method of an unknown object may belong to any class.
    return Draft(code, tuple(sorted(used.values(), key=lambda one: not one.is_known)))


_STATEMENTS = (
    ast.Call,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AugAssign,
    ast.FunctionDef,
    ast.Subscript,
)


def _is_code(text: str) -> bool:
    """Return whether more lines of `text` look like code than like sentences."""
    code = sentences = 0
    for line in text.splitlines():
        words = line[:500].split()
        plain = sum(word.strip(".,:;!?'\"()").isalpha() for word in words)
        if len(words) >= 5 and plain >= 0.8 * len(words):
            sentences += 1
        elif _CODE_SIGNS.search(line[:500]):
            code += 1
    return code > sentences


class _Names(NamedTuple):
    """What local names stand for, the names that a draft defines itself, and all that it uses, in order."""

    aliases: dict[str, str]
    own: set[str]
    used: Iterator[str]


def _names_in_tree(tree: ast.Module) -> _Names:
    aliases = imported_names(tree)
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.Assign):
            _remember_type(node, aliases)
    return _Names(aliases, own, _used_in(tree))


def _remember_type(node: ast.Assign, aliases: dict[str, str]) -> None:
    """Remember that after `frame = pd.DataFrame(...)` the name `frame` stands for `pandas.DataFrame`."""
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Name) and isinstance(value, ast.Call):
        made = dotted_name(value.func)
        if made.rpartition(".")[2][:1].isupper():
            aliases.setdefault(target.id, resolve_name(made, aliases) or resolve_name(made, _USUAL) or made)


def _used_in(tree: ast.Module) -> Iterator[str]:
    """Yield called functions in order, `.name` for a method of an unnamed object, then base classes."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    # Sorted by where names end: `a().b()` calls `a` first, and both calls start at the same place.
    for node in sorted(calls, key=lambda call: (call.func.end_lineno or 0, call.func.end_col_offset or 0)):
        dotted = dotted_name(node.func)
        if dotted:
            yield dotted
        elif isinstance(node.func, ast.Attribute):
            yield f".{node.func.attr}"
    for other in ast.walk(tree):
        if isinstance(other, ast.ClassDef):
            yield from filter(None, map(dotted_name, other.bases))


def _keywords(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Return the names of the arguments that each call is given by name, by what is called."""
    found: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = tuple(keyword.arg for keyword in node.keywords[:MAX_KEYWORDS] if keyword.arg)
            called = dotted_name(node.func) or f".{getattr(node.func, 'attr', '')}"
            found[called] = (*found.get(called, ()), *given)[:MAX_KEYWORDS]
    return found


def _names_in_text(code: str) -> _Names:
    """Find names in code that is not Python, or that is incomplete, by patterns."""
    found = [(match.start(), match[1]) for match in _CALL.finditer(code)]
    found += [(match.start(), f".{match[1]}") for match in _METHOD.finditer(code)]
    names_used = (re.sub("::|->", ".", name) for _, name in sorted(found))
    return _Names(imported_names_in_lines(code), set(_DEFINED.findall(code)), names_used)


def _resolved(spelled: str, names: _Names, *, is_python: bool) -> Used | None:
    """Return a name in full; None if the draft defines it, or if it is a builtin or a common method."""
    first, dot, _ = spelled.partition(".")
    last = spelled.rpartition(".")[2]
    if len(spelled) > _MAX_NAME_CHARS or first in names.own:
        return None
    if not dot and (first in _KEYWORDS or (first in _BUILTINS and first not in names.aliases)):
        return None
    if full_name := resolve_name(spelled, names.aliases) or (resolve_name(spelled, _USUAL) if dot else ""):
        return Used(full_name, spelled, is_known=True)
    if first[:1].isupper() or not dot:  # a class, or a function whose import is not in the draft
        return Used(spelled, spelled, is_known=True)
    if last in _EVERYDAY or (last.startswith("__") and is_python):
        return None
    # In `os.path.join` without its import, `os` is a module; in `frame.pivot`, `frame` is a variable. Both
    # look alike, so only the last part is searched for, and the index decides.
    return Used(f".{last}", spelled, is_known=False)
