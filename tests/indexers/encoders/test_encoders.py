import subprocess
import sys
from math import log
from pathlib import Path

import numpy as np
import pytest

from corpora.errors import IndexDamaged, UnknownName
from indexers.encoders import EncoderPassage, Parts, Question, open_encoder
from indexers.encoders.builtin import TableEncoder
from indexers.encoders.joined import JoinedEncoder
from indexers.encoders.table import TokenTable, normalize
from indexers.index import Index
from indexers.tokens import tokenize
from rag import retrieve
from tests.plugins import install_plugin
from tests.small_corpora import write_tree


def small_table() -> TokenTable:
    vectors = np.array([[1.0, 0.0], [0.0, 0.5], [-0.25, 0.25]], dtype=np.float32)
    return TokenTable.from_vectors(["sort", "list", "file"], vectors)


def test_a_text_is_the_weighted_mean_of_its_tokens() -> None:
    expected = normalize(np.array([(1 + log(2)) * 1.0, 0.5], dtype=np.float32))
    np.testing.assert_allclose(
        small_table().encode_one([(1.0, ["sort", "list", "sort"])]), expected, atol=0.01
    )


def test_many_texts_get_the_vectors_of_each_alone() -> None:
    table = open_encoder("builtin")
    texts = ["sort a list of numbers", "", "open(path).read()", "zzzzqqq", "sort sort sort"]
    passages = [EncoderPassage(text, Parts(name=tokenize(text), body=tokenize(text))) for text in texts]
    alone = np.vstack([table.encode([passage]) for passage in passages])
    np.testing.assert_allclose(table.encode(passages), alone, atol=1e-5)


def test_a_part_counts_what_it_weighs_however_long_it_is() -> None:
    table = small_table()
    short = table.encode([[(2.0, ["sort"]), (1.0, ["list"])]])
    long = table.encode([[(2.0, ["sort"]), (1.0, ["list"] * 50)]])
    np.testing.assert_allclose(short, normalize(np.array([[2.0, 0.5]], dtype=np.float32)), atol=0.01)
    np.testing.assert_array_equal(short, long)


def test_what_a_chunk_is_called_counts_more_than_one_of_its_many_words() -> None:
    encoder = open_encoder("builtin")
    body = tokenize("open close read write lock wait signal socket thread queue timer " * 5)
    called = EncoderPassage("", Parts(name=tokenize("sort_array"), body=body))
    mentions = EncoderPassage("", Parts(name=tokenize("handle"), body=[*body, *tokenize("sort_array")]))
    asked = encoder.encode_query(Question("", tokenize("sort an array")))
    by_name, by_word = encoder.encode([called, mentions]) @ asked
    assert by_name > by_word


def test_the_builtin_encoder_says_how_much_of_a_question_it_knows() -> None:
    encoder = open_encoder("builtin")
    assert encoder.coverage("how do I sort the zqxwv") == 0.5
    assert encoder.coverage("sortZqxwvByKey") == 1.0  # its parts are known
    assert encoder.coverage("") == encoder.coverage("of the") == 1.0


def test_unknown_tokens_give_zeros_not_nan() -> None:
    assert not small_table().encode_one([(1.0, ["zebra"])]).any()
    assert not small_table().encode([[], [(1.0, ["zebra"])]]).any()


def test_vectors_have_length_one() -> None:
    vector = open_encoder("builtin").encode_query(Question("", tokenize("read a csv file")))
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_eight_bits_keep_vectors_within_a_hundredth() -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 64)).astype(np.float32)
    table = TokenTable.from_vectors([str(i) for i in range(50)], vectors)
    restored = table.codes * table.scales[:, None]
    assert (np.abs(restored - vectors) <= np.abs(vectors).max(axis=1, keepdims=True) / 127).all()


def test_a_saved_table_is_the_same(tmp_path: Path) -> None:
    small_table().save(tmp_path, {"made": "by hand"})
    loaded = TokenTable.load(tmp_path)
    assert loaded.rows == small_table().rows
    assert loaded.fingerprint() == small_table().fingerprint()


def test_a_table_with_a_file_cut_short_is_damaged(tmp_path: Path) -> None:
    small_table().save(tmp_path, {})
    (tmp_path / "codes.npy").write_bytes((tmp_path / "codes.npy").read_bytes()[:-3])
    with pytest.raises(IndexDamaged):
        TokenTable.load(tmp_path)


def test_the_builtin_encoder_brings_related_texts_together() -> None:
    encoder = open_encoder("builtin")
    asked = encoder.encode_query(Question("", tokenize("save an array to disk")))
    passages = ["write ndarray to a binary file", "send mail by smtp", "draw a pie chart"]
    scores = encoder.encode([EncoderPassage("", Parts(body=tokenize(text))) for text in passages]) @ asked
    assert scores.argmax() == 0


def test_the_table_in_the_wheel_is_at_most_16_megabytes() -> None:
    from indexers.encoders import builtin

    folder = Path(builtin.__file__).parent / "builtin"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 16e6


def test_an_unknown_encoder_is_named_with_those_that_are_known() -> None:
    with pytest.raises(UnknownName) as caught:
        open_encoder("word2vec")
    assert "builtin" in caught.value.why
    assert "sentence-transformers:word2vec" in caught.value.fix


def test_few_texts_encoded_without_scipy_get_the_same_vectors_to_the_last_bit() -> None:
    program = """
import sys
import numpy as np
from indexers.encoders import Parts, EncoderPassage, open_encoder
encoder = open_encoder("builtin")
words = "read write a file csv json parse date open close socket list sort index table row".split()
bodies = [words[n % 7 :: 1 + n % 3] * (1 + n % 4) for n in range(40)]
texts = [EncoderPassage("", Parts(body=body)) for body in [*bodies, []]]
alone = encoder.encode(texts)
assert "scipy.sparse" not in sys.modules
import scipy.sparse
assert np.array_equal(encoder.encode(texts), alone)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_of_two_joined_encoders_a_cosine_is_the_mean_of_both() -> None:
    first = open_encoder("builtin")
    joined = JoinedEncoder(first, first)
    passages = [EncoderPassage(text, Parts(body=tokenize(text))) for text in ("sort a list", "read a file")]
    asked = Question("", tokenize("sort numbers"))
    np.testing.assert_allclose(
        joined.encode(passages) @ joined.encode_query(asked),
        first.encode(passages) @ first.encode_query(asked),
        atol=1e-6,
    )
    assert joined.dimensions == 2 * first.dimensions == joined.encode(passages).shape[1]


def test_what_one_of_two_joined_encoders_does_not_know_the_other_decides() -> None:
    table, other = open_encoder("builtin"), TableEncoder(small_table(), "small")
    joined = JoinedEncoder(table, other)
    only_other = EncoderPassage("", Parts(body=["sort"]))
    assert joined.encode([only_other]) @ joined.encode_query(Question("", ["sort"])) > 0.9
    assert joined.coverage("zzzqqq") == max(table.coverage("zzzqqq"), other.coverage("zzzqqq"))


def test_a_joined_encoder_is_opened_by_both_names(tmp_path: Path) -> None:
    small_table().save(tmp_path / "table", {})
    joined = open_encoder(f"builtin+table:{tmp_path / 'table'}")
    assert joined.encoder_id.startswith("builtin-")
    assert "+table-" in joined.encoder_id
    with pytest.raises(UnknownName, match="nonesuch"):
        open_encoder("builtin+nonesuch")


def test_an_encoder_of_another_package_makes_and_searches_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
from indexers.encoders.builtin import TableEncoder

class Mine:
    def __init__(self, argument):
        self._table = TableEncoder.builtin()
        self.encoder_id, self.dimensions, self.is_cheap = f"mine:{argument}", self._table.dimensions, True
        self.encode, self.encode_query = self._table.encode, self._table.encode_query
        self.coverage = self._table.coverage
"""
    install_plugin(monkeypatch, tmp_path / "site", "encoders", "mine = plugin:Mine", source)
    with Index.in_memory([str(write_tree(tmp_path / "src"))], encoder="mine:small") as index:
        assert index.status().encoder == "mine:small"
        assert retrieve(index, "parse a date string", 1)[0].chunk.symbol == "parse_date"
    with pytest.raises(UnknownName, match="unknown encoder 'miner'") as caught:
        open_encoder("miner")
    assert "mine" in caught.value.choices
