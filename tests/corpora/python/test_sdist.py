import io
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document
from corpora.errors import CorpusError
from corpora.python.source import find_package
from corpora.sources import spec_for
from corpora.spec import CorpusSpec
from tests.corpora.python.test_python_package import SHAPES, package, read_all, sections_of

INFO = {"PKG-INFO": "Metadata-Version: 2.1\nName: Shapes.Kit\nVersion: 2.1\n"}
BOOM = {"setup.py": "raise SystemExit('run')\n"}


def sdist(path: Path, files: dict[str, str], top: str = "shapes_kit-2.1") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{folder}{name}": text for name, text in files.items()}


@pytest.mark.parametrize("folder", ["", "src/", "lib/"])
def test_a_source_distribution_is_read_from_where_its_packages_lie(tmp_path: Path, folder: str) -> None:
    files = INFO | BOOM | below(folder, SHAPES) | {"tests/__init__.py": "", "docs/conf.py": "x = 1\n"}
    corpus = package(sdist(tmp_path / "shapes_kit-2.1.tar.gz", files))
    document = read_all(corpus)["shapes/_core.py"]
    assert isinstance(document, Document)
    assert (document.origin.library, document.origin.version) == ("shapes-kit", "2.1")
    assert "shapes.Circle" in sections_of(corpus)


def test_the_top_level_that_it_declares_counts(tmp_path: Path) -> None:
    files = INFO | {
        "space/part/__init__.py": '"""A part."""',
        "other/__init__.py": '"""Other."""',
        "kit.egg-info/top_level.txt": "space\n",
    }
    assert set(sections_of(package(sdist(tmp_path / "k-1.tar.gz", files)))) == {"space.part"}


def test_a_zip_and_a_single_module_will_do(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "six-1.0.zip", "w") as archive:
        archive.writestr("six-1.0/six.py", '"""Six."""')
        archive.writestr("six-1.0/setup.py", "boom")
    source = find_package(str(tmp_path / "six-1.0.zip"))
    assert (source.library, source.version, source.tops) == ("six", "1.0", ("six",))


def test_nothing_lands_outside_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "evil-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("evil-1/evil/__init__.py", "evil-1/../up.py", "/abs.py", "evil-1/evil/../../b.py"):
            archive.addfile(tarfile.TarInfo(name))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            link = tarfile.TarInfo("evil-1/evil/link.py")
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
    source = find_package(str(path))
    # A name with a root is one below the folder: nothing is written elsewhere.
    assert {file.name for file in source.root.rglob("*") if file.is_file()} == {"__init__.py", "abs.py"}


def test_one_that_grows_beyond_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpora.python.sdist._MAX_SOURCE_BYTES", 1000)
    with pytest.raises(CorpusError, match="more than 1000 bytes"):
        find_package(str(sdist(tmp_path / "big-1.tar.gz", {"big.py": "#" * 2000, "more.py": ""}, "big-1")))


def test_a_file_that_is_no_archive_or_holds_no_package_is_reported(tmp_path: Path) -> None:
    (tmp_path / "no-1.tar.gz").write_bytes(b"no archive")
    (tmp_path / "no-1.zip").write_bytes(b"PK\3\4")
    whole = sdist(tmp_path / "cut-1.tar.gz", INFO | SHAPES).read_bytes()
    (tmp_path / "cut-1.tar.gz").write_bytes(whole[: len(whole) // 2])
    sdist(tmp_path / "none-1.tar.gz", INFO | {"README.py.txt": "x"})
    for name in ("no-1.tar.gz", "no-1.zip", "cut-1.tar.gz", "none-1.tar.gz"):
        with pytest.raises(CorpusError, match="cannot read the source distribution") as caught:
            list(package(tmp_path / name).scan())
        assert caught.value.why and caught.value.fix


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    for name in ("x-1.tar.gz", "x-1.zip"):
        path = tmp_path_factory.mktemp("sdist") / name
        path.write_bytes(data)
        with pytest.raises(CorpusError):
            find_package(str(path))


def test_a_command_line_takes_it(tmp_path: Path) -> None:
    path = sdist(tmp_path / "shapes-kit-2.1.tar.gz", INFO)
    assert spec_for(str(path)) == CorpusSpec("shapes-kit", "package", str(path))
