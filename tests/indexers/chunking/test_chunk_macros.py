"""What a macro defines in C or C++ has a chunk and a name; a bracket too many costs no definition."""

from itertools import groupby

import pytest

from corpora.document import Document, Origin
from indexers.chunking.document import chunk_document

BODY = "\n  run(first, second, third, fourth, fifth, sixth, seventh, eighth);\n"


def named(source: str, language: str = "cpp", max_chars: int = 80) -> list[str]:
    document = Document(Origin("sources", "a.cc", language, "code"), source, "hash")
    chunking = chunk_document(document, max_chars=max_chars)
    assert chunking.method == "syntax"
    return [name for name, _ in groupby(chunk.symbol for chunk in chunking.chunks) if name]


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("TEST_F(Suite, Name)", "Suite.Name"),
        ("TYPED_TEST(Suite, Name)", "Suite.Name"),
        ("TEST_P(Suite, Name)", "Suite.Name"),
        ("TYPED_TEST_P(Suite, Name)", "Suite.Name"),
        ("BENCHMARK_DEFINE_F(Fixture, Name)(benchmark::State& state)", "Fixture.Name"),
        ("BOOST_DATA_TEST_CASE(parses, data, first, second)", "parses"),
        ("Test(suite, name)", "suite.name"),
        ('TEST_CASE("vectors can be sized", "[vector]")', "vectors can be sized"),
        ('TEST_CASE_METHOD(Fixture, "can be sized")', "Fixture.can be sized"),
        ('SCENARIO("a queue overflows")', "a queue overflows"),
        ("BOOST_AUTO_TEST_CASE(parses)", "parses"),
        ("BOOST_FIXTURE_TEST_CASE(parses, Fixture)", "parses"),
        ("SYSCALL_DEFINE0(getpid)", "getpid"),
        ("SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)", "read"),
        ("COMPAT_SYSCALL_DEFINE2(stat, const char *, name, int, flag)", "stat"),
        ('DEFUN("car", Fcar, Scar, 1, 1, 0)', "car"),
        ('MATCHER_P(IsEven, n, "")', "IsEven"),
        ('CATCH_TEST_CASE("can be sized")', "can be sized"),
        ("PYBIND11_MODULE(example, m)", "example"),
        ("START_TEST(overflows)", "overflows"),
        ("PHP_FUNCTION(strlen)", "strlen"),
        ("JNIEXPORT void JNICALL Java_dates_parse(JNIEnv *env)", "Java_dates_parse"),
        ("JNIEXPORT jint JNICALL Java_dates_parse(JNIEnv *env)", "Java_dates_parse"),
    ],
)
def test_a_macro_with_a_block_defines_its_first_arguments(language: str, head: str, name: str) -> None:
    source = f"/* What it is about. */\n{head}\n{{{BODY}}}\n\nint after(void) {{{BODY}}}\n"
    assert named(source, language) == [name, "after"]


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("BENCHMARK(BM_sort);", "BM_sort"),
        ("BENCHMARK(BM_sort)->Range(8, 64)->Unit(kMillisecond);", "BM_sort"),
        ("Q_DECLARE_METATYPE(Queue);", "Queue"),
        ('DEFINE_bool(verbose, true, "Say more.");', "verbose"),
        ('ABSL_FLAG(string, name, "", "Whose.");', "name"),
        ('ABSL_FLAG(bool, verbose, false, "Say more.");', "verbose"),
        ("DECLARE_VECTOR(int, numbers);", "numbers"),
        ("INSTANTIATE_TEST_SUITE_P(Instance, Suite, testing::Values(1, 2));", "Instance"),
        ("static DEFINE_MUTEX(lock);", "lock"),
        ("static DEFINE_PER_CPU(struct rq, runqueues);", "runqueues"),
        ("DEFINE_PER_CPU(rq_t, runqueues);", "runqueues"),
        ('PyDoc_STRVAR(open_doc, "Open it.");', "open_doc"),
    ],
)
def test_a_macro_without_a_block_defines_a_name(language: str, statement: str, name: str) -> None:
    assert named(f"{statement}\n\nint after(void) {{{BODY}}}\n", language, 60) == [name, "after"]


@pytest.mark.parametrize(
    "statement",
    [
        'MODULE_LICENSE("GPL");',
        'MODULE_PARM_DESC(queue, "How long.");',
        "EXPORT_SYMBOL(queue);",
        "module_init(queue);",
        "STATIC_ASSERT(queue);",
    ],
)
def test_a_statement_that_only_mentions_a_name_defines_none(statement: str) -> None:
    assert named(f"{statement}\n\nint after(void) {{{BODY}}}\n", "c", 60) == ["after"]


def test_the_chunk_of_a_macro_has_its_comment_its_head_and_its_body() -> None:
    source = f'int a;\n\n// Sorts.\nTEST_CASE("sorts") {{{BODY}}}\n'
    document = Document(Origin("sources", "a.cc", "cpp", "code"), source, "hash")
    (chunk,) = [c for c in chunk_document(document, max_chars=90).chunks if c.symbol]
    assert chunk.text.startswith("// Sorts.\nTEST_CASE")
    assert chunk.signature == 'TEST_CASE("sorts")'
    assert (chunk.start_line, chunk.end_line) == (3, 6)


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_each_test_has_a_chunk_however_small_it_is(language: str) -> None:
    source = "".join(f"TEST(Sum, Of{n}) {{ EXPECT_EQ({n}, sum({n})); }}\n\n" for n in range(9))
    assert named(source, language, 1500) == [f"Sum.Of{n}" for n in range(9)]


def test_a_large_block_of_a_macro_is_cut_with_its_name() -> None:
    assert named(f"TEST(Suite, Name) {{{BODY * 5}}}\n", "c") == ["Suite.Name"]


@pytest.mark.parametrize(
    "head",
    [
        'TEMPLATE_TEST_CASE("can be sized", "[vector]", int, std::string, (std::tuple<int, float>))',
        'TEMPLATE_TEST_CASE(\n    "can be sized",\n    "[vector]",\n    float,\n    double )',
        'TEST_CASE_METHOD(Fixture<int>, "can be sized", "[vector]")',
    ],
)
def test_types_as_arguments_of_a_macro_do_no_harm(head: str) -> None:
    source = f"namespace lib {{\n{head} {{{BODY}}}\n\nint after(void) {{{BODY}}}\n}}\n"
    first, after = named(source, "cpp", 200)
    assert first in ("lib.can be sized", "lib.Fixture.can be sized")
    assert after == "lib.after"


def test_a_constructor_keeps_its_name() -> None:
    source = f"struct Queue {{\n  Queue(Size) {{{BODY}}}\n  Queue(int n) {{{BODY}}}\n}};\n"
    assert set(named(source)) == {"Queue", "Queue.Queue"}


@pytest.mark.parametrize(
    "head", ["FOR_EACH(item, queue)", "IF_DEBUG(level)", "list_for_each_entry(item, queue)"]
)
def test_a_macro_that_controls_defines_nothing(head: str) -> None:
    assert named(f"{head} {{{BODY}}}\n\nint after(void) {{{BODY}}}\n", "c") == ["after"]


FUNCTIONS = "".join(f"int f{n}(void) {{{BODY}}}\n\n" for n in range(30))


@pytest.mark.parametrize(
    "broken",
    [
        "#ifdef A\nint g(int a) {\n#else\nint g(void) {\n#endif\n  return 1;\n}\n",
        "int g(void) {\n#ifdef A\n  if (a) {\n#else\n  if (b) {\n#endif\n  run(); }\n}\n",
        "int g(void) {\n  if (a) {\n#ifdef A\n    run();\n  } else {\n#endif\n    stop();\n  }\n}\n",
        "int g(void) {\n#if A\n  if (a) run(); else\n#endif\n  if (b) stop();\n}\n",
    ],
    ids=["two heads", "two conditions", "an end in a branch", "an else before"],
)
def test_a_function_that_a_conditional_splits_costs_no_other_function(broken: str) -> None:
    found = named(FUNCTIONS + broken + FUNCTIONS, "c")
    assert [name for name in found if name != "g"] == [f"f{n}" for n in range(30)] * 2


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("c", "int f{n}(void) {{ return {n} + 1000000000; }}\n"),
        ("java", "class F{n} {{ int a = 1000000000; int b; }}\n"),
        ("javascript", "function f{n}() {{ return {n} + 1000000000; }}\n"),
        ("go", "func f{n}() int {{ return {n} + 1000000000 }}\n"),
        ("rust", "fn f{n}() -> u32 {{ {n} + 1000000000 }}\n"),
        ("php", "function f{n}() {{ return {n} + 1000000000; }}\n"),
    ],
)
def test_a_file_with_one_bracket_too_many_is_still_cut_by_syntax(language: str, source: str) -> None:
    many = "".join(source.format(n=n) for n in range(40))
    start = "<?php\n" if language == "php" else ""
    found = named(f"{start}{many}{{ {{\n{many}", language, 60)
    assert len({name.lower() for name in found}) >= 35
