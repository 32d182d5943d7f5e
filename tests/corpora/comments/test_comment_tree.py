"""Documentation comments are documentation in every language that is cut by syntax."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.comments.documented import documented_sections
from corpora.comments.tree import CommentTree
from corpora.document import Document, Listed, Skipped
from corpora.spec import CorpusSpec
from corpora.syntax.comment_text import comment_text
from corpora.syntax.grammars import GRAMMARS
from indexers.index import Index
from rag.docs import add_docs, list_docs

# language -> source, and `name | signature | text` of what it documents.
SOURCES = {
    "go": (
        "// Package queue keeps jobs.\npackage queue\n\n// A remark.\n\nfunc free() {}\n\n"
        "// Push adds a job.\nfunc (q *Queue) Push(job Job) error { return nil }\n\n"
        "// Job is one.\ntype Job struct {\n\tName string // its name\n}\n",
        [
            "queue | package queue | Package queue keeps jobs.",
            "queue.Queue.Push | func (q *Queue) Push(job Job) error | Push adds a job.",
            "queue.Job | type Job struct | Job is one.\n\nJob struct {\n\tName string // its name\n}",
        ],
    ),
    "java": (
        "package a.b;\n/** A queue.\n * <p>\n */\npublic class Queue {\n"
        "  /** Adds.\n   * @param x it */\n  @Override\n  public void push(int x) {}\n"
        "  // no\n  void pop() {}\n}\n",
        [
            "a.b.Queue | public class Queue | A queue.\n<p>",
            "a.b.Queue.push | public void push(int x) | Adds.\n@param x it",
        ],
    ),
    "rust": (
        "//! About it.\n\n/// A queue.\n#[derive(Debug)]\npub struct Queue;\n\nimpl Queue {\n"
        "    /// Adds.\n    ///\n    /// # Examples\n    pub fn push(&self) {}\n"
        "    // no\n    fn pop() {}\n}\n",
        [
            "x |  | About it.",
            "Queue | pub struct Queue; | A queue.",
            "Queue.push | pub fn push(&self) | Adds.\n\n# Examples",
        ],
    ),
    "cpp": (
        "namespace n {\n/**\n * @brief Adds.\n */\ntemplate <class T> int add(T a) { return 1; }\n"
        "struct P {\n  int x; ///< across\n};\n}\n",
        ["n.add | template <class T> int add(T a) | @brief Adds.", "n.P.x | int x; | across"],
    ),
    "c_sharp": (
        'namespace N;\n/// <summary>\n/// Adds <see cref="T:X"/>.\n/// </summary>\n'
        '/// <param name="a">it</param>\npublic class C { }\n',
        ["N.C | public class C | Adds X.\n\n@param a it"],
    ),
    "ruby": (
        "module M\n  # Adds.\n  def add(a)\n  end\nend\n",
        ["M.add | def add(a) | Adds."],
    ),
    "kotlin": (
        "package a\n\n/** Adds. */\nfun add(a: Int): Int = a\n",
        ["a.add | fun add(a: Int): Int | Adds."],
    ),
    "php": (
        "<?php\nnamespace A\\B;\n/** Adds. */\nfunction add($a) {}\n",
        ["A.B.add | function add($a) | Adds."],
    ),
    "swift": ("/// Adds.\nfunc add(a: Int) -> Int { a }\n", ["add | func add(a: Int) -> Int | Adds."]),
    "scala": ("/** Adds. */\nobject A { def f = 1 }\n", ["A | object A | Adds."]),
    "typescript": (
        "/** Adds. */\nexport function add(a: number): number { return a }\n",
        ["add | export function add(a: number): number | Adds."],
    ),
    "python": (
        '"""About it."""\nclass Q:\n    def push(self, x: int) -> None:\n'
        '        """Adds.\n\n        Twice.\n        """\n',
        ["x |  | About it.", "x.Q.push | def push(self, x: int) -> None | Adds.\n\nTwice."],
    ),
    "elixir": (
        'defmodule Q do\n  @moduledoc """\n  A queue.\n  """\n\n  @doc "Adds."\n  def push(q), do: q\nend\n',
        ["Q | defmodule Q | A queue.", "Q.push | def push(q), do: q | Adds."],
    ),
    "haskell": ("module Q where\n\n-- | Adds.\nadd :: Int -> Int\nadd a = a\n", None),
}  # fmt: skip


@pytest.mark.parametrize("language", SOURCES)
def test_documented_definitions_are_units(language: str) -> None:
    text, expected = SOURCES[language]
    found = list(documented_sections(text.encode(), language, "src/x.any"))
    shown = [f"{section.name} | {section.signature} | {section.text}" for section in found]
    if expected is None:
        assert [(section.name.rpartition(".")[2], section.text) for section in found] == [("add", "Adds.")]
    else:
        assert shown == expected


def test_code_in_comments_keeps_its_lines() -> None:
    assert comment_text("/**\n * A.\n *\n *     if (x) {\n *         y();\n */") == (
        "A.\n\n    if (x) {\n        y();"
    )


def test_a_tree_is_documentation_of_a_library_without_its_tests_and_secrets(tmp_path: Path) -> None:
    tree = tmp_path / "billing"
    (tree / "tests").mkdir(parents=True)
    key = "AKIA" + "QWERTYUIOPASDFGH"
    (tree / "pay.go").write_text(f"package pay\n\n// Pay with {key}.\nfunc Pay() {{}}\n", encoding="utf-8")
    (tree / "tests" / "x.py").write_text('"""A test."""\n', encoding="utf-8")
    (tree / "README.md").write_text("# Billing\n", encoding="utf-8")
    corpus = CommentTree(CorpusSpec("billing", "comments", str(tree), version="2.0"))
    found = {item.path: item for item in corpus.scan()}
    assert {path for path, item in found.items() if isinstance(item, Listed)} == {"pay.go"}
    listed = found["pay.go"]
    assert isinstance(listed, Listed)
    document = corpus.read(listed)
    assert isinstance(document, Document)
    assert (document.origin.kind, document.origin.library, document.origin.version) == (
        "docs",
        "billing",
        "2.0",
    )
    assert key not in document.text and "REDACTED" in document.text


def test_comments_are_added_by_their_kind(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.rb").write_text("# Adds.\ndef add(a)\nend\n", encoding="utf-8")
    add_docs(tmp_path / "index", [str(tmp_path / "tree")], library="adder", version="1", kind="comments")
    with Index.open(tmp_path / "index") as index:
        (entry,) = list_docs(index)
    assert (entry.kind, entry.library, entry.version, entry.units) == ("comments", "adder", "1", 1)


def test_a_file_that_documents_nothing_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    corpus = CommentTree(CorpusSpec("t", "comments", str(tmp_path)))
    (listed,) = corpus.scan()
    assert isinstance(listed, Listed)
    read = corpus.read(listed)
    assert isinstance(read, Skipped) and read.reason == "empty"


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(set(GRAMMARS) - {"haskell"})), st.text("/*#-\"'{}()<>@ \nabdef:;=") | st.text())
def test_no_text_breaks_the_reader(language: str, text: str) -> None:
    for section in documented_sections(text.encode("utf-8", "replace"), language, "x"):
        assert section.name and section.text
