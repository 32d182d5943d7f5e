"""Carry an index from one machine to another: all of its files in one, and back into a folder.

What comes from elsewhere is data. Only files that an index has are taken from it, no more bytes than fit, and
the index is opened before it takes its place. Its corpora are read again only if the user names them.
"""

import gzip
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from corpora.errors import IndexDamaged, IndexNotFound, RagError, reason_of
from corpora.outside.archives import ArchiveError
from corpora.outside.files import open_outside, read_outside
from corpora.outside.tar_members import tar_members
from corpora.spec import CorpusSpec
from indexers.building.writer_lock import writing
from indexers.engine_errors import disk_error, disk_trouble
from indexers.index import Index
from indexers.layout import Layout, sync_to_disk
from indexers.own_corpora import name_corpora

_OWN: Final = re.compile(
    r"(?!.*\.lock$)"  # of tantivy
    r"(?:catalog\.(?:sqlite|json)|(?:lexical|dense|deep)/\d{6,}/\.?[\w-][\w.-]*|(?:dense|deep)/rows-\d{6,}\.bin"
    r"|tables(?:/[\w=-][\w.=-]*){1,6})",
    re.ASCII,
)
_UNCHANGING: Final = re.compile(r"lexical/.*|tables/.*")  # neither tantivy nor Lance changes a file in place
_SPARE_BYTES: Final = 100_000_000  # of the disk that are left free
_ORIGIN: Final = "origin.json"  # of a packed file: the folder that was around the index
_MOST_ORIGIN: Final = 100_000
_FOLDERS: Final = frozenset({"code", "docs", "comments"})  # kinds of corpora that are a folder of the user's
_FIX: Final = "name a file that rag pack has written, or the folder of an index"
_LEVEL: Final = 1  # of gzip: most of an index is packed already


def pack_index(index: Path, file: Path) -> int:
    """Write the newest generation of the index in the folder `index` into one file; return its size in bytes.

    The file is a `.tar.gz`, the same for the same files. It is written beside and takes its name at the end.

    Raises:
        IndexNotFound, IndexDamaged: there is no index, or none that can be opened.
        IndexLocked: another process is writing it.
        RagError: `file` cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    with _at_rest(index):
        try:
            with part.open("wb") as target:
                _write(index, target)
            part.replace(file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise _not_written(file, error) from error
    return file.stat().st_size


def unpack_index(source: Path, index: Path) -> None:
    """Make the index in the folder `index` of a packed file, or of the folder of another index.

    From a folder, files that never change are shared, where the system can: worktrees of one repository so
    keep what they have in common once.

    Corpora of code and documentation that were in the folder around the index are taken to be in the folder
    around the new one, and are read there when it is brought up to date; others stay where they were.

    Raises:
        RagError: there is something at `index` already; `source` holds anything else than an index, or more
            than fits; or what opening an index raises.
    """
    if not source.exists():
        raise RagError(f"{source} is not unpacked", why="there is no such file or folder", fix=_FIX)
    if os.path.lexists(index):
        raise RagError(
            f"{index} is not replaced",
            why="there is something of this name already",
            fix="name another folder: --index FOLDER; or remove it",
        )
    fresh = index.with_name(f"{index.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True)
        Layout(fresh).create()
        if source.is_dir():
            _copy(source, fresh)
            (fresh / _ORIGIN).write_text(json.dumps({"folder": _folder_of(source)}), encoding="utf-8")
        else:
            _extract(source, fresh)
        _check(source, fresh)
        moved = _move_corpora(fresh, index.absolute().parent)
        fresh.rename(index)
        name_corpora(index, moved)
    except OSError as error:
        raise _not_written(index, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _at_rest(index: Path) -> Iterator[None]:
    """Hold the right to write the index, with all that was committed in its files.

    Raises:
        RagError: a process reads it and keeps its log in use.
    """
    with Index.open(index) as opened:  # says what is wrong, if anything is
        opened.catalog.database.rollback()
        with writing(Layout(index)):
            opened.catalog.database.shrink_log()
            log = Layout(index).catalog.with_name("catalog.sqlite-wal")
            if log.exists() and log.stat().st_size:
                raise RagError(
                    f"the index at {index} is not packed",
                    why="a process that reads it keeps its newest changes in a log",
                    fix="end that process, or try again in a moment",
                )
            yield


def _own_files(root: Path) -> Iterator[str]:
    """Yield the names of the files of an index in their order, relative to its folder."""
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = Path(folder, name)
            own = path.relative_to(root).as_posix()
            if _OWN.fullmatch(own) and path.is_file() and not path.is_symlink():
                yield own


def _check(source: Path, fresh: Path) -> None:
    try:
        with Index.open(fresh) as opened:
            if ":" not in opened.engine_name:  # tables at an address are not asked before the user agrees
                opened.engines.check(opened.catalog)
    except (IndexDamaged, IndexNotFound) as error:
        raise RagError(f"{source} is not unpacked", why=f"it is not whole: {error.why}", fix=_FIX) from error


def _write(index: Path, target: BinaryIO) -> None:
    with (
        gzip.GzipFile("", "wb", _LEVEL, target, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        origin = json.dumps({"folder": _folder_of(index)}).encode()
        member = tarfile.TarInfo(_ORIGIN)
        member.size = len(origin)
        archive.addfile(member, BytesIO(origin))
        for name in _own_files(index):
            with open_outside(index / name, follow_links=False) as file:
                member = tarfile.TarInfo(name)
                member.size = os.fstat(file.fileno()).st_size
                archive.addfile(member, file)


def _extract(source: Path, fresh: Path) -> None:
    room = shutil.disk_usage(fresh).free - _SPARE_BYTES
    try:
        with tar_members(source, max(room, 0)) as members:
            for member in members:
                if not (_OWN.fullmatch(member.name) or member.name == _ORIGIN):
                    raise ArchiveError(f"it holds {member.name[:60]!a}, which is not a file of an index")
                path = fresh / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    for data in member.chunks():
                        file.write(data)
                    os.fsync(file.fileno())
    except ArchiveError as error:
        raise RagError(f"{source} is not unpacked", why=str(error), fix=_FIX) from error


def _copy(source: Path, fresh: Path) -> None:
    with _at_rest(source):
        for name in _own_files(source):
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if _UNCHANGING.fullmatch(name):
                with suppress(OSError):
                    os.link(source / name, path)
                    continue
            shutil.copyfile(source / name, path, follow_symlinks=False)
            sync_to_disk(path)


def _folder_of(index: Path) -> str:
    return str(Path(os.path.realpath(index)).parent)


def _move_corpora(fresh: Path, folder: Path) -> list[CorpusSpec]:
    """Have corpora that were around the packed index be in `folder`, and return them.

    What the packed file says of them is somebody else's: only what decides which files of the folder are
    read, and what of, is taken over.
    """
    origin = fresh / _ORIGIN
    try:
        before = Path(json.loads(read_outside(origin, max_bytes=_MOST_ORIGIN, follow_links=False))["folder"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    finally:
        origin.unlink(missing_ok=True)
    with Index.open(fresh) as index:
        moved = [
            _moved(spec, folder / Path(spec.location).relative_to(before))
            for spec in index.catalog.corpora().values()
            if spec.kind in _FOLDERS
            and Path(spec.location).is_relative_to(before)
            and ".." not in spec.location
        ]
        index.catalog.database.rollback()
        with index.catalog.database.transaction():  # nobody else knows of the folder yet
            for spec in moved:
                index.catalog.put_corpus(spec)
        index.catalog.database.shrink_log()
    return moved


def _moved(spec: CorpusSpec, location: Path) -> CorpusSpec:
    return CorpusSpec(
        spec.name,
        spec.kind,
        str(location),
        spec.library,
        spec.version,
        spec.url,
        spec.include,
        spec.exclude,
        spec.max_file_bytes,
        readers=spec.readers,
    )


def _not_written(place: Path, error: OSError) -> RagError:
    if why := disk_trouble(error):
        return disk_error(place, why)
    return RagError(f"{place} is not written", why=reason_of(error), fix="name a place where you may write")
