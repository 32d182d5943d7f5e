"""Pipes, sparse files, devices, folders and links in place of files do not block anything."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from corpora.document import Document, Listed, Skipped
from corpora.errors import CorpusError, IndexDamaged, ManifestError, RagError
from corpora.location import kind_at
from corpora.manifest import load_manifest
from corpora.own_folders import find_manifest
from corpora.sources import spec_for
from corpora.spec import CorpusSpec, open_corpus
from indexers.encoders.table import TokenTable
from indexers.index import Index
from rag.evaluation.datasets.dataset import open_dataset
from rag.evaluation.run.folder import read_manifest, read_result
from rag.evaluation.run.journal import Journal
from rag.generators.local import LocalModel
from rag.retrieval.freshness import check_freshness
from rag.retrieval.retrieve import retrieve
from tests.code_trees import repository, write

SECRET = "a-line-of-another-folder"
_SECONDS = 20


@pytest.fixture(autouse=True)
def _nothing_waits() -> Iterator[None]:
    def fail(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(60 << 30)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _out(path: Path) -> None:
    secret = path.parent.parent / f"secret-{path.name}"
    secret.write_text(f"{SECRET}\n")
    path.symlink_to(secret)


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _folder(path: Path) -> None:
    path.mkdir()


KINDS = (_pipe, _hole, _device, _out, _circle, _folder)
GUARD = '"""The package."""\ndef area():\n    """The area."""\n'
TREES: dict[str, tuple[str, dict[str, str]]] = {
    "code": ("a.py LICENSE .gitignore .ragignore README.md n.ipynb a.ipynb .git", {"ok.py": GUARD}),
    "comments": ("a.py LICENSE .gitignore", {"ok.py": GUARD}),
    "docs": (
        "a.html index.json meta.json objects.inv searchindex.js n.ipynb r.md api.yaml api.json",
        {"ok.html": "<h1>T</h1><p>Some text.</p>"},
    ),
    "man": ("a.1 b.1.gz", {"ok.1": ".TH OK 1\n.SH NAME\nok \\- what it does\n"}),
    "npm": (
        "a.d.ts index.d.ts",
        {"package.json": '{"name": "k", "version": "1.0.0"}', "ok.d.ts": "/** A. */\nexport const a: 1;\n"},
    ),
    "package": ("a.py a.pyi evil.pth py.typed", {"__init__.py": GUARD, "ok.py": GUARD}),
}
PLACES = [(kind, name) for kind, (names, _) in TREES.items() for name in names.split()]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize(("kind", "name"), PLACES)
def test_a_special_file_in_a_corpus_does_not_stop_the_rest_from_being_read(
    tmp_path: Path, kind: str, name: str, make: Callable[[Path], None]
) -> None:
    root = tmp_path / "k"
    write(root, TREES[kind][1])
    make(root / name)
    texts = []
    try:
        corpus = open_corpus(CorpusSpec("x", kind, str(root)))
        for listed in list(corpus.scan()):
            read = corpus.read(listed) if isinstance(listed, Listed) else listed
            texts += [read.text] if isinstance(read, Document) else []
    except CorpusError as error:
        assert error.why and error.fix and name in {"index.json", "meta.json"}, error
    else:
        assert texts, "the sound file is read all the same"
    assert SECRET not in "".join(texts)


@pytest.mark.parametrize("make", [_pipe, _hole, _device, _out, _circle, _folder])
@pytest.mark.parametrize("name", ["__init__.py", "__init__.pyi"])
def test_a_package_whose_init_is_no_file_is_not_read_through_it(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    root = tmp_path / "k"
    write(root, {"ok.py": GUARD})
    make(root / name)
    (tmp_path / "beside.pth").symlink_to("/dev/zero")
    corpus = open_corpus(CorpusSpec("x", "package", str(root)))
    try:
        found = [corpus.read(one) if isinstance(one, Listed) else one for one in list(corpus.scan())]
    except CorpusError:
        return
    assert all(isinstance(one, Skipped) or SECRET not in one.text for one in found)


def test_a_link_to_the_root_of_the_disk_in_a_package_is_not_walked(tmp_path: Path) -> None:
    write(tmp_path / "k", {"__init__.py": GUARD})
    (tmp_path / "k" / "all").symlink_to("/")
    corpus = open_corpus(CorpusSpec("x", "package", str(tmp_path / "k")))
    assert [one.path for one in corpus.scan()] == ["k/__init__.py"]
    assert isinstance(corpus.read(next(iter(corpus.scan()))), Document)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("name", ["METADATA", "RECORD", "top_level.txt"])
def test_the_metadata_of_a_distribution_may_be_a_special_file(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    info = tmp_path / "site" / "k-1.0.dist-info"
    files = {"METADATA": "Name: k\nVersion: 1.0\n", "RECORD": "k.py,,\n", "../k.py": GUARD}
    write(info, {key: text for key, text in files.items() if key != name})
    make(info / name)
    try:
        found = list(open_corpus(CorpusSpec("x", "package", str(info))).scan())
    except CorpusError as error:
        assert error.why and error.fix
    else:
        assert [one.path for one in found] == ["k.py"]


@pytest.mark.parametrize("make", KINDS)
def test_a_package_json_that_is_a_special_file_is_reported(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    write(tmp_path / "k", {"a.d.ts": ""})
    make(tmp_path / "k" / "package.json")
    with pytest.raises(CorpusError, match=r"package\.json"):
        list(open_corpus(CorpusSpec("x", "npm", str(tmp_path / "k"))).scan())


@pytest.mark.parametrize("make", [_pipe, _hole, _device, _circle, _folder])
@pytest.mark.parametrize("name", ["api.yaml", "api.json", "k.whl", "k-1.tar.gz", "k.zip", "k.tgz", "k.py"])
def test_a_path_that_a_user_names_may_be_a_special_file(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    for kind in {kind_at(tmp_path / name), "package", "npm", "openapi", "code", "man", "docs"}:
        try:
            corpus = open_corpus(CorpusSpec("x", kind, str(tmp_path / name)))
            found = [corpus.read(one) if isinstance(one, Listed) else one for one in list(corpus.scan())]
        except RagError as error:
            assert error.why and error.fix
        else:
            assert all(isinstance(one, Skipped) for one in found)


@pytest.mark.parametrize("make", [_pipe, _hole, _device, _circle, _folder])
def test_a_manifest_that_is_a_special_file_is_reported_or_not_found(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "rag.toml")
    (tmp_path / ".git").mkdir()
    found = find_manifest(tmp_path)
    assert found is None or make is _hole
    with pytest.raises(ManifestError):
        load_manifest(tmp_path / "rag.toml")


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 10_000 + "]" * 10_000,
        "x" + ".x" * 20_000 + " = 1",
        "[[corpus]]\npath = '.'\nmax_file_bytes = " + "9" * 5_000,
        "[[corpus]]\npath = '.'\nmax_file_bytes = 1000000000000000000",
        "[[corpus]]\npath = " + "{a=" * 300 + "1" + "}" * 300,
        "x = 1\n" * 2 + "\0",
        "[index]\npath = 'a'\n" + "# a\n" * 300_000,
    ],
)
def test_a_manifest_that_is_a_bomb_is_reported(tmp_path: Path, text: str) -> None:
    (tmp_path / "rag.toml").write_text(text)
    with pytest.raises(ManifestError) as caught:
        load_manifest(tmp_path / "rag.toml")
    assert caught.value.why and caught.value.fix


@pytest.mark.parametrize("make", [_pipe, _hole, _device, _circle, _folder])
@pytest.mark.parametrize("name", ["d.jsonl", "d.json", "d.jsonl.gz", "page.md"])
def test_a_data_set_that_is_a_special_file_is_reported(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    for named in ("mbpp", "tldr", "livecodebench"):
        with pytest.raises(CorpusError):
            open_dataset(named, tmp_path / name)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("name", ["vocabulary.txt", "codes.npy", "scales.npy"])
def test_a_table_of_tokens_that_is_a_special_file_is_reported(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    from indexers.encoders.builtin import BUILTIN_FOLDER

    folder = tmp_path / "table"
    folder.mkdir()
    for other in {"vocabulary.txt", "codes.npy", "scales.npy"} - {name}:
        (folder / other).symlink_to(BUILTIN_FOLDER / other)
    make(folder / name)
    with pytest.raises(IndexDamaged):
        TokenTable.load(folder)


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000000,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "9" * 400 + ",), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': " + "(" * 900 + ")" * 900 + ", }",
        "__import__('os').abort()",
    ],
)
def test_an_array_header_that_is_a_bomb_is_reported(tmp_path: Path, header: str) -> None:
    text = header.encode() + b"\n"
    for name in ("codes.npy", "scales.npy"):
        (tmp_path / name).write_bytes(b"\x93NUMPY\x01\0" + len(text).to_bytes(2, "little") + text + bytes(64))
    (tmp_path / "vocabulary.txt").write_text("a")
    with pytest.raises(IndexDamaged):
        TokenTable.load(tmp_path)


@pytest.mark.parametrize("make", KINDS)
def test_the_files_of_a_run_may_be_special_files(tmp_path: Path, make: Callable[[Path], None]) -> None:
    run = tmp_path / "run"
    run.mkdir()
    make(run / "manifest.json")
    with pytest.raises(RagError):
        read_manifest(run)
    (run / "manifest.json").rename(run / "m") if make is not _circle else (run / "manifest.json").unlink()
    (run / "manifest.json").write_text('{"format_version": 1, "command": ""}')
    make(run / "result.json")
    with pytest.raises(RagError):
        read_result(run)
    make(run / "samples.jsonl")
    with pytest.raises(RagError):
        Journal(run / "samples.jsonl", str, lambda fields: fields)


def test_a_record_of_a_run_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("no end of line")
    (tmp_path / "samples.jsonl").symlink_to(tmp_path / "own")
    with pytest.raises(RagError):
        Journal(tmp_path / "samples.jsonl", str, lambda fields: fields)
    assert (tmp_path / "own").read_text() == "no end of line"


@pytest.mark.parametrize("make", [_pipe, _hole, _device, _circle, _folder])
def test_a_model_that_is_a_special_file_is_reported(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "m.gguf")
    with pytest.raises(RagError):
        LocalModel(tmp_path / "m.gguf")


@pytest.mark.parametrize("make", KINDS)
def test_a_file_replaced_by_a_pipe_is_stale_and_does_not_block(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    repository(tmp_path / "app", {"a.py": GUARD, "b.py": GUARD.replace("area", "volume")})
    with Index.build(tmp_path / "index", [CorpusSpec("app", "code", str(tmp_path / "app"))]) as index:
        (tmp_path / "app" / "a.py").unlink()
        make(tmp_path / "app" / "a.py")
        hits = check_freshness(index, retrieve(index, "the area", 5))
        assert {hit.chunk.origin.path: hit.is_stale for hit in hits} == {"a.py": True, "b.py": False}
        index.update([CorpusSpec("app", "code", str(tmp_path / "app"))])
        assert SECRET not in str(retrieve(index, SECRET, 5))


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "sub/../../secret", "a\0b", "x" * 5_000, ""])
def test_an_index_cannot_name_a_file_outside_of_its_corpus(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text(SECRET)
    repository(tmp_path / "app", {"a.py": GUARD})
    with Index.build(tmp_path / "index", [CorpusSpec("app", "code", str(tmp_path / "app"))]) as index:
        from dataclasses import replace

        from corpora.outside.files import hash_outside

        hit = retrieve(index, "the area", 1)[0]
        index.catalog.database.rows("UPDATE documents SET item = ?, size_bytes = ?", (path, len(SECRET)))
        origin = replace(hit.chunk.origin, path=path)
        forged = replace(
            hit,
            chunk=replace(hit.chunk, origin=origin),
            content_hash=hash_outside(tmp_path / "secret", max_bytes=100),
        )
        assert check_freshness(index, [forged])[0].is_stale


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("docs", b"page\xff.html", "<h1>Pour</h1><p>Pour the tea.</p>"),
        ("docs", b"page\xff.md", "# Pour\n\nPour the tea.\n"),
        ("man", b"pour\xff.1", ".TH POUR 1\n.SH NAME\npour \\- pour the tea\n"),
        ("comments", b"pour\xff.py", 'def pour():\n    """Pour the tea."""\n'),
        ("code", b"pour\xff.py", "def pour(): ...\n"),
    ],
)
def test_a_file_whose_name_is_not_utf8_is_left_out_and_reported(
    tmp_path: Path, kind: str, name: bytes, text: str
) -> None:
    folder = tmp_path / os.fsdecode(b"tea\xfe")
    folder.mkdir()
    (folder / os.fsdecode(name)).write_text(text)
    with Index.build(tmp_path / "index", [spec_for(str(folder), kind=kind)]) as index:
        assert [(item.reason, "\\xff" in item.path) for item in index.catalog.census.skipped()] == [
            ("unreadable", True)
        ]
        assert [spec.name for spec in index.status().corpora] == ["tea\\xfe"]
