"""Records are pickled by their constructors, and come back as they were."""

import pickle
from dataclasses import dataclass, field
from pathlib import Path

from indexers.index import Index
from rag.batches.packed_records import pack_records
from rag.doc_prompter import DocPrompter
from tests.small_corpora import write_tree


@dataclass(frozen=True, slots=True)
class One:
    only: tuple[int, ...] = ()


@dataclass
class Counted:
    start: int
    total: int = field(default=0, init=False)


def test_a_prompt_with_all_its_hits_comes_back_as_it_was(tmp_path: Path) -> None:
    index = Index.in_memory([write_tree(tmp_path / "src")])
    prompt = DocPrompter(index).prompt("parse a date")
    assert prompt.hits and pickle.loads(pack_records(prompt)) == prompt


def test_other_objects_are_pickled_as_ever() -> None:
    counted = Counted(1)
    counted.total = 5
    value = [One((1, 2)), {"a": counted}, ValueError("x"), (1, "two", None)]
    back = pickle.loads(pack_records(value))
    assert back[:2] == value[:2] and back[1]["a"].total == 5 and str(back[2]) == "x" and back[3] == value[3]
