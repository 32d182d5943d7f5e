"""Read the API of a library at one version, from wherever that is; nothing of it is imported or run."""

import os
import platform
from collections.abc import Callable
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import Final

from corpora.api.model import ApiModel
from corpora.api.store import kept_model, key_for, known_model, remember_key
from corpora.dependencies.package_name import normalized_name
from corpora.document import Skipped
from corpora.errors import CorpusError, NothingToRead
from corpora.git.revision import Revision, named_revision, unpacked_revision
from corpora.outside.files import read_outside
from corpora.python.dist_info import installed_distribution, owners_of_packages
from corpora.python.environments import environment_for, owners_in
from corpora.python.module_files import PackageFiles
from corpora.python.package_units import reader_stamp
from corpora.python.sdist import is_sdist, packages_below
from corpora.python.source import PackageSource, find_package

_PREFIX: Final = "pkg:"
_MAX_ARCHIVE_BYTES: Final = 1_000_000_000
_MAX_REASONS: Final = 3


def read_python_api(location: str, *, python: str = "", folder: Path | None = None) -> ApiModel:
    """Return the API of a library at one version.

    It is kept in the cache, under a hash of what it was read from.

    Args:
        location: `pandas==1.5.3`, which is the installed version if it is that one, else a wheel that pip
            fetches; `pandas`, as it is installed in the environment of the project or with this program; the
            path of a wheel, a source distribution, a package or the folder of a project; or `PATH@REVISION`,
            a commit, branch or tag of the git repository that a folder is in. `pkg:` in front is left out.
        python: the environment in which a name is looked for: its folder or its interpreter, which is not
            run.
        folder: where the project is, for its environment; by default the working folder.

    Raises:
        CorpusError: there is no such package, or it cannot be read.
    """
    given = location.removeprefix(_PREFIX).strip()
    if (revision := named_revision(given)) is not None:
        return _of_revision(revision)
    path = Path(given).expanduser()
    if _is_path(given, path):
        path = Path(os.path.realpath(path))
        if path.is_file() and (path.suffix == ".whl" or is_sdist(path)):
            return _of_archive(path)
        return read_source_api(_project(path))
    environment = environment_for(given, folder or Path.cwd(), python)
    name, _, version = (part.strip() for part in given.partition("=="))
    _check_one_owner(name, environment)
    if version and not environment and not _is_installed(name, version):
        from corpora.python.fetching.archives import fetched_archive

        return _of_archive(fetched_archive(normalized_name(name), version))
    return read_source_api(find_package(given, environment), environment)


def _is_path(given: str, path: Path) -> bool:
    """Return whether a location is meant as a path: it has a slash, or names an archive that is there."""
    if os.sep in given or given.startswith((".", "~")):
        return True
    return path.is_file() and (path.suffix in {".whl", ".py", ".pyi"} or is_sdist(path))


def _is_installed(name: str, version: str) -> bool:
    try:
        return installed_distribution(name).version == version
    except (metadata.PackageNotFoundError, ValueError):
        return False


def _check_one_owner(name: str, environment: str) -> None:
    """Raise `CorpusError` for the name of a package that several installed distributions have."""
    if environment:
        owners = owners_in(Path(environment), name)
    else:
        try:
            owners = [normalized_name(installed_distribution(name).metadata["Name"] or name)]
        except (metadata.PackageNotFoundError, ValueError):
            owners = sorted({normalized_name(one) for one in owners_of_packages().get(name, ())})
    if len(owners) > 1:
        shown = ", ".join(owners[:5]) + (f" and {len(owners) - 5} more" if len(owners) > 5 else "")
        raise CorpusError(
            f"several distributions have a package {name!r}",
            why=f"it is in {shown}",
            fix=f"name the distribution: pkg:{owners[0]}",
        )


def _project(path: Path) -> PackageSource:
    """Return the package at a path, or the packages in the folder of a project."""
    if (
        path.is_dir()
        and not (path / "__init__.py").is_file()
        and path.suffix not in {".dist-info", ".egg-info"}
    ):
        root, tops = packages_below(path, {path.name.replace("-", "_")})
        if tops and (root != path or all((path / top / "__init__.py").is_file() for top in tops)):
            return PackageSource(root, tops, normalized_name(path.name), "")
    return find_package(str(path))


def _of_revision(revision: Revision) -> ApiModel:
    def found() -> PackageSource:
        root = unpacked_revision(revision)
        name = revision.folder.name
        below, tops = packages_below(root, {name.replace("-", "_")})
        if not tops:
            raise NothingToRead(
                f"revision {revision.name!r} of {revision.folder} has no Python package",
                why="no folder of it, nor of its src, has an __init__.py",
                fix="name the folder that holds the package: PATH/FOLDER@REVISION",
            )
        return PackageSource(below, tops, normalized_name(name), revision.name, revision.commit)

    key = f"revision\0{revision.folder}\0{revision.commit}\0{revision.name}"
    return _kept(key, lambda: _read(found(), ""))


def _of_archive(path: Path) -> ApiModel:
    """Return the API in a wheel or a source distribution, unpacked only if it was not read before."""
    try:
        data = read_outside(path, max_bytes=_MAX_ARCHIVE_BYTES)
    except OSError as error:
        raise CorpusError(
            f"cannot read {path}", why=str(error.strerror), fix="fetch the file again"
        ) from error
    key = f"archive\0{path.name}\0{blake2b(data, digest_size=16).hexdigest()}"
    return _kept(key, lambda: _read(find_package(str(path)), ""))


def read_source_api(source: PackageSource, environment: str = "") -> ApiModel:
    """Return the API of a package whose files may change: their content is hashed, if they were touched.

    Args:
        source: the package.
        environment: the folder of the environment that it is installed in; empty for that of this program.

    Raises:
        CorpusError: it cannot be read.
    """
    from corpora.python.api.files import api_files, content_stamp, file_states

    about = ["files", source.library, source.version, source.python, *source.tops]
    states = file_states(source)
    place = _whole_key("\0".join([*about, environment, str(source.root), states])) if states else ""
    if place and (key := key_for(place)) and (known := known_model(key)) is not None:
        return known
    files, skipped = api_files(source, environment)
    key = _whole_key("\0".join([*about, content_stamp(files)]))
    model = kept_model(key, lambda: _model(source, files, skipped))
    if place and states == file_states(source):
        remember_key(place, key)
    return model


def _read(source: PackageSource, environment: str) -> ApiModel:
    from corpora.python.api.files import api_files

    return _model(source, *api_files(source, environment))


def _model(source: PackageSource, files: PackageFiles, skipped: list[Skipped]) -> ApiModel:
    from corpora.python.api.reader import read_package_api  # (griffe is heavy)

    model = read_package_api(files, source.library, source.version)
    if all(one.kind == "module" and not one.members for one in model.objects.values()):
        raise NothingToRead(
            f"no API can be read of {source.library} {source.version}".rstrip(),
            why=_reason(files, skipped),
            fix="give a version or an archive that has Python source or stubs (for types: types-NAME)",
        )
    return model


def _reason(files: PackageFiles, skipped: list[Skipped]) -> str:
    if files.compiled and not files.modules:
        return "it is compiled code alone, without stubs, and the tables in its files tell nothing"
    if skipped:
        listed = "; ".join(f"{one.path}: {one.detail or one.reason}" for one in skipped[:_MAX_REASONS])
        return f"its modules cannot be read ({listed})"
    return "its modules are empty, or cannot be parsed"


def _kept(key: str, read: Callable[[], ApiModel]) -> ApiModel:
    return kept_model(_whole_key(key), read)


def _whole_key(key: str) -> str:
    return f"{key}\0{platform.python_version()}\0{reader_stamp()}"
