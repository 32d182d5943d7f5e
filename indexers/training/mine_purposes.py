"""Count which words are said where an API is used, for the table of purposes that comes with the package.

    python -m indexers.training.mine_purposes [--wheels FOLDER] [--out FILE]

Words come from comments above statements, and from the names and the first paragraphs of the docstrings of
functions that do few things. The code is that of the packages in purposes_packages.txt and of the standard
library. What a package uses of itself does not count, nor what only one package says of an API. How much a
word says of an API is the logarithm of how much more often it is said of it than of all others, with a
Dirichlet prior (Zhai & Lafferty 2004, "A Study of Smoothing Methods for Language Models").
"""

import argparse
import ast
import builtins
import math
import re
import sysconfig
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from corpora.syntax.parse_python import parse_python
from indexers.tokens import query_tokens, tokenize
from indexers.training.make_builtin import fetch, requirements, wheel_name
from indexers.training.mine_usage import comments_by_line
from indexers.training.used_names import ANY_FILE, UseCounter, UsingFile
from indexers.vocabulary.purposes import MOST_USES, PURPOSES_FILE, Purposes

_PACKAGES: Final = Path(__file__).parent / "purposes_packages.txt"
_MAX_BYTES: Final = 600_000  # of a file; larger ones are tables
_MAX_CHARS: Final = 300  # of a comment or docstring
_MIN_WORDS, _MAX_WORDS = 3, 40
_LETTERS: Final = 0.6  # share of a comment in words
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_NO_PURPOSE: Final = ("todo", "type:", "noqa", "pylint", "fixme", "xxx", "copyright", "see ")
_MAX_CALLS_OF_A_STATEMENT, _MAX_CALLS_OF_A_FUNCTION = 6, 12  # more do several things
_OF_A_FUNCTION: Final = 0.7  # weight of what a function says of what it uses, beside that of a comment
_MIN_FILES, _MIN_CORPORA = 3, 2
_LEAST_LIFT: Final = 2.0
_BUILTIN_METHODS: Final = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int, float) for name in dir(kind) if name[0] != "_"
)
_LEAST_SAID: Final = 1.0
_PRIOR: Final = 20.0  # words that are said of each API as they are of all


class PythonFile(NamedTuple):
    """A file of a corpus: a package, or the standard library."""

    corpus: str
    path: str
    text: str


class _Use(NamedTuple):
    """What is said of which names: by a function of what it uses, or by a comment of its statement."""

    words: frozenset[str]
    by_function: bool
    names: frozenset[str]
    corpus: str


def mine_purposes(files: Iterable[PythonFile]) -> Purposes:
    """Return what is said of the APIs that Python files of several corpora use of other packages."""
    counter, uses = UseCounter(), list[_Use]()
    for corpus, path, text in files:
        tree = parse_python(text)
        if tree is not None:
            file = UsingFile(tree, path)
            counter.add(file, corpus)
            uses += _uses(file, text, corpus)
    known = _known(counter)
    return _counted([use._replace(names=use.names & known) for use in uses])


def python_files(wheels: Path) -> Iterator[PythonFile]:
    """Yield the Python files of the packages in purposes_packages.txt, and of the standard library."""
    names = {wheel_name(line.partition("==")[0]) for line in requirements(_PACKAGES)}
    for wheel in sorted(wheels.glob("*.whl"), key=lambda path: path.name.lower()):
        corpus = wheel_name(wheel.name.partition("-")[0])
        if corpus not in names:
            continue
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                if _is_read(member.filename, member.file_size):
                    text = archive.read(member).decode("utf-8", "replace")
                    yield PythonFile(corpus, member.filename, text)
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py")):
        # Installed packages below the standard library are code of other projects.
        if "-packages" not in str(path.relative_to(library)) and _is_read(path.name, path.stat().st_size):
            text = path.read_text(encoding="utf-8", errors="replace")
            yield PythonFile("stdlib", path.relative_to(library).as_posix(), text)


def _is_read(path: str, size: int) -> bool:
    return path.endswith(".py") and size <= _MAX_BYTES and "vendor" not in path


def _known(counter: UseCounter) -> set[str]:
    """Return the names that are surely of their package.

    Whose method is called is not known: it is taken for one of the packages beside which it is called much
    more often than elsewhere.
    """
    names = counter.counts(min_files=_MIN_FILES, min_corpora=_MIN_CORPORA)
    lifts = {name: counter.lift(name) for name in names if ":" in name}
    most: defaultdict[str, float] = defaultdict(float)
    for name, lift in lifts.items():
        last = name.partition(":")[2]
        most[last] = max(most[last], lift)

    def is_known(name: str) -> bool:
        root, is_method, last = name.partition(":")
        if last.startswith("_"):
            return False
        if not is_method:
            return not name.startswith(f"{ANY_FILE}.") or hasattr(builtins, name.partition(".")[2])
        if root == ANY_FILE:
            return last in _BUILTIN_METHODS
        return lifts[name] >= max(_LEAST_LIFT, most[last] / 2)

    return {name for name in names if is_known(name)}


def _uses(file: UsingFile, text: str, corpus: str) -> Iterator[_Use]:
    comments = comments_by_line(text.splitlines())
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = (ast.get_docstring(node) or "").partition("\n\n")[0][:_MAX_CHARS]
            words = {*tokenize(node.name), *(query_tokens(docstring) if _is_purpose(docstring) else ())}
            inner: list[ast.AST] = [*node.body]
            most, by_function = _MAX_CALLS_OF_A_FUNCTION, True
        elif isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef):
            comment = comments.get(node.lineno - 1, "")[:_MAX_CHARS]
            if not _is_purpose(comment):
                continue
            words = set(query_tokens(comment))
            inner = [child for child in ast.iter_child_nodes(node) if not _is_block(child)]
            most, by_function = _MAX_CALLS_OF_A_STATEMENT, False
        else:
            continue
        calls = sum(isinstance(child, ast.Call) for one in inner for child in ast.walk(one))
        if words and 0 < calls <= most and (names := file.names_in(inner)):
            yield _Use(frozenset(words), by_function, frozenset(names), corpus)


def _is_block(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt | ast.excepthandler | ast.match_case)


def _is_purpose(said: str) -> bool:
    letters = sum(map(len, _WORD.findall(said)))
    return (
        _MIN_WORDS <= len(said.split()) <= _MAX_WORDS
        and letters >= _LETTERS * len(said.replace(" ", ""))
        and not said.lower().startswith(_NO_PURPOSE)
    )


def _counted(uses: list[_Use]) -> Purposes:
    uses = [use for use in uses if use.names]
    having = Counter(word for use in uses for word in use.words)
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    corpora: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for words, by_function, names, corpus in uses:
        weight = _OF_A_FUNCTION / len(names) if by_function else 1 / math.sqrt(len(names))
        for name in names:
            for word in words:
                said[name][word] += weight  # type: ignore[assignment]  # (counts may be fractions)
                corpora[name, word].add(corpus)
    whole = having.total()
    found: defaultdict[str, list[tuple[float, str, float]]] = defaultdict(list)
    for name, words_of_name in said.items():
        length = words_of_name.total()
        for word, count in words_of_name.items():
            usual = having[word] / whole
            more = math.log((count + _PRIOR * usual) / ((length + _PRIOR) * usual))
            if count >= _LEAST_SAID and len(corpora[name, word]) >= _MIN_CORPORA and more > 0:
                found[word].append((count * more, name, more))
    # The APIs of which a word is surely said: what is said once of a rare one may be chance.
    weights = {
        word: {name: more for _, name, more in sorted(said_of, reverse=True)[:MOST_USES]}
        for word, said_of in found.items()
    }
    rarity = {word: math.log(1 + len(uses) / (1 + having[word])) for word in weights}
    return Purposes.of_weights(weights, rarity, unknown=math.log(1 + len(uses)))


def main() -> None:
    """Count, and write the table that comes with the package."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheels", type=Path, help="folder that keeps the wheels for the next run")
    parser.add_argument("--out", type=Path, default=PURPOSES_FILE, help="file of the table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wheels = options.wheels or Path(temporary, "wheels")
        fetch(wheels, _PACKAGES)
        purposes = mine_purposes(python_files(wheels))
    purposes.save(options.out)
    size = options.out.stat().st_size / 1024
    print(f"{len(purposes)} words, {size:.0f} KiB")  # noqa: T201  what was made


if __name__ == "__main__":
    main()
