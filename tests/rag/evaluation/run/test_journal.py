"""Records of a run survive a kill, and a damaged file is reported."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import RagError
from rag.evaluation.report import ShownPassage
from rag.evaluation.run.journal import Journal
from rag.evaluation.run.records import (
    Ablation,
    PromptRecord,
    ReferenceVerdict,
    RepairedSample,
    SampleVerdict,
    SelectedSample,
    WrittenTests,
)
from rag.evaluation.sample import Sample
from rag.execution import Verdict

VERDICT = Verdict("failed", "AssertionError", "out\n", "\udcff", 0.25, "bwrap")
PASSAGE = ShownPassage(1, "numpy.sum", "docs: sum.html", 0.1 + 0.2)
RECORDS: list[Any] = [
    ReferenceVerdict("t", VERDICT),
    PromptRecord("t", "retrieved", "prompt", (PASSAGE,), ("a", "b"), 0.3, 2, ("c",)),
    PromptRecord("t", "none", "prompt"),
    Sample("t", "none", 3, "é\r\n\u2028 \ud800", "x = 1\n", -0.5),
    SampleVerdict("t", "oracle", 0, VERDICT),
    WrittenTests("t", 1, "f(1) == 2"),
    SelectedSample("t", "none", "mbr-exec+likelihood", 2, "examples"),
    RepairedSample("t", "none", 0, "x", "passed", VERDICT, ('{"a": 1}', "{}")),
    Ablation("t", PASSAGE, 5, 3),
]


def opened(path: Path) -> Journal[Sample]:
    return Journal(path, Sample, lambda one: (one.task_id, one.number))


def sample(number: int, text: str = "text") -> Sample:
    return Sample("t", "none", number, text, text)


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: type(one).__name__)
def test_every_record_comes_back_as_it_was(tmp_path: Path, record: Any) -> None:
    Journal(tmp_path / "j", type(record), lambda one: 0).add(record)
    again = Journal(tmp_path / "j", type(record), lambda one: 0)
    assert again[0] == record and list(again) == [record]
    assert {record: 1}[again[0]] == 1  # as hashable as it was


def test_no_file_is_made_before_the_first_record(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    assert len(journal) == 0 and ("t", 0) not in journal and journal.get(("t", 0)) is None
    assert not (tmp_path / "j").exists()


def test_records_are_found_by_their_keys(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    for number in (1, 0):
        journal.add(sample(number))
    assert ("t", 1) in journal and ("t", 2) not in journal
    assert journal["t", 0] == journal.get(("t", 0)) == sample(0)
    assert [one.number for one in opened(tmp_path / "j")] == [1, 0]


def test_a_later_record_takes_the_place_of_one_before_it(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    journal.add(sample(0, "old"))
    journal.add(sample(0, "new"))
    assert len(journal) == len(opened(tmp_path / "j")) == 1
    assert journal["t", 0] == opened(tmp_path / "j")["t", 0] == sample(0, "new")


def test_a_record_is_on_disk_when_it_was_added(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    journal.add(sample(0))
    assert opened(tmp_path / "j")["t", 0] == sample(0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1, max_size=5), st.data())
def test_wherever_it_was_cut_off_the_whole_lines_are_kept_and_it_goes_on(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "j"
    journal = opened(path)
    ends = [0]
    for number, text in enumerate(texts):
        journal.add(sample(number, text))
        ends.append(path.stat().st_size)
    cut = data.draw(st.integers(0, ends[-1]))
    path.write_bytes(path.read_bytes()[:cut])
    whole = sum(end <= cut for end in ends) - 1
    torn = opened(path)
    assert [one.text for one in torn] == texts[:whole]
    torn.add(sample(99))
    assert [one.text for one in opened(path)] == [*texts[:whole], "text"]


DAMAGED = [
    ("{", "Expecting property name"),
    ("null", "the record is null, where an object is expected"),
    ("[]", "the record is a list, where an object is expected"),
    ("5", "the record is a number, where an object is expected"),
    ('{"task_id": "t"}', "the field context is missing"),
    ("", "Expecting value"),
    ("\xff", "utf-8"),
]
FIELDS = [
    ({"number": "0"}, "the field number is text, where a whole number is expected"),
    ({"number": True}, "the field number is true or false, where a whole number is expected"),
    ({"number": 0.5}, "the field number is a number, where a whole number is expected"),
    ({"text": None}, "the field text is null, where text is expected"),
    ({"context": "no"}, "the field context is 'no', not one of: none, retrieved, wrong, oracle"),
    ({"log_likelihood": "x"}, "the field log_likelihood is text, where a number is expected"),
    ({"log_likelihood": 10**400}, "the field log_likelihood is too large a number"),
    ({"no": 1}, "the field no is not known"),
]


def damaged(path: Path, line: str) -> RagError:
    """Return the error for a journal whose second of three lines is `line`."""
    journal = opened(path)
    for number in range(3):
        journal.add(sample(number))
    lines = path.read_bytes().split(b"\n")
    lines[1] = line.encode("latin-1")
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(RagError, match=r"line 2 of .*j is damaged") as caught:
        opened(path)
    assert len(path.read_bytes().split(b"\n")) == 4  # nothing was thrown away
    return caught.value


@pytest.mark.parametrize(("line", "why"), DAMAGED)
def test_a_damaged_line_in_the_middle_is_reported(tmp_path: Path, line: str, why: str) -> None:
    error = damaged(tmp_path / "j", line)
    assert why in error.why and "delete this line" in error.fix


@pytest.mark.parametrize(("changed", "why"), FIELDS)
def test_a_field_that_does_not_fit_is_named(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    line = json.dumps(asdict(sample(1)) | changed)
    assert why in damaged(tmp_path / "j", line).why


def test_a_field_within_a_record_is_named_with_its_place(tmp_path: Path) -> None:
    fields = asdict(PromptRecord("t", "none", "prompt", (PASSAGE, PASSAGE)))
    fields["passages"][1]["rank"] = "first"
    (tmp_path / "j").write_text(f"{json.dumps(fields)}\n")
    with pytest.raises(RagError) as caught:
        Journal(tmp_path / "j", PromptRecord, lambda one: one.task_id)
    assert caught.value.why == "the field passages[1].rank is text, where a whole number is expected"


def test_fields_with_a_default_may_be_missing_as_in_a_run_of_an_older_version(tmp_path: Path) -> None:
    fields = asdict(sample(0))
    del fields["log_likelihood"]
    (tmp_path / "j").write_text(f"{json.dumps(fields)}\n")
    assert opened(tmp_path / "j")["t", 0] == sample(0)
