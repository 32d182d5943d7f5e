"""Which words of a question are names of code."""

from time import process_time

import pytest

from rag.retrieval.questions.asked_names import asked_names, option_of
from rag.retrieval.questions.query import read_query
from tests import SLOWNESS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("where is TF_PLUGIN_CACHE_DIR read", ["TF_PLUGIN_CACHE_DIR"]),
        ("why does evaluateCountExpression fail", ["evaluateCountExpression"]),
        ("what does read_csv() return", ["read_csv"]),
        ("Vec::push and Queue#drain", ["Vec.push", "Queue.drain"]),
        ("the `serve` function", ["serve"]),
        ("IOError from HTTPServer", ["IOError", "HTTPServer"]),
        ("how are routes registered", []),
        ("what does JSON do, e.g. on Linux", []),
        ("open README.md or setup.py", []),
        ("mail to joe@some_host.com", []),
    ],
)
def test_names_are_spelled_as_names_only_are(text: str, names: list[str]) -> None:
    assert [asked.name for asked in asked_names(text) if asked.is_certain] == names


def test_a_word_with_a_capital_letter_may_be_a_name_unless_it_begins_the_sentence() -> None:
    found = asked_names("Where is the Router made? Sessions are kept")
    assert [(asked.name, asked.is_certain) for asked in found] == [("Router", False)]


@pytest.mark.parametrize(
    ("text", "names", "whole"),
    [
        ("tar -x", ["tar -x"], "tar -x"),
        ("what does tar -x do", ["does-tar -x", "tar -x"], ""),
        ("git log --author=me", ["git-log --author", "log --author"], "git-log --author"),
        ("ls -la", ["ls -la", "ls -l", "ls -a"], "ls -la"),
        ("find -iname", ["find -iname"], "find -iname"),
        ("curl -k -L", ["curl -k", "curl -L"], ""),
        ("x - y, z -1 or a--b", [], ""),
        ("is tar -x of app_dir safe", ["app_dir", "is-tar -x", "tar -x"], ""),
        ("see foo/bar -x or a@b -y", [], ""),
    ],
)
def test_an_option_is_named_with_its_command(text: str, names: list[str], whole: str) -> None:
    assert [asked.name for asked in asked_names(text)] == names
    assert option_of(text) == read_query(text).name == whole


def test_a_number_behind_a_word_is_an_option_only_where_it_is_all() -> None:
    assert [asked.name for asked in read_query("ls -1").names] == ["ls -1"]
    assert read_query("values lower than -1 in an array").names == ()


def test_many_names_are_cut_off() -> None:
    assert len(asked_names(" ".join(f"name_{n}" for n in range(1000)))) == 8


@pytest.mark.parametrize(
    "text", ["alpha beta " * 90_000, "A" * 500_000, "a_" * 200_000, "Abc. " * 100_000, "a -b=" * 100_000]
)
def test_a_question_without_end_is_read_in_little_time(text: str) -> None:
    start = process_time()
    names = read_query(text).names
    assert process_time() - start < 2 * SLOWNESS
    assert all(len(asked.name) <= 100 for asked in names)


def test_the_ends_of_a_name_may_be_what_is_defined() -> None:
    assert asked_names("http.Response.make(404)")[0].ends == ["http.Response.make", "Response.make", "make"]
    assert asked_names("a.b.c.d.e()")[0].ends == ["a.b.c.d.e", "d.e", "e"]
    assert asked_names("`make`")[0].ends == ["make"]
