"""The encoder is trained on the user's own code, and an index is built with the result."""

import json
from pathlib import Path

import numpy as np
import pytest

from corpora.errors import CorpusError, IndexDamaged, IndexIncompatible, RagError
from corpora.manifest import load_manifest
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from indexers.encoders import full_name, is_static, open_encoder
from indexers.encoders.builtin import BUILTIN_FOLDER
from indexers.encoders.table import TokenTable
from indexers.training.mine_pairs import mine_corpora, without_repeats
from indexers.training.own_code import draw, hold_out_definitions, train_on_code
from rag import Index, retrieve
from rag.cli.main import main
from tests.small_corpora import write_tree

# What people say in this made-up company, and what they write for it.
SAID = ["blorp", "quix", "zorple", "vexil", "krabb", "munto", "fliggit", "drane", "sprock", "wazzle"]
VERBS = ["anlo", "berfi", "cuzzo", "dorva", "esker", "fympa", "grolt", "hixen", "ilbar", "jopex"]
THINGS = ["kabol", "lurip", "mevax", "nizzo", "oktar", "pylun", "quorb", "rasif", "stezo", "tumga"]
NOUNS = ["uplix", "vargo", "wibno", "xetra", "yonda", "zemol", "abrix", "cludo", "delfi", "ergon"]


def company_code() -> dict[str, str]:
    """Return a hundred functions; no word of the docstring of one is in its code."""
    files = {}
    for said, verb in zip(SAID, VERBS, strict=True):
        functions = [
            f'def run_{verb}_{noun}(first, second):\n    """Will {said} each {thing} there is."""\n'
            f"    return {verb}({noun}, first, second) or {verb}({noun}, second)\n"
            for thing, noun in zip(THINGS, NOUNS, strict=True)
        ]
        files[f"{verb}.py"] = "\n\n".join(functions)
    return files


def plain_code() -> dict[str, str]:
    """Return functions that the shipped weights distinguish without any training."""
    words = (
        "array bytes cache date email file graph html image json key list mail number object path query row"
    )
    words += " server string table thread url user video window xml year zip account button color disk event"
    words += " font group header index job kernel layer matrix node order page queue record signal task unit"
    words += " vector weight branch commit database engine filter grammar hash"
    return {
        f"{word}.py": f'def {word}_{word}(first):\n    """Make the {word} of it."""\n'
        f"    return {word}({word}(first), {word}={word}) + {word}\n"
        for word in words.split()
    }


def own(folder: Path, files: dict[str, str]) -> list[CorpusSpec]:
    return [CorpusSpec("own", "code", str(write_tree(folder / "src", files)))]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with the code in `src` and a table trained on it in `table`."""
    folder = tmp_path_factory.mktemp("company")
    trained = train_on_code(own(folder, company_code()), folder / "table")
    (folder / "trained.json").write_text(json.dumps([trained.is_better, trained.before, trained.after]))
    return folder


def test_training_finds_held_out_definitions_that_the_shipped_weights_do_not(company: Path) -> None:
    is_better, before, after = json.loads((company / "trained.json").read_text())
    assert is_better and after >= 2 * before
    card = json.loads((company / "table" / "card.json").read_text())
    assert (card["definitions"], card["held_out"], card["after"]) == (100, 20, after)


def test_the_same_code_and_seed_give_the_same_files(company: Path, tmp_path: Path) -> None:
    again = [CorpusSpec("own", "code", str(company / "src"))]
    train_on_code(again, tmp_path / "table")
    for path in (company / "table").iterdir():
        assert path.read_bytes() == (tmp_path / "table" / path.name).read_bytes(), path.name


def test_where_training_does_not_help_the_shipped_weights_are_kept(tmp_path: Path) -> None:
    trained = train_on_code(own(tmp_path, plain_code()), tmp_path / "table")
    assert not trained.is_better and trained.before == 1.0
    kept, shipped = TokenTable.load(tmp_path / "table"), TokenTable.load(BUILTIN_FOLDER)
    assert kept.content_hash() == shipped.content_hash()


def test_what_is_held_out_is_not_trained_on(tmp_path: Path) -> None:
    twice = (
        'def copied(first):\n    """Said of two functions."""\n    return compute(first) + compute(first, 1)'
    )
    files = company_code() | {"one.py": twice, "two.py": twice}
    split = hold_out_definitions(without_repeats(mine_corpora(own(tmp_path, files))), seed=3)
    assert len(split.held_out) == 20 and len(split.trained) == 82
    for what in ("source", "text"):
        held_out = {getattr(pair, what) for pair in split.held_out}
        assert not held_out & {getattr(pair, what) for pair in split.trained}
    assert "Said of two functions." not in {pair.text for pair in split.held_out}


def test_no_more_pairs_are_drawn_than_asked_for(tmp_path: Path) -> None:
    pairs = list(mine_corpora(own(tmp_path, company_code())))
    drawn = draw(pairs, 10, seed=1)
    assert len({pair.source for pair in drawn}) == 10
    assert draw(pairs, 10, seed=1) == drawn != draw(pairs, 10, seed=2)
    assert draw(pairs, 1000, seed=1) == pairs


def test_too_little_code_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="too little") as caught:
        train_on_code(own(tmp_path, {"a.py": "x = 1\n"}), tmp_path / "table")
    assert "0 definitions" in caught.value.why and not (tmp_path / "table").exists()


def test_a_folder_that_holds_no_table_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    for place in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(RagError, match="cannot be written"):
            train_on_code([], place)


def test_a_folder_that_cannot_be_written_to_is_reported(company: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RagError, match="cannot be written"):
        train_on_code([CorpusSpec("own", "code", str(company / "src"))], tmp_path / "file" / "table")


def test_a_table_beside_code_is_not_indexed(company: Path) -> None:
    listed = {found.path for found in CodeTree(CorpusSpec("own", "code", str(company))).scan()}
    assert "src/anlo.py" in listed
    assert not [path for path in listed if path.startswith("table/")]


def test_an_index_is_built_with_the_trained_table_and_remembers_it(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(company)
    assert main(["index", "--index", str(tmp_path / "index"), "--encoder", "table:table", "src"]) == 0
    monkeypatch.chdir(tmp_path)
    with Index.open(tmp_path / "index") as index:
        assert index.status().encoder == f"table:{company / 'table'}"
        assert retrieve(index, "how to blorp each kabol", 1)[0].chunk.symbol == "run_anlo_uplix"


def test_a_folder_that_holds_a_table_is_an_encoder_by_itself(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(company)
    name = full_name("table")
    assert name == full_name("table:table") == f"table:{company / 'table'}"
    assert is_static(name) and open_encoder(name).is_cheap and open_encoder("table") is open_encoder(name)


def test_the_table_of_a_manifest_is_found_from_where_the_manifest_is(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    path = tmp_path / "rag.toml"
    path.write_text('[index]\nencoder = "table:weights"\n[[corpus]]\npath = "src"\n')
    assert load_manifest(path).encoder == f"table:{tmp_path / 'weights'}"


def two_tables(folder: Path) -> list[TokenTable]:
    vectors = np.eye(3, dtype=np.float32)
    TokenTable.from_vectors(["sort", "list", "file"], vectors).save(folder / "one", {})
    TokenTable.from_vectors(["sort", "file", "list"], vectors).save(folder / "two", {})
    vectors[0, 1] = 0.5  # the longest number of each row, and so the scales, stay
    TokenTable.from_vectors(["sort", "list", "file"], vectors).save(folder / "three", {})
    return [TokenTable.load(folder / name) for name in ("one", "two", "three")]


def test_the_id_of_an_encoder_changes_with_any_token_and_any_weight(tmp_path: Path) -> None:
    two_tables(tmp_path)
    assert len({open_encoder(f"table:{tmp_path / name}").encoder_id for name in ("one", "two", "three")}) == 3


def test_a_table_trained_anew_is_another_encoder(tmp_path: Path) -> None:
    one, _, three = two_tables(tmp_path)
    with Index.build(
        tmp_path / "index", [str(write_tree(tmp_path / "src"))], encoder=f"table:{tmp_path / 'one'}"
    ):
        pass
    three.save(tmp_path / "fresh", {})
    (tmp_path / "one").rename(tmp_path / "old")
    (tmp_path / "fresh").rename(tmp_path / "one")
    with Index.open(tmp_path / "index") as index, pytest.raises(IndexIncompatible) as caught:
        retrieve(index, "sort a list", 1)
    assert "rag index --rebuild" in caught.value.fix
    assert one.content_hash() != three.content_hash()


def test_a_missing_table_is_reported_with_what_to_do(tmp_path: Path) -> None:
    name = f"table:{tmp_path / 'gone'}"
    with pytest.raises(IndexDamaged) as caught:
        open_encoder(name)
    assert str(tmp_path / "gone") in caught.value.what and "rag train" in caught.value.fix
    with pytest.raises(IndexDamaged):
        Index.build(tmp_path / "index", [str(write_tree(tmp_path / "src"))], encoder=name)
    assert not (tmp_path / "index" / "catalog.sqlite").exists()


@pytest.mark.parametrize("name", ["vocabulary.txt", "codes.npy", "scales.npy"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe nonsense"])
def test_an_incomplete_table_is_reported_as_damaged(tmp_path: Path, name: str, content: bytes) -> None:
    two_tables(tmp_path)
    (tmp_path / "one" / name).write_bytes(content)
    with pytest.raises(IndexDamaged):
        open_encoder(f"table:{tmp_path / 'one'}")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("codes.npy", np.zeros((3, 3), dtype=np.float64)),
        ("codes.npy", np.zeros(3, dtype=np.int8)),
        ("scales.npy", np.full(3, np.nan, dtype=np.float32)),
    ],
)
def test_numbers_of_another_type_are_damage_too(tmp_path: Path, name: str, content: np.ndarray) -> None:
    two_tables(tmp_path)
    np.save(tmp_path / "one" / name, content)
    with pytest.raises(IndexDamaged):
        open_encoder(f"table:{tmp_path / 'one'}")


def test_the_command_prints_both_scores_and_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tree(tmp_path / "src", company_code())
    arguments = ["train", "--corpus", str(tmp_path / "src"), "--out", str(tmp_path / "table")]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert "before" in out and "after" in out and f"--encoder table:{tmp_path / 'table'}" in out
    assert "epoch 10 of 10" in err


def test_the_command_prints_json_and_replaces_a_table(
    company: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_tables(tmp_path)
    arguments = ["--corpus", str(company / "src"), "--out", str(tmp_path / "one"), "--seed", "1"]
    assert main(["train", "--json", *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["definitions"] == 100
    assert "sort" in TokenTable.load(tmp_path / "one").rows and (tmp_path / "one" / "card.json").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "three", "two"]


def test_a_missing_folder_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--corpus", str(tmp_path / "none"), "--out", str(tmp_path / "table")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
