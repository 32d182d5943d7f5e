"""Mine source trees for questions and the documentation that answers them.

    python -m indexers.training.compact.mine --out PAIRS.jsonl FOLDER...

A folder holds one project: its Python code, and its guides if it has any. Its name is that of the project.
A question comes from a comment above a call, the sentence before an example, a sentence that refers to an
API, or the first paragraph of a docstring; the answer is the documentation of what is called, referred to
or described. No file is run or imported.
"""

import argparse
import ast
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from corpora.syntax.module_name import module_name
from corpora.syntax.python_imports import imported_names
from indexers.training.compact.asked import cleaned, is_question, last_sentence, mentioned_names
from indexers.training.compact.documented_units import Units
from indexers.training.compact.guides import guide_passages, without_prompts
from indexers.training.compact.uses import answers, commented_uses, example_use

PairKind = Literal["mention", "example", "comment", "summary"]

_MAX_FILE_BYTES = 400_000
_GUIDES: Final = frozenset({".rst", ".md", ".ipynb"})
_NO_GUIDE: Final = re.compile(
    r"(?:changelog|changes|news|history|release|whatsnew|contributing|authors)", re.I
)
_NO_API: Final = re.compile(
    r"(?:^|/)(?:tests?|testing|_tests?|benchmarks?|examples?|docs?|_?vendor(?:ed)?|extern|asv_bench|ci|tools"
    r"|scripts)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)
_MIN_REST_CHARS = 80  # of a docstring after its first paragraph, which is the question
_MAX_TEXT_CHARS = 400
_ANSWERS = 2  # per use: the two that are used least say most about it
_MAX_QUESTIONS_OF_A_UNIT, _MAX_ANSWERS_OF_A_QUESTION = 25, 3


@dataclass(frozen=True, slots=True)
class DocumentationPair:
    """A question, and the name and text of the documentation unit that answers it."""

    kind: PairKind
    query: str
    name: str
    text: str
    project: str


def mine_project(folder: Path) -> list[DocumentationPair]:
    """Return the pairs of the project in a folder, in a fixed order."""
    units, asked = Units(), list[tuple[PairKind, str, list[str]]]()
    files = [path for path in sorted(folder.rglob("*")) if _is_read(path)]
    modules = {path: tree for path in files if path.suffix == ".py" and (tree := _parsed(_text(path)))}
    for path, tree in modules.items():
        relative = path.relative_to(folder).as_posix()
        if not _NO_API.search(relative):
            units.add_module(tree, module_name(relative))
    for path, tree in modules.items():
        module = module_name(path.relative_to(folder).as_posix())
        names = imported_names(tree, module, is_package=path.name == "__init__.py")
        asked += [
            ("comment", use.question, answers(use, units)) for use in commented_uses(tree, _text(path), names)
        ]
    for path in files:
        if path.suffix in _GUIDES and not _NO_GUIDE.search(path.name):
            asked += _of_guide(_text(path), path.suffix, units)
    for name, docstring in units.docstrings.items():
        asked += _of_docstring(name, docstring, units)
    return list(_limited(asked, units, folder.name))


def _of_guide(text: str, suffix: str, units: Units) -> Iterator[tuple[PairKind, str, list[str]]]:
    names: dict[str, str] = {}
    for passage in guide_passages(text, suffix):
        for mention in mentioned_names(passage.paragraph):
            yield "mention", mention.question, _listed(units.named(mention.name))
        tree = _parsed(passage.code) if passage.code else None
        if tree is not None:
            names |= imported_names(tree)  # a guide imports once
            for use in commented_uses(tree, passage.code, names):
                yield "comment", use.question, answers(use, units)
            for use in example_use(last_sentence(passage.paragraph), tree, names):
                yield "example", use.question, answers(use, units)


def _of_docstring(name: str, docstring: str, units: Units) -> Iterator[tuple[PairKind, str, list[str]]]:
    summary, _, rest = docstring.partition("\n\n")
    if len(rest) >= _MIN_REST_CHARS:
        yield "summary", cleaned(summary), [name]
    for passage in guide_passages(docstring, ".rst"):
        for mention in mentioned_names(passage.paragraph):
            target = units.named(mention.name)
            if target != name:
                yield "mention", mention.question, _listed(target)
        tree = _parsed(without_prompts(passage.code)) if passage.code else None
        if tree is not None:
            for use in example_use(last_sentence(passage.paragraph), tree, imported_names(tree)):
                yield "example", use.question, answers(use, units)


def _limited(
    asked: Iterable[tuple[PairKind, str, list[str]]], units: Units, project: str
) -> Iterator[DocumentationPair]:
    """Yield the pairs that are questions, few of each question and of each unit."""
    good = [(kind, query, names) for kind, query, names in asked if names and is_question(query)]
    frequency = Counter(name for _, _, names in good for name in names)
    seen: set[tuple[str, str]] = set()
    by_unit, by_query = Counter[str](), Counter[str]()
    for kind, query, names in good:
        for name in sorted(names, key=lambda name: (frequency[name], name))[:_ANSWERS]:
            key = query.lower(), name
            if key in seen or by_unit[name] >= _MAX_QUESTIONS_OF_A_UNIT:
                continue
            if by_query[key[0]] >= _MAX_ANSWERS_OF_A_QUESTION:
                continue
            seen.add(key)
            by_unit[name] += 1
            by_query[key[0]] += 1
            docstring = units.docstrings[name]
            text = docstring.partition("\n\n")[2] if kind == "summary" else docstring
            yield DocumentationPair(kind, query, name, text[:_MAX_TEXT_CHARS], project)


def _listed(name: str | None) -> list[str]:
    return [name] if name else []


def _is_read(path: Path) -> bool:
    is_known = path.suffix == ".py" or path.suffix in _GUIDES
    return is_known and path.is_file() and not path.is_symlink() and path.stat().st_size <= _MAX_FILE_BYTES


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings(action="ignore"):  # of strange escapes in strings
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def main() -> None:
    """Mine the folders of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path, help="folders of projects")
    parser.add_argument("--out", type=Path, required=True, help="file for the pairs")
    options = parser.parse_args()
    with options.out.open("w", encoding="utf-8") as file:
        for folder in options.folders:
            for pair in mine_project(folder):
                file.write(json.dumps(asdict(pair)) + "\n")


if __name__ == "__main__":
    main()
