"""The compact transformer: word pieces, vectors, and files that are not whole."""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import IndexDamaged, MissingExtra
from indexers.encoders import EncoderPassage, Parts, Question, open_encoder
from indexers.encoders.compact.encoder import MODEL_FOLDER, CompactEncoder, passage_text
from indexers.encoders.compact.model import CARD, GRAPH
from indexers.encoders.compact.word_pieces import SPECIAL_PIECES, WordPieces
from indexers.encoders.table import Floats, TokenTable
from rag.retrieval.questions.query import read_query

# Made by the `tokenizers` package and by torch, with the weights before they had 8 bits.
RECORDED = json.loads((Path(__file__).parent / "compact_recorded.json").read_text(encoding="utf-8"))


def passage(text: str) -> EncoderPassage:
    return EncoderPassage(text, Parts())


@pytest.fixture(scope="module")
def compact() -> CompactEncoder:
    pytest.importorskip("onnxruntime")
    return CompactEncoder.open()


@pytest.mark.parametrize("text", RECORDED["pieces"])
def test_text_is_cut_into_the_pieces_of_the_reference_tokenizer(text: str) -> None:
    rows = TokenTable.load(MODEL_FOLDER).rows
    assert WordPieces(rows).rows(text, 48) == [rows[piece] for piece in RECORDED["pieces"][text]]


def small_vocabulary() -> WordPieces:
    pieces = [*SPECIAL_PIECES, "em", "##bed", "##ding", "##s", "read", "."]
    return WordPieces({piece: row for row, piece in enumerate(pieces)})


def test_the_longest_piece_comes_first() -> None:
    assert small_vocabulary().rows("Embeddings. read", 48) == [0, 3, 4, 5, 6, 8, 7, 1]


def test_a_word_without_pieces_is_unknown() -> None:
    assert small_vocabulary().rows("emx read", 48) == [0, 2, 7, 1]
    assert small_vocabulary().known_share("emx read") == 0.5
    assert small_vocabulary().known_share("") == 1.0


@given(st.text(), st.integers(2, 20))
def test_any_text_gives_a_bounded_number_of_known_rows(text: str, most: int) -> None:
    found = small_vocabulary().rows(text, most)
    assert 2 <= len(found) <= most
    assert (found[0], found[-1]) == (0, 1)
    assert set(found) <= set(range(9))


def test_a_vocabulary_without_its_marks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        WordPieces({"read": 0})


def test_the_encoder_reads_the_name_and_the_beginning_of_the_text() -> None:
    text = "python shutil.move move(src, dst, copy_function=copy2)\nRecursively move a file." + " x" * 500
    read = passage_text(text)
    assert read.startswith("python shutil move Recursively move a file. x")
    assert len(read) < 250


def test_vectors_are_those_of_the_model_before_it_had_8_bits(compact: CompactEncoder) -> None:
    vectors = compact.encode([passage(text) for text in RECORDED["vectors"]])
    recorded = np.array([*RECORDED["vectors"].values()], dtype=np.float32)
    assert cosines(vectors, recorded).min() > 0.995


def cosines(one: Floats, other: Floats) -> Floats:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    found: Floats = (one * other).sum(axis=1) / lengths
    return found


def test_the_vector_of_a_passage_does_not_depend_on_those_beside_it(compact: CompactEncoder) -> None:
    texts = [f"lib lib.{name}\n{name} a file " + "and so on " * size for size, name in enumerate("abcdefgh")]
    together = compact.encode([passage(text) for text in texts])
    alone = np.concatenate([compact.encode([passage(text)]) for text in texts])
    assert cosines(together, alone).min() > 0.9999


def test_what_is_meant_is_nearest(compact: CompactEncoder) -> None:
    asked = compact.encode_query(Question("wait for two seconds"))
    scores = compact.encode(
        [
            passage("python time.sleep sleep(secs)\nSuspend execution of the calling thread."),
            passage("python os.remove remove(path)\nRemove the file path."),
            passage("python time.strftime strftime(format)\nConvert a tuple to a string."),
        ]
    )
    assert (scores @ asked).argmax() == 0


def test_code_and_data_in_a_question_do_not_move_its_vector(compact: CompactEncoder) -> None:
    asked = "how do I drop rows that are all zero"
    long = read_query(f"{asked}\n1 2 3\n4 5 6\nx = load(path)").question
    assert (compact.encode_query(long) == compact.encode_query(Question(asked))).all()


def test_nothing_to_encode_is_no_error(compact: CompactEncoder) -> None:
    assert compact.encode([]).shape == (0, compact.dimensions)
    assert np.linalg.norm(compact.encode_query(Question(""))) == pytest.approx(1.0, abs=1e-5)


def test_it_is_opened_by_name_also_beside_the_table(compact: CompactEncoder) -> None:
    assert open_encoder("compact").encoder_id == compact.encoder_id
    both = open_encoder("builtin+compact")
    assert both.dimensions == open_encoder("builtin").dimensions + compact.dimensions
    assert both.coverage("sort a list") == 1.0


def test_the_model_in_the_wheel_is_at_most_18_megabytes() -> None:
    assert sum(path.stat().st_size for path in MODEL_FOLDER.iterdir()) <= 18e6


def test_without_onnx_runtime_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match="onnxruntime") as caught:
        CompactEncoder.open()
    assert "docprompting[compact]" in caught.value.fix


def test_the_runtime_is_imported_only_when_the_encoder_is_opened() -> None:
    program = "import sys, rag, indexers.encoders.compact; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    pytest.importorskip("onnxruntime")
    return Path(copytree(MODEL_FOLDER, tmp_path / "model"))


@pytest.mark.parametrize("name", [GRAPH, CARD, "vocabulary.txt", "codes.npy", "scales.npy"])
@pytest.mark.parametrize("damage", ["missing", "cut short", "empty"])
def test_a_file_that_is_not_whole_is_damage(copied: Path, name: str, damage: str) -> None:
    path = copied / name
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[: len(content) // 2] if damage == "cut short" else b"")
    with pytest.raises(IndexDamaged, match=r"cannot be read"):
        CompactEncoder.open(copied)


@pytest.mark.parametrize(
    "card",
    [
        "[]",
        "{}",
        '{"dimensions": 0, "fingerprint": "a"}',
        '{"dimensions": 1e9, "fingerprint": "a"}',
        '{"dimensions": true, "fingerprint": "a"}',
        '{"dimensions": 256, "fingerprint": "../a"}',
        '{"dimensions": 256, "fingerprint": 7}',
        "[" * 100_000,
    ],
)
def test_a_card_that_is_malformed_is_damage(copied: Path, card: str) -> None:
    (copied / CARD).write_text(card)
    with pytest.raises(IndexDamaged):
        CompactEncoder.open(copied)


def test_a_vocabulary_that_lacks_a_mark_is_damage(copied: Path) -> None:
    path = copied / "vocabulary.txt"
    path.write_text(path.read_text().replace("[SEP]", "[sep]"))
    with pytest.raises(IndexDamaged, match="vocabulary") as caught:
        CompactEncoder.open(copied)
    assert "[SEP]" in caught.value.why


def test_a_table_of_another_width_than_the_graph_is_damage(copied: Path) -> None:
    table = TokenTable.load(copied)
    card = json.loads((copied / CARD).read_text())
    TokenTable(dict(table.rows), table.codes[:, :100].copy(), table.scales).save(copied, card)
    with pytest.raises(IndexDamaged):
        CompactEncoder.open(copied)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_in_place_of_the_graph_is_not_waited_for(copied: Path) -> None:
    (copied / GRAPH).unlink()
    os.mkfifo(copied / GRAPH)
    with pytest.raises(IndexDamaged):
        CompactEncoder.open(copied)
