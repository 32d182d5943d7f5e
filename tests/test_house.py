"""The rules of the house that a program can check."""

import ast
import importlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import rag
from tests import ROOT

ROOMS = ("corpora", "indexers", "rag")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


class Facts(NamedTuple):
    """What the rules ask of a module: every file is parsed once for all of them.

    Attributes:
        imported: names of modules that it imports; some of them are names in modules.
        sql: statements of SQL, and calls that run statements.
        public: names that it defines, and does not just import.
    """

    imported: frozenset[str]
    sql: frozenset[str]
    public: frozenset[str]


@cache
def facts_of(path: Path) -> Facts:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    return Facts(
        frozenset(imported_names(nodes)), frozenset(sql_in(nodes)), frozenset(public_names(tree.body))
    )


def imported_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    above = ROOMS[ROOMS.index(path.relative_to(ROOT).parts[0]) + 1 :]
    assert not {name for name in facts_of(path).imported if name.partition(".")[0] in above}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def in_a_circle(graph: Mapping[str, Set[str]]) -> dict[str, Set[str]]:
    """Return the part of `graph` that remains when leaf after leaf is removed: none if it has no circle."""
    left = dict(graph)
    while leaves := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in leaves:
            del left[name]
    return {name: needed & left.keys() for name, needed in left.items()}


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {module_of(path): path for path in SOURCES}
    assert not in_a_circle({name: facts_of(path).imported & modules.keys() for name, path in modules.items()})


FOLDERS = sorted({path.parent for path in SOURCES})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_circle_ties_the_rooms_of_a_folder(folder: Path) -> None:
    """A room is a module of the folder, or a folder below it with all that it holds."""
    modules = {module_of(path): path for path in SOURCES if path.is_relative_to(folder)}

    def room(module: str) -> str:
        return modules[module].relative_to(folder).parts[0].removesuffix(".py")

    graph: dict[str, set[str]] = {room(name): set() for name in modules}
    for name, path in modules.items():
        graph[room(name)] |= {room(needed) for needed in facts_of(path).imported & modules.keys()} - {
            room(name)
        }
    del graph["__init__"]  # the face of the folder: it hands on names of its rooms
    assert not in_a_circle(graph)


_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|WITH) [\w\W]*", re.ASCII)
_RUNS_SQL = frozenset({"execute", "executemany", "executescript"})


def sql_in(nodes: list[ast.AST]) -> set[str]:
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    calls = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return {text for text in texts if _SQL.fullmatch(text)} | (calls & _RUNS_SQL)


def test_sql_is_written_in_the_catalog_only() -> None:
    """The store of crawled pages, which is a database of its own, is the one exception."""
    allowed = {*(ROOT / "indexers" / "catalog").glob("*.py"), ROOT / "corpora" / "crawl" / "store.py"}
    assert {path for path in SOURCES if facts_of(path).sql} <= allowed
    assert facts_of(ROOT / "indexers" / "catalog" / "catalog.py").sql


def public_names(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def test_a_public_name_has_one_home_and_one_meaning() -> None:
    homes: dict[str, list[str]] = {}
    for path in SOURCES:
        for name in facts_of(path).public - {"main"}:
            if not name.startswith("_"):
                homes.setdefault(name, []).append(module_of(path))
    assert len(homes) > 500
    assert not {name: modules for name, modules in homes.items() if len(modules) > 1}


def test_folders_stay_small() -> None:
    modules = Counter(str(path.parent.relative_to(ROOT)) for path in SOURCES if path.name != "__init__.py")
    assert not {folder: count for folder, count in modules.items() if count > 20}


def test_files_stay_small() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert not {name: lines for name, lines in lengths.items() if lines > 320}


def test_every_name_of_rag_is_what_its_home_calls_so() -> None:
    tree = ast.parse((ROOT / "rag" / "__init__.py").read_text())
    names = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert names - {"import_module", "TYPE_CHECKING", "Any"} == set(rag.__all__) == set(rag._HOMES)
    assert rag.__all__ == sorted(rag.__all__)
    for name, home in rag._HOMES.items():
        assert getattr(rag, name) is getattr(importlib.import_module(home), name)
    assert set(rag.__all__) <= set(dir(rag))
    with pytest.raises(AttributeError, match="module 'rag' has no attribute 'retrieves'"):
        rag.retrieves  # noqa: B018


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        (
            "rag",
            "torch faiss tree_sitter tantivy scipy bs4 lxml griffe jinja2 httpx rich loky detect_secrets",
        ),
        (
            "rag.cli.main",
            "indexers.building.update indexers.building.prepare indexers.planning.plan "
            "indexers.training.own_code pathspec",
        ),
    ],
)
def test_importing_loads_nothing_that_few_need(module: str, heavy: str) -> None:
    program = f"import sys, {module}; print([name for name in {heavy.split()} if name in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert printed.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["corpora", "indexers"])
def test_a_folder_that_hides_one_of_ours_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    program = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; import rag"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert f"ImportError: the package '{name}' of docprompting is hidden by {tmp_path}" in done.stderr


def test_prompts_holds_templates_only() -> None:
    files = [path for path in (ROOT / "prompts").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".jinja"}
