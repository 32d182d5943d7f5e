"""What is wrong with a data set is reported with file, line and field."""

import base64
import gzip
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest

from corpora.errors import CorpusError, UnknownName
from rag.evaluation.datasets import DATASETS, open_dataset
from tests.rag.evaluation.datasets.test_datasets import HUMANEVAL, ODEX, RECORDS, STDIN, beir, written


def message_of(name: str, path: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        open_dataset(name, path)
    return str(caught.value)


REQUIRED = [
    ("humaneval", "prompt"),
    ("humaneval", "canonical_solution"),
    ("mbpp", "test_list"),
    ("mbpp", "code"),
    ("odex", "test"),
    ("odex", "entry_point"),
    ("ds1000", "code_context"),
    ("gitchameleon", "starting_code"),
    ("livecodebench", "question_id"),
    ("livecodebench", "public_test_cases"),
]


@pytest.mark.parametrize(("name", "field"), REQUIRED)
def test_a_missing_field_is_reported_with_file_and_line(tmp_path: Path, name: str, field: str) -> None:
    record = RECORDS[name]
    lacking = {key: value for key, value in record.items() if key != field}
    path = written(tmp_path / "data.jsonl", [record, lacking])
    assert f"{path}, line 2: the field '{field}' is missing" in message_of(name, path)


def test_a_field_that_may_have_two_names_is_reported_by_both(tmp_path: Path) -> None:
    record = {key: value for key, value in ODEX.items() if key != "intent"}
    path = written(tmp_path / "odex.jsonl", [record])
    assert "the field 'intent' or 'query' is missing" in message_of("odex", path)


@pytest.mark.parametrize(("field", "value"), [("prompt", ["a"]), ("entry_point", {}), ("test", True)])
def test_a_field_of_another_kind_is_reported(tmp_path: Path, field: str, value: Any) -> None:
    path = written(tmp_path / "h.jsonl", [HUMANEVAL | {field: value}])
    assert f"line 1: the field {field!r} is not text" in message_of("humaneval", path)


def test_an_element_of_an_array_is_reported_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "h.json"
    path.write_text(json.dumps([HUMANEVAL, {}]))
    message = message_of("humaneval", path)
    assert f"{path}, element 2: the field 'prompt' is missing" in message
    assert "it holds: nothing" in message


BROKEN = {
    "no JSON": (b'{"intent": "a"}\n{"intent":\n', "line 2 is not JSON"),
    "no object": (b"3\n", "line 1 is not an object"),
    "no array": (b"[{]", "is not JSON"),
    "no UTF-8": (b'{"intent": "a"}\n\n{"intent": "\xff"}\n', "line 3 is not UTF-8"),
    "no UTF-8 in an array": (b'[\n{"a": "\xff"}]', "line 2 is not UTF-8"),
    "cut short": (gzip.compress(b'{"intent": "a"}\n')[:-9], "cannot be read"),
    "no gzip": (b"\x1f\x8bxxx", "cannot be read"),
    "empty": (b"\n\n", "holds no task"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path, name: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(BROKEN[name][0])
    message = message_of("jsonl", path)
    assert str(path) in message
    assert BROKEN[name][1] in message


def test_two_tasks_with_one_id_are_reported(tmp_path: Path) -> None:
    path = written(tmp_path / "h.jsonl", [HUMANEVAL, RECORDS["humaneval"]])
    message = message_of("humaneval", path)
    assert "two tasks of" in message
    assert "the id 'HumanEval/0'" in message
    assert "task 1 and task 2" in message


def test_an_unknown_field_of_ones_own_tasks_is_reported_with_the_known_ones(tmp_path: Path) -> None:
    message = message_of("jsonl", written(tmp_path / "own.jsonl", [{"intent": "a", "test": "assert f()"}]))
    assert "line 1: the field 'test' is not known" in message
    assert "after, before, cases, date, entry_point, gold, group, id, intent" in message


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"language": "ruby"}, "it has to be one of: python, bash"),
        ({"place": "nowhere"}, "it has to be one of: in program, as text"),
        ({"gold": [1]}, "'gold' is not a list of texts"),
        ({"cases": ["x"]}, "'cases' is not a list of objects"),
        ({"cases": [{"stdin": "x"}]}, "line 1, cases 1: the field 'stdout' is missing"),
    ],
)
def test_a_wrong_value_of_ones_own_tasks_is_reported(
    tmp_path: Path, fields: dict[str, Any], part: str
) -> None:
    assert part in message_of("jsonl", written(tmp_path / "own.jsonl", [{"intent": "a"} | fields]))


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("hostile",))


@pytest.mark.parametrize("held", [Hostile(), ["[]", "[]"], 3, "no JSON"])
def test_private_cases_that_are_no_text_are_reported_and_never_unpickled(
    tmp_path: Path, held: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    private = base64.b64encode(zlib.compress(pickle.dumps(held))).decode()
    path = written(tmp_path / "test.jsonl", [STDIN | {"private_test_cases": private}])
    assert "line 1: the field 'private_test_cases' cannot be read" in message_of("livecodebench", path)
    assert not (tmp_path / "hostile").exists()


@pytest.mark.parametrize("packed", ["!", "AAAA", base64.b64encode(zlib.compress(b"x" * 99)[:-6]).decode()])
def test_private_cases_that_are_not_packed_are_reported(tmp_path: Path, packed: str) -> None:
    path = written(tmp_path / "test.jsonl", [STDIN | {"private_test_cases": packed}])
    assert "'private_test_cases' cannot be read" in message_of("livecodebench", path)


def test_a_judgement_that_is_none_is_reported_by_its_line(tmp_path: Path) -> None:
    assert "test.tsv, line 3 is not a judgement" in message_of("beir", beir(tmp_path, "q1\td1\t1\nq1 d2 1\n"))


def test_judgements_of_other_queries_are_reported(tmp_path: Path) -> None:
    message = message_of("beir", beir(tmp_path, "q1\td1\t1\nq9\td1\t1\n"))
    assert "judges queries that do not exist" in message
    assert "'q9'" in message


def test_judgements_that_can_be_several_have_to_be_named(tmp_path: Path) -> None:
    folder = beir(tmp_path)
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "train.tsv")
    (folder / "qrels" / "dev.tsv").write_text("")
    assert "qrels/ holds dev.tsv, train.tsv" in message_of("beir", folder)


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    assert f"there is no file {tmp_path / 'x'}" in message_of("odex", tmp_path / "x")
    with pytest.raises(CorpusError, match="cannot be read"):
        open_dataset(tmp_path / "x")


def test_a_folder_in_place_of_a_file_is_reported(tmp_path: Path) -> None:
    assert "is a folder" in message_of("odex", tmp_path)


def test_a_name_alone_is_said_to_need_a_path() -> None:
    with pytest.raises(CorpusError, match="the data set odex needs a path"):
        open_dataset("odex")


def test_an_unknown_name_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="data set 'humanevil'") as caught:
        open_dataset("humanevil", tmp_path)
    assert caught.value.fix == "did you mean 'humaneval'?"


@pytest.mark.parametrize("record", [{"question": "a"}, {"nl": "a", "cmd": "b"}, {}])
def test_fields_of_no_known_format_are_reported_with_all_names(
    tmp_path: Path, record: dict[str, str]
) -> None:
    path = written(tmp_path / "data.jsonl", [record])
    with pytest.raises(CorpusError, match="is not recognised") as caught:
        open_dataset(path)
    assert all(name in caught.value.fix for name in DATASETS)


def test_a_folder_of_no_known_format_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is not recognised"):
        open_dataset(tmp_path)
    beir(tmp_path)
    (tmp_path / "README.md").write_text("# Readme")
    with pytest.raises(CorpusError, match="is not recognised") as caught:
        open_dataset(tmp_path)
    assert "beir and tldr" in caught.value.why
