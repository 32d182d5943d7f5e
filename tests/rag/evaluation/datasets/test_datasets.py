"""Each data set in its public format: its tasks, and a reference that passes its tests."""

import base64
import gzip
import json
import pickle
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation.datasets import DATASETS, open_dataset
from rag.evaluation.task import Case, Task
from tests.plugins import install_plugin


def written(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def passes(task: Task) -> bool:
    """Return whether the reference passes the tests, which run here, since they are our own."""
    assert task.is_executable
    for check in task.checks(task.reference):
        names = {"__name__": "__main__"}
        exec(compile(check.program.source, "program.py", "exec"), names)
        exec(check.program.tests, names)
    return True


HUMANEVAL: dict[str, Any] = {
    "task_id": "HumanEval/0",
    "prompt": 'import math\n\n\ndef half(n):\n    """ Half of n,\n    rounded down. """\n',
    "canonical_solution": "    return math.floor(n / 2)\n",
    "test": "def check(candidate):\n    assert candidate(3) == 1\n",
    "entry_point": "half",
}
MBPP: dict[str, Any] = {
    "task_id": 601,
    "text": "Write a function to double a pair.",
    "code": "def double(p):\r\n    return Pair(p.a * 2)",
    "test_list": ["assert double(Pair(1)).a == 2"],
    "test_setup_code": "class Pair:\n    def __init__(self, a):\n        self.a = a",
    "challenge_test_list": ["assert False"],
}
ODEX: dict[str, Any] = {
    "task_id": "3283984",
    "intent": "sort `a` in place",
    "prompt": "def f_3283984(a):\n\t",
    "suffix": "\n\treturn a",
    "canonical_solution": "\n    for _ in a:\n\t    a.sort()",
    "test_start": "\nimport math\n\ndef check(candidate):",
    "test": ["\n    assert candidate([2, 1]) == [1, 2]\n", "\n    assert candidate([math.inf, 1])[0] == 1\n"],
    "entry_point": "f_3283984",
    "library": ["math"],
}
CONTEXT = """
exec_context = "def f(data):\\n[insert]\\nresult = f(5)\\n"
def test_execution(solution):
    names = {}
    exec(exec_context.replace("[insert]", solution), names)
    assert names["result"] == 25
def test_string(solution):
    assert "for" not in solution
"""
DS1000: dict[str, Any] = {
    "prompt": "Problem:\nHow do I square it?\n\nA:\n<code>\nimport math\ndef f(data):\n"
    "    # return the solution in this function\n    ### BEGIN SOLUTION",
    "reference_code": "    return data ** 2\n",
    "metadata": {"problem_id": 7, "library": "Sklearn", "perturbation_type": "Origin"},
    "code_context": CONTEXT,
}
GITCHAMELEON: dict[str, Any] = {
    "example_id": "12",
    "library": "torch",
    "version": "1.9.0",
    "python_version": "3.7",
    "problem": "Round it down.",
    "starting_code": "import math\r\ndef first():\r\n    pass\r\ndef down(x):\r\n    return math.",
    "solution": "floor(x)",
    "test": "assert down(1.5) == 1",
    "type_of_change": "Name change ",
    "additional_dependencies": "scipy==1.7.3 numpy==1.21.6",
    "extra_dependencies": "numpy==1.21.6",
    "release_date": "2021-06",
}
STDIN: dict[str, Any] = {
    "question_id": "abc301_a",
    "question_content": "Print the number twice.",
    "starter_code": "",
    "public_test_cases": json.dumps([{"input": "1\n", "output": "1\n1\n", "testtype": "stdin"}]),
    "private_test_cases": "[]",
    "metadata": "{}",
    "difficulty": "easy",
    "contest_date": "2023-05-13T00:00:00",
}
FUNCTIONAL = STDIN | {
    "question_id": "2847",
    "starter_code": "class Solution:\n    def pair(self, a: List[int], b: int) -> List[int]:\n        ",
    "public_test_cases": json.dumps([{"input": "[1]\n2", "output": "[1, 2]", "testtype": "functional"}]),
    "metadata": json.dumps({"func_name": "pair"}),
}


def test_humaneval_asks_what_the_docstring_says_and_shows_the_prompt(tmp_path: Path) -> None:
    (task,) = open_dataset("humaneval", written(tmp_path / "h.jsonl", [HUMANEVAL])).tasks
    assert (task.task_id, task.intent) == ("HumanEval/0", "Half of n,\nrounded down.")
    assert (task.shown, task.entry_point) == (HUMANEVAL["prompt"], "half")
    assert passes(task)


def test_mbpp_shows_its_tests_and_leaves_the_challenge_out(tmp_path: Path) -> None:
    (task,) = open_dataset("mbpp", written(tmp_path / "mbpp.jsonl", [MBPP])).tasks
    assert (task.task_id, task.intent, task.entry_point) == ("601", MBPP["text"], "double")
    assert task.shown == "# It must pass these tests:\n#     assert double(Pair(1)).a == 2\n"
    assert passes(task)


def test_sanitized_mbpp_imports_what_its_tests_need(tmp_path: Path) -> None:
    record = {
        "task_id": 2,
        "prompt": "Write a function for a half.",
        "code": "def half(n):\n    return n / 2",
        "test_imports": ["import math"],
        "test_list": ["assert math.isclose(half(1), 0.5)"],
    }
    path = tmp_path / "sanitized-mbpp.json"
    path.write_text(json.dumps([record]))
    found = open_dataset(path)
    assert found.name == "mbpp"
    assert found.tasks[0].entry_point == "half"
    assert passes(found.tasks[0])


def test_odex_puts_answers_between_prompt_and_suffix_with_spaces_for_tabs(tmp_path: Path) -> None:
    (task,) = open_dataset("odex", written(tmp_path / "en_test.jsonl", [ODEX])).tasks
    assert (task.before, task.after) == ("def f_3283984(a):\n    ", "\n    return a\n")
    assert (task.libraries, task.group) == (("math",), "open domain")
    assert passes(task)


def test_odex_with_gold_says_query_and_solution(tmp_path: Path) -> None:
    names = {"task_id": "id", "intent": "query", "canonical_solution": "solution"}
    record = {names.get(key, key): value for key, value in ODEX.items()} | {"gold": ["python.list#sort"]}
    found = open_dataset(written(tmp_path / "odex.jsonl", [record, record | {"library": []}]))
    assert found.name == "odex"
    assert [task.task_id for task in found.tasks] == ["3283984", "3283984#2"]
    assert [task.group for task in found.tasks] == ["open domain", "closed domain"]
    assert found.tasks[0].gold == ("python.list#sort",)
    assert passes(found.tasks[1])


def test_conala_takes_the_rewritten_intent_where_there_is_one(tmp_path: Path) -> None:
    record = {"intent": "How?", "rewritten_intent": "sort `a`", "snippet": "a.sort()", "question_id": 5}
    path = tmp_path / "conala-test.json"
    path.write_text(json.dumps([record, record | {"rewritten_intent": None}]))
    found = open_dataset(path)
    assert found.name == "conala"
    assert [(task.task_id, task.intent) for task in found.tasks] == [("5", "sort `a`"), ("5#2", "How?")]
    assert not found.tasks[0].is_executable


def test_conala_of_docprompting_has_gold(tmp_path: Path) -> None:
    record = {"nl": "sort `a`", "cmd": "a.sort()", "question_id": "5-1", "cmd_name": "conala"}
    record |= {"canonical_cmd": "VAR_STR.sort()"}
    gold = {"oracle_man": ["python.library.stdtypes#list.sort"]}
    found = open_dataset(written(tmp_path / "c.jsonl", [record | gold]))
    assert (found.name, found.tasks[0].reference) == ("conala", "a.sort()")
    assert found.tasks[0].gold == ("python.library.stdtypes#list.sort",)


def test_ds1000_takes_the_prompt_apart_and_tests_the_text_of_an_answer(tmp_path: Path) -> None:
    (task,) = open_dataset("ds1000", written(tmp_path / "ds1000.jsonl", [DS1000])).tasks
    assert (task.task_id, task.intent) == ("ds1000/7", "How do I square it?")
    assert task.shown == "import math\ndef f(data):\n    # return the solution in this function\n"
    assert (task.libraries, task.group) == (("scikit-learn",), "Sklearn")
    assert task.tests == "test_execution(solution)\ntest_string(solution)\n"
    assert passes(task)


def test_ds1000_says_in_a_comment_what_variable_to_fill(tmp_path: Path) -> None:
    prompt = "Problem:\nWhich is largest?\nA:\n<code>\ndata = [1]\n</code>\nresult = ... # put it here\n"
    record = {
        "id": "ds1000/1",
        "query": f"{prompt}BEGIN SOLUTION\n<code>\n",
        "library": "Numpy",
        "gold": ["g"],
    }
    found = open_dataset(written(tmp_path / "d.jsonl", [record | {"solution": "", "code_context": ""}]))
    assert (found.name, found.tasks[0].gold) == ("ds1000", ("g",))
    assert found.tasks[0].intent == "Which is largest?"
    assert found.tasks[0].shown == "data = [1]\n# result = ... # put it here\n"


def test_ds1000_asks_in_comments_where_the_prompt_is_code(tmp_path: Path) -> None:
    prompt = "import matplotlib\n\n# draw a line\n# in red\n# SOLUTION START\n"
    record = DS1000 | {"prompt": prompt}
    (task,) = open_dataset("ds1000", written(tmp_path / "d.jsonl", [record])).tasks
    assert (task.intent, task.shown) == (
        "draw a line\nin red",
        "import matplotlib\n\n# draw a line\n# in red\n",
    )


def test_tldr_of_docprompting_is_of_commands(tmp_path: Path) -> None:
    record = {
        "nl": "list all",
        "cmd": "ls {{-a}}",
        "cmd_name": "ls",
        "question_id": "9",
        "oracle_man": ["ls_3"],
    }
    found = open_dataset(written(tmp_path / "cmd_dev.json", [record]))
    assert found.name == "tldr"
    assert found.tasks == (
        Task("9", "list all", reference="ls {{-a}}", language="bash", gold=("ls_3",), libraries=("ls",)),
    )


def test_an_example_that_stands_twice_in_docprompting_has_a_number(tmp_path: Path) -> None:
    record = {"nl": "list all", "cmd": "ls", "cmd_name": "ls", "question_id": "9", "oracle_man": []}
    found = open_dataset("tldr", written(tmp_path / "cmd_test.json", [record, record]))
    assert [task.task_id for task in found.tasks] == ["9", "9#2"]


def test_tldr_pages_have_a_task_for_each_example(tmp_path: Path) -> None:
    page = tmp_path / "pages" / "linux" / "tar.md"
    page.parent.mkdir(parents=True)
    page.write_text(
        "# tar\n\n> Archives.\n> More information: <https://example.org>.\n\n"
        "- [c]reate an archive from [f]iles:\n\n`tar cf {{a.tar}} {{a b}}`\n\n"
        "- List it:\n\n`tar tf {{a.tar}}`\n"
    )
    found = open_dataset(tmp_path / "pages")
    assert (found.name, found.paths) == ("tldr", (page,))
    assert [task.task_id for task in found.tasks] == ["linux/tar/1", "linux/tar/2"]
    assert found.tasks[0].intent == "create an archive from files"
    assert found.tasks[0].reference == "tar cf {{a.tar}} {{a b}}"
    assert {(task.group, task.libraries) for task in found.tasks} == {("linux", ("tar",))}
    assert open_dataset("tldr", page).tasks == found.tasks


def test_gitchameleon_pins_the_library_and_what_it_needs(tmp_path: Path) -> None:
    (task,) = open_dataset("gitchameleon", written(tmp_path / "g.jsonl", [GITCHAMELEON])).tasks
    assert task.requirements == ("torch==1.9.0", "numpy==1.21.6", "scipy==1.7.3")
    assert (task.python, task.date, task.group) == ("3.7", "2021-06", "name change")
    assert (task.entry_point, task.libraries) == ("down", ("torch",))
    assert passes(task)


def test_gitchameleon_that_begins_outside_of_a_function_has_no_entry_point(tmp_path: Path) -> None:
    code = "import math\ndef other():\n    pass\n\nvalue = math."
    record = GITCHAMELEON | {"starting_code": code, "solution": "pi", "test": "assert value > 3"}
    (task,) = open_dataset("gitchameleon", written(tmp_path / "g.jsonl", [record])).tasks
    assert task.entry_point == ""
    assert passes(task)


def packed(cases: list[dict[str, str]]) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(cases)))).decode()


@pytest.mark.parametrize("pack", [json.dumps, packed])
def test_livecodebench_has_public_and_private_cases(tmp_path: Path, pack: Any) -> None:
    private = pack([{"input": "é\n", "output": "é\né\n", "testtype": "stdin"}])
    record = STDIN | {"private_test_cases": private}
    (task,) = open_dataset("livecodebench", written(tmp_path / "test.jsonl", [record])).tasks
    assert task.cases == (Case("1\n", "1\n1\n"), Case("é\n", "é\né\n"))
    assert (task.group, task.date) == ("easy", "2023-05-13T00:00:00")
    assert "from collections import *" in task.before


@pytest.mark.parametrize(("digits", "fits"), [(50_000, True), (50_001, False)])
def test_livecodebench_prints_numbers_as_long_as_its_own_evaluation_does(
    tmp_path: Path, digits: int, fits: bool
) -> None:
    (task,) = open_dataset("livecodebench", written(tmp_path / "test.jsonl", [STDIN])).tasks
    source = task.source(f"print(10 ** {digits - 1})")
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)
    assert (len(ran.stdout.strip()) == digits, b"Exceeds the limit (50000" in ran.stderr) == (fits, not fits)


@pytest.mark.parametrize(("result", "right"), [("[*a, b]", True), ("(*a, b)", True), ("[b]", False)])
def test_livecodebench_calls_a_method(tmp_path: Path, result: str, right: bool) -> None:
    found = open_dataset(written(tmp_path / "test.jsonl", [FUNCTIONAL]))
    (check,) = found.tasks[0].checks(f"return {result}")
    assert (found.name, found.tasks[0].entry_point, found.tasks[0].cases) == ("livecodebench", "Solution", ())
    names: dict[str, Any] = {}
    exec(check.program.source, names)
    if right:
        exec(check.program.tests, names)
    else:
        with pytest.raises(AssertionError, match=r"\[2\] is not \[1, 2\]"):
            exec(check.program.tests, names)


def test_arcade_continues_the_cells_of_a_notebook(tmp_path: Path) -> None:
    turn = {"intent": {"value": "# Problem: Which is first?"}, "code": {"value": "df.head(1)"}}
    notebook = {
        "notebook_name": "a.ipynb",
        "turns": [{"input": "...", "turn": turn | {"code_context": "df = 1"}}],
    }
    path = tmp_path / "new_tasks" / "derived_datasets" / "dataset.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([notebook, notebook]))
    found = open_dataset(path)
    assert found.name == "arcade"
    assert [task.task_id for task in found.tasks] == ["1/a.ipynb/1", "2/a.ipynb/1"]
    assert (found.tasks[0].intent, found.tasks[0].group) == ("Which is first?", "new")
    assert found.tasks[0].source("df.head(1)") == "df = 1\n\ndf.head(1)\n"
    moved = written(tmp_path / "existing_tasks" / "d.jsonl", [notebook])
    assert open_dataset(moved).tasks[0].group == "existing"


def beir(folder: Path, judgements: str = "q1\td1\t1\nq1\td2\t0\nq1\td3\t2\n") -> Path:
    written(folder / "corpus.jsonl", [{"_id": "d1", "title": "", "text": "one"}])
    written(folder / "queries.jsonl", [{"_id": "q1", "text": "first?"}, {"_id": "q2", "text": "other?"}])
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judgements}")
    return folder


def test_beir_has_a_task_for_each_query_with_a_relevant_document(tmp_path: Path) -> None:
    found = open_dataset(beir(tmp_path))
    assert found.name == "beir"
    assert found.tasks == (Task("q1", "first?", gold=("d1", "d3")),)
    assert [path.name for path in found.paths] == ["corpus.jsonl", "test.tsv", "queries.jsonl"]


def test_beir_takes_the_judgements_that_are_named(tmp_path: Path) -> None:
    dev = beir(tmp_path) / "qrels" / "dev.tsv"
    dev.write_text("query-id\tcorpus-id\tscore\r\nq2\td1\t1\r\n")
    assert [task.task_id for task in open_dataset("beir", dev).tasks] == ["q2"]
    assert [task.task_id for task in open_dataset("beir", tmp_path).tasks] == ["q1"]


def test_own_tasks_have_the_fields_of_a_task(tmp_path: Path) -> None:
    own: dict[str, Any] = {
        "intent": "double x",
        "shown": "def f(x):\n",
        "reference": "    return 2 * x",
        "after": "\n",
    }
    own |= {"tests": ["assert f(2) == 4", "assert f(0) == 0"], "gold": ["a", "b"], "libraries": "numpy"}
    cased = {"id": "b", "intent": "echo", "language": "bash", "cases": [{"stdin": "x", "stdout": "x"}]}
    found = open_dataset(written(tmp_path / "own.jsonl", [own, cased]))
    first, second = found.tasks
    assert (found.name, first.task_id, first.before) == ("jsonl", "1", "def f(x):\n")
    assert (first.gold, first.libraries) == (("a", "b"), ("numpy",))
    assert passes(first)
    assert (second.task_id, second.language, second.cases) == ("b", "bash", (Case("x", "x"),))


RECORDS: dict[str, dict[str, Any]] = {
    "ds1000": DS1000,
    "gitchameleon": GITCHAMELEON,
    "humaneval": HUMANEVAL,
    "livecodebench": STDIN,
    "mbpp": MBPP,
    "odex": ODEX,
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_format_is_recognised_by_its_fields_and_read_the_same_however_it_is_packed(
    tmp_path: Path, name: str
) -> None:
    path = written(tmp_path / "data", [RECORDS[name]])
    found = open_dataset(path)
    assert found.name == name
    text = path.read_bytes()
    variants = [gzip.compress(text), b"\xef\xbb\xbf" + text, b"\n" + text + b"\n", b" [" + text + b"]"]
    for variant in variants:
        path.write_bytes(variant)
        assert open_dataset(path).tasks == found.tasks


def test_the_hash_is_of_the_bytes_of_the_files(tmp_path: Path) -> None:
    path = written(tmp_path / "own.jsonl", [{"intent": "a"}])
    first = open_dataset(path)
    # echo '{"intent": "a"}' | sha256sum
    assert first.content_hash == "38fcd2ab430af95f5aee1215f55f97adc6041d9932c22763e294024c689f4c3a"
    path.write_text('{"intent":  "a"}\n')
    assert open_dataset(path).tasks == first.tasks
    assert open_dataset(path).content_hash != first.content_hash


def test_the_hash_of_a_folder_is_the_same_wherever_it_lies(tmp_path: Path) -> None:
    hashes = [open_dataset(beir(tmp_path / name)).content_hash for name in ("a", "b")]
    assert hashes[0] == hashes[1]
    (tmp_path / "b" / "corpus.jsonl").write_text("{}\n")
    assert open_dataset(tmp_path / "b").content_hash != hashes[0]


def test_every_data_set_has_a_loader_of_its_own() -> None:
    loaders = [DATASETS.get(name) for name in DATASETS.builtin]
    assert all(map(callable, loaders)) and len(set(loaders)) == len(loaders)
    assert list(DATASETS.builtin) == sorted(DATASETS.builtin)


def test_a_data_set_of_another_package_is_read_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
from rag.evaluation.task import Task

def load(path):
    for number, line in enumerate(path.read_text().splitlines()):
        yield Task(f"lines/{number}", line)
"""
    install_plugin(monkeypatch, tmp_path / "site", "datasets", "lines = plugin:load", source)
    path = tmp_path / "tasks.txt"
    path.write_text("sort a list\nread a file\n")
    dataset = open_dataset("lines", path)
    assert [task.intent for task in dataset.tasks] == ["sort a list", "read a file"]
