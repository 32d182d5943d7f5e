"""What a run has found stays found: records on disk, whatever a kill or an editor left of their file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import RagError
from rag.evaluation.report import ShownPassage
from rag.evaluation.run.journal import Journal
from rag.evaluation.run.records import (
    Calibrated,
    Chosen,
    Judged,
    LeftOut,
    Mended,
    Prompted,
    read_calibrated,
    read_chosen,
    read_judged,
    read_left_out,
    read_mended,
    read_prompted,
    read_sample,
)
from rag.evaluation.sample import Sample
from rag.execution import Verdict

VERDICT = Verdict("failed", "AssertionError", "out\n", "\udcff", 0.25, "bwrap")
PASSAGE = ShownPassage(1, "numpy.sum", "docs: sum.html", 0.1 + 0.2)
RECORDS: list[tuple[Any, Callable[[dict[str, Any]], Any]]] = [
    (Calibrated("t", VERDICT), read_calibrated),
    (Prompted("t", "retrieved", "prompt", (PASSAGE,), ("a", "b"), 0.3, 2, ("c",)), read_prompted),
    (Prompted("t", "none", "prompt"), read_prompted),
    (Sample("t", "none", 3, "é\r\n\u2028 \ud800", "x = 1\n", -0.5), read_sample),
    (Judged("t", "oracle", 0, VERDICT), read_judged),
    (Chosen("t", "none", "mbr-exec+likelihood", 2, "examples"), read_chosen),
    (Mended("t", "none", 0, "x", "passed", VERDICT, ('{"a": 1}', "{}")), read_mended),
    (LeftOut("t", PASSAGE, 5, 3), read_left_out),
]


def opened(path: Path) -> Journal[Sample]:
    return Journal(path, lambda one: (one.task_id, one.number), read_sample)


def sample(number: int, text: str = "text") -> Sample:
    return Sample("t", "none", number, text, text)


@pytest.mark.parametrize(("record", "read"), RECORDS, ids=lambda one: type(one).__name__)
def test_every_record_comes_back_as_it_was(
    tmp_path: Path, record: Any, read: Callable[[dict[str, Any]], Any]
) -> None:
    Journal(tmp_path / "j", lambda one: 0, read).add(record)
    again = Journal(tmp_path / "j", lambda one: 0, read)
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


@pytest.mark.parametrize("line", ["{", "null", "[]", "5", '{"task_id": "t"}', '{"no": 1}', "", "\xff"])
def test_a_line_in_the_middle_that_is_no_record_is_told(tmp_path: Path, line: str) -> None:
    journal = opened(tmp_path / "j")
    for number in range(3):
        journal.add(sample(number))
    lines = (tmp_path / "j").read_bytes().split(b"\n")
    lines[1] = line.encode("latin-1")
    (tmp_path / "j").write_bytes(b"\n".join(lines))
    with pytest.raises(RagError, match=r"line 2 of .*j is no record of a run") as caught:
        opened(tmp_path / "j")
    assert "take it out" in caught.value.fix
    assert len((tmp_path / "j").read_bytes().split(b"\n")) == 4  # nothing was thrown away
