"""Source code is cut along its syntax, and each chunk knows what it defines."""

import time

import pytest

from corpora.document import Document, Origin
from corpora.syntax.grammars import GRAMMARS
from indexers.chunking.document import chunk_document
from tests import SLOWNESS
from tests.code_samples import SOURCES

# What the chunks of each source define, `symbol | signature`, when 60 visible characters fit into one.
DEFINITIONS = {
    "bash": r"""
push | push()
drain | function drain
""",
    "c": r"""
MAX | #define MAX(a, b) ((a) > (b) ? (a) : (b))
queue | struct queue
dump | static void dump(const struct queue *q)
queue_names | char **queue_names(struct queue *q, int limit)
""",
    "cpp": r"""
jobs.core.Queue | template <typename T> class Queue : public Base
jobs.core.Queue.push | void push(const T& item)
jobs.core.Queue.operator== | bool operator==(const Queue& other) const
jobs.core.Queue.front | template <typename T> T& jobs::core::Queue<T>::front()
""",
    "c_sharp": r"""
Jobs.Core.Queue | public class Queue<T> : Base
Jobs.Core.Queue.Size | public int Size
Jobs.Core.Queue.Push | public void Push(T item)
Jobs.Core.Queue.+ | public static Queue<T> operator +(Queue<T> a, T b)
""",
    "elixir": r"""
Jobs.Queue | defmodule Jobs.Queue
Jobs.Queue.push | def push(queue, item) when is_list(queue)
Jobs.Queue.drain | defp drain(_queue), do: []
""",
    "go": r"""
Queue | type Queue[T any] struct
Queue.Push | func (q *Queue[T]) Push(item T)
New | func New[T any]() *Queue[T]
""",
    "haskell": r"""
push | push :: a -> Queue a -> Queue a
push | push _ Closed = Closed
Queue | data Queue a = Queue [a] | Closed deriving (Show)
Queue | instance Functor Queue
""",
    "java": r"""
Queue | public class Queue<T> extends Base
Queue.items | private final List<T> items = new ArrayList<>();
Queue.Queue | public Queue(int limit)
Queue.size | public int size()
Queue.State | enum State
""",
    "javascript": r"""
Queue | export default class Queue extends Base
Queue.#items | #items = []
Queue.push | push(item)
drain | export const drain = async (queue)
Queue.size | Queue.prototype.size = function ()
""",
    "kotlin": r"""
Queue | class Queue<T>(private val limit: Int) : Base()
Queue.items | private val items = mutableListOf<T>()
Queue.push | fun push(item: T): Boolean
Queue.Factory | companion object Factory
Queue.drain | fun <T> Queue<T>.drain(): List<T>
""",
    "lua": r"""
Queue | local Queue = {}
Queue.push | function Queue:push(item)
Queue.drain | Queue.drain = function(queue)
open | local function open()
""",
    "php": r"""
Jobs.Core.Queue | final class Queue extends Base
Jobs.Core.Queue.push | public function push(mixed $item): void
Jobs.Core.drain | function drain(Queue $queue): int
""",
    "python": r"""
Queue | class Queue(Base)
Queue.limit | limit: int = 10
Queue.size | def size(self) -> int
Queue.Empty | class Empty(Exception)
drain | async def drain(queue: Queue, timeout: float = 1.0) -> None
""",
    "ruby": r"""
Jobs | module Jobs
Jobs.Queue | class Queue < Base
Jobs.Queue.push | def push(item)
Jobs.Queue.open | def self.open(limit = 10)
""",
    "rust": r"""
Queue | pub struct Queue<T>
Queue | impl<T> Queue<T>
Queue.push | pub fn push(&mut self, item: T)
Queue | impl<T> fmt::Display for Queue<T>
Queue.fmt | fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result
tests.starts_empty | fn starts_empty()
""",
    "scala": r"""
Queue | class Queue[T](limit: Int) extends Base
Queue.items | private val items = mutable.Buffer.empty[T]
Queue.push | def push(item: T): Unit
Queue | object Queue
""",
    "swift": r"""
Queue | public final class Queue<T>: Base
Queue.items | private var items: [T] = []
Queue.init | init(limit: Int)
Queue.push | func push(_ item: T)
Queue | extension Queue where T: Job
""",
    "tsx": r"""
Row | const Row = ({ job }: Props)
Jobs | export function Jobs({ jobs }: { jobs: Job[] })
""",
    "typescript": r"""
Job | export interface Job
Queue | export abstract class Queue<T> implements Sized
Queue.items | private items: T[] = []
Queue.push | push(item: T): void
Jobs.Retry.again | export function again(job: Job): void
drain | export const drain = async (queue: Queue<Job>): Promise<void>
""",
    "zig": r"""
std | const std = @import("std");
Queue | pub const Queue = struct
Queue.push | pub fn push(self: *Queue, item: u8) void
main | pub fn main() !void
""",
}


def code(text: str, language: str = "python") -> Document:
    return Document(Origin("corpus", "queue", language, "code"), text, "hash")


def named(source: str, language: str = "python", max_chars: int = 60) -> dict[str, str]:
    """Return the text of the chunks of each symbol, joined."""
    texts: dict[str, str] = {}
    for chunk in chunk_document(code(source, language), max_chars=max_chars).chunks:
        texts[chunk.symbol] = texts.get(chunk.symbol, "") + chunk.text
    return texts


def test_every_language_has_a_sample() -> None:
    assert SOURCES.keys() == DEFINITIONS.keys() == GRAMMARS.keys()


@pytest.mark.parametrize("language", sorted(GRAMMARS))
def test_chunks_carry_symbol_scope_and_signature(language: str) -> None:
    chunking = chunk_document(code(SOURCES[language], language), max_chars=60)
    found = dict.fromkeys(f"{chunk.symbol} | {chunk.signature}" for chunk in chunking.chunks if chunk.symbol)
    assert list(found) == DEFINITIONS[language].strip().splitlines()
    assert all(chunk.scope == chunk.symbol.rpartition(".")[0] for chunk in chunking.chunks if chunk.symbol)
    assert (chunking.method, chunking.note) == ("syntax", "")


def test_a_file_that_fits_into_one_chunk_keeps_small_definitions_together() -> None:
    source = "import os\n\ndef one(): return 1\n\ndef two(): return 2\n"
    (chunk,) = chunk_document(code(source)).chunks
    assert (chunk.symbol, chunk.text) == ("one", source)


def test_a_substantial_function_has_a_chunk_of_its_own() -> None:
    body = "    return " + " + ".join(f"value_{index}" for index in range(20)) + "\n"
    texts = named(f"LIMIT = 1\n\ndef first():\n{body}\ndef second():\n{body}", max_chars=1500)
    assert texts["first"].endswith(f"def first():\n{body}\n")
    assert texts["second"] == f"def second():\n{body}"


def test_comments_and_decorators_belong_to_the_definition_below() -> None:
    texts = named(SOURCES["python"], max_chars=70)
    assert texts["Queue.size"].startswith("    # How many wait.\n    @property\n    def size")


def test_what_is_said_above_the_first_member_of_a_module_belongs_to_that_member() -> None:
    text = "module Rack\n  # Builds applications.\n  class Builder\n"
    text += "".join(f"    def step_{n}\n      run({n}, {n}, {n})\n    end\n" for n in range(9))
    chunks = chunk_document(code(text + "  end\nend\n", "ruby"), max_chars=90).chunks
    assert [chunk.symbol for chunk in chunks if "Builds applications" in chunk.text] == ["Rack.Builder"]
    assert "class Builder" in next(chunk.text for chunk in chunks if "Builds" in chunk.text)


def test_the_head_of_a_class_stays_with_a_docstring_too_long_for_one_chunk() -> None:
    docstring = "".join(f"    It does a thing, and thing {n} as well.\n" for n in range(9))
    text = f'class Command:\n    """Runs.\n\n{docstring}    """\n\n    def run(self):\n        return 1\n'
    chunks = chunk_document(code(text), max_chars=200).chunks
    assert chunks[0].text.startswith('class Command:\n    """Runs.\n\n    It does')
    assert [chunk.symbol for chunk in chunks[:2]] == ["Command", "Command"]


def test_a_comment_behind_code_stays_with_that_code() -> None:
    source = "first_value = compute_something_long()  # noted\ndef second(): return compute(1)\n"
    assert named(source)["second"].startswith("def second")


def test_a_function_too_large_keeps_its_name_in_every_part() -> None:
    source = "def work(a,\n         b):\n" + "".join(f"    step_{i}(a, b)\n" for i in range(40))
    chunks = chunk_document(code(source), max_chars=100).chunks
    assert {(c.symbol, c.scope, c.signature) for c in chunks} == {("work", "", "def work(a, b)")}
    assert all(chunk.text.endswith("\n") for chunk in chunks)


def test_clauses_of_one_function_share_a_chunk() -> None:
    clauses = "".join(f"def size({item}), do: {item} + 1000\n" for item in range(7))
    texts = named(f"defmodule Q do\n{clauses}def empty(x), do: x == 1 + 1000\nend\n", "elixir", max_chars=160)
    assert texts["Q.size"] == clauses
    assert "def empty" in texts["Q.empty"]


def test_fields_between_methods_have_the_class_as_scope_and_no_symbol() -> None:
    method = f"void {{}}() {{{{ run({'1234567890, ' * 15}0); }}}}\n"
    fields = "int first_field_between_methods;\nint second_field_between_methods;\n"
    source = "class Q {\n" + method.format("a") + fields + method.format("b") + "}\n"
    chunks = chunk_document(code(source, "java"), max_chars=400).chunks
    assert ("", "Q", fields) in {(chunk.symbol, chunk.scope, chunk.text) for chunk in chunks}


def test_closing_brackets_are_not_left_alone() -> None:
    source = "class Q {\n  int a() { return 12345; }\n  int b() { return 12345; }\n}\n"
    assert chunk_document(code(source, "java"), max_chars=40).chunks[-1].text.endswith("}\n}\n")


def test_a_definition_inside_a_conditional_gives_the_chunk_its_name() -> None:
    source = "try:\n    import fast\nexcept ImportError:\n    def fast(value):\n        return value\n"
    assert list(named(source, max_chars=200)) == ["fast"]


def test_a_long_string_is_cut_at_line_starts() -> None:
    source = 'TEXT = """\n' + "some words in a line\n" * 100 + '"""\n'
    chunks = chunk_document(code(source), max_chars=200).chunks
    assert len(chunks) > 5
    assert all(chunk.text.endswith("\n") and chunk.symbol == "TEXT" for chunk in chunks)


def test_text_that_is_not_the_language_is_cut_by_lines_with_a_note() -> None:
    chunking = chunk_document(code(") ] } = = ? ? ) ) ] ! ! $ $\n" * 30, "java"))
    assert chunking.method == "lines"
    assert "syntax errors" in chunking.note


def test_text_too_large_to_parse_is_cut_by_lines_with_a_note() -> None:
    chunking = chunk_document(code("x = 1\n" * (GRAMMARS["python"].max_bytes // 6 + 1)))
    assert (chunking.method, "not parsed" in chunking.note) == ("lines", True)
    assert "on average" in chunk_document(code(f"x = '{'a' * 200_000}'")).note


def test_brackets_nested_without_end_are_not_parsed() -> None:
    chunking = chunk_document(code("class A {\n" * 5_000, "haskell"))
    assert (chunking.method, "nested brackets" in chunking.note) == ("lines", True)
    assert chunk_document(code("int f(x);\n" * 50_000, "c")).method == "syntax"


def test_a_missing_grammar_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(language: str) -> None:
        raise ImportError(f"no grammar for {language}")

    monkeypatch.setattr("corpora.syntax.parse.load_parser", missing)
    chunking = chunk_document(code("x = 1\n"))
    assert (chunking.method, chunking.note) == ("lines", "not cut by syntax: no grammar for python")


def test_a_language_without_grammar_is_cut_by_lines() -> None:
    chunking = chunk_document(code("SELECT 1;\n", "sql"))
    assert (chunking.method, chunking.note, len(chunking.chunks)) == ("lines", "", 1)


def test_code_of_many_definitions_is_cut_in_reasonable_time() -> None:
    source = "".join(f"def f{i}(x):\n    return x + {i}\n\n" for i in range(10_000))
    begin = time.process_time()
    chunk_document(code(source))
    assert time.process_time() - begin < 1 * SLOWNESS
