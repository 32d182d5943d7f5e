"""Archives cut at any byte are refused with a reason, and never read as if they were complete."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import CorpusError
from corpora.npm.source import find_npm
from corpora.outside.archives import ArchiveError, inflated, member_path
from corpora.python.source import find_package

FILES = {
    "PKG-INFO": "Metadata-Version: 2.1\nName: k\nVersion: 1\n",
    "k/__init__.py": '"""The package."""\n',
    "k/long.py": "".join(f"def f{n}():\n    '''Number {n}.'''\n" for n in range(200)),
    "k/last.py": "x = 1\n",
}
DECLARED = {"package.json": '{"name": "k", "version": "1.0.0"}', "index.d.ts": "export declare const a: 1;\n"}


def tarball(top: str, files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return made.getvalue()


def zipped(files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


SDIST = gzip.compress(tarball("k-1", FILES), mtime=0)
NPM = gzip.compress(tarball("package", DECLARED), mtime=0)
ZIP_SDIST = zipped({f"k-1/{name}": text for name, text in FILES.items()})
WHEEL = zipped({**FILES, "k-1.dist-info/METADATA": FILES["PKG-INFO"]})
KINDS: dict[str, tuple[bytes, Callable[[str], object]]] = {
    "k-1.tar.gz": (SDIST, find_package),
    "k-1.zip": (ZIP_SDIST, find_package),
    "k-1-py3-none-any.whl": (WHEEL, find_package),
    "k-1.tgz": (NPM, find_npm),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_complete_archive_is_read(tmp_path: Path, name: str) -> None:
    data, find = KINDS[name]
    (tmp_path / name).write_bytes(data)
    assert find(str(tmp_path / name))


@pytest.mark.parametrize("name", KINDS)
def test_an_archive_cut_anywhere_is_refused(tmp_path: Path, name: str) -> None:
    data, find = KINDS[name]
    for number, cut in enumerate({*range(0, len(data), max(len(data) // 40, 1)), *range(-30, 0)}):
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(data[:cut])
        with pytest.raises(CorpusError, match="cannot read the") as caught:
            find(str(path))
        assert caught.value.why and caught.value.fix


@pytest.mark.parametrize("blocks", range(12))
def test_a_tar_cut_at_a_block_and_packed_again_is_refused(tmp_path: Path, blocks: int) -> None:
    whole = tarball("k-1", FILES).rstrip(b"\0")
    cut = whole[: blocks * 512]
    (tmp_path / "k-1.tar.gz").write_bytes(gzip.compress(cut, mtime=0))
    with pytest.raises(CorpusError, match="ends too early"):
        find_package(str(tmp_path / "k-1.tar.gz"))


@pytest.mark.parametrize("place", [-8, -4, -1])
def test_a_wrong_checksum_or_length_of_gzip_is_refused(tmp_path: Path, place: int) -> None:
    data = bytearray(SDIST)
    data[place] ^= 1
    (tmp_path / "k-1.tar.gz").write_bytes(data)
    with pytest.raises(CorpusError, match="not a whole archive"):
        find_package(str(tmp_path / "k-1.tar.gz"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_a_damaged_archive_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    damaged = bytearray(KINDS[name][0])
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / name
    path.write_bytes(damaged)
    try:
        KINDS[name][1](str(path))
    except CorpusError as error:
        assert error.why and error.fix


def test_packed_data_is_read_up_to_its_bound_and_refused_if_cut() -> None:
    for packed in (gzip.compress(b"a" * 5_000), zlib.compress(b"a" * 5_000)):
        assert inflated(packed, 5_000) == b"a" * 5_000
        assert len(inflated(packed, 100)) == 101
        with pytest.raises(ArchiveError):
            inflated(packed[:-1], 5_000)


@pytest.mark.parametrize(
    "name",
    [
        *("../a.py", "a/../b.py", "/a.py", "a\\b.py", "C:a.py", "a\0.py", "a\n.py", "", ".", "\ud800.py"),
        *("a" * 300 + ".py", "a/" * 60 + "b.py", "\u202ea.py", "//a.py"),
    ],
)
def test_a_member_name_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    assert member_path(name) is None


def test_a_member_name_loses_the_top_folder_of_its_archive() -> None:
    assert str(member_path("./k-1/a/b.py", below=1)) == "a/b.py"
    assert member_path("k-1", below=1) is None
