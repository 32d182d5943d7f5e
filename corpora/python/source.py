"""Find a Python package to read: a folder, a wheel, a source distribution, or an installed distribution."""

import atexit
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from corpora.dependencies.archive_hashes import check_archive
from corpora.dependencies.package_name import normalized_name
from corpora.dependencies.target import environment_python
from corpora.errors import CorpusError, NothingToRead
from corpora.outside.archives import ArchiveError, ZipReader
from corpora.python.dist_info import (
    UNREADABLE,
    OutsideDistribution,
    description_below,
    installed_distribution,
    owners_of_packages,
)
from corpora.python.environments import editable_folder, installed_in
from corpora.python.module_files import (
    MODULE_SUFFIXES,
    importable_name,
    is_compiled_module,
    without_stubs_suffix,
)
from corpora.python.sdist import ModuleFolder, is_sdist, unpack_sdist, unpack_wheel
from corpora.shipped_pages import DESCRIPTIONS, written_description
from corpora.spec import CorpusSpec

_MAX_WHEEL_BYTES = 500_000_000  # of Python source; the largest wheels hold a tenth of it


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Packages to read.

    Attributes:
        root: the folder that holds them.
        tops: their top-level names.
        library, version: of the distribution; the version is empty where it is not known.
        stamp: of the archive that they come from; empty where the times of their own files count.
        found: where a package was found that was asked for by name, in words; else empty.
        python: the version of Python of the environment that it is installed in; empty for ours.
        description: path below `root` of the metadata that holds its README; empty if there is none.
    """

    root: Path
    tops: tuple[str, ...]
    library: str
    version: str
    stamp: str = ""
    found: str = ""
    python: str = ""
    description: str = ""


def find_package(location: str, environment: str = "", hashes: tuple[str, ...] = ()) -> PackageSource:
    """Return the package at `location`.

    Args:
        location: the path of a folder, a module, a wheel, a source distribution or a `.dist-info` folder; or
            the name of an installed distribution or package. `numpy==1.26.4` is the installed distribution
            if it has that version, else a wheel that pip fetches (or its source, where there is no wheel).
        environment: the folder of the environment in which a name is looked for, of which nothing is run;
            empty for that of this program.
        hashes: those that an archive may have, as in `sha256:HEX`; none if it may be any.

    Raises:
        CorpusError: there is no such package, or it cannot be opened.
    """
    path = Path(location)
    if path.is_file() and (path.suffix == ".whl" or is_sdist(path)):
        check_archive(path, hashes)
        return _opened(path)
    if path.suffix in {".dist-info", ".egg-info"} and path.is_dir():
        return _distribution(OutsideDistribution(path), path.parent)
    if path.is_file() and path.suffix in MODULE_SUFFIXES:
        return PackageSource(path.parent, (path.stem,), path.stem, "")
    if path.is_dir() and ("/" in location or path.is_absolute()):
        return _folder(path)
    if path.is_absolute() or path.suffix == ".whl" or is_sdist(path):
        raise CorpusError(
            f"no package at {location}",
            why="there is nothing at this path"
            if not path.exists()
            else "it is not a folder, a module or an archive",
            fix="give a folder with __init__.py, a .whl or .tar.gz file, or the name of a distribution",
        )
    name, pin, version = (part.strip() for part in location.partition("=="))
    if environment:
        return _in_environment(name, version, Path(environment))
    return _at_version(name, version, hashes) if pin else _installed(location)


def modules_folder(spec: CorpusSpec) -> Path | None:
    """Return the folder that the paths of a package's modules are relative to; None for an archive.

    Only metadata is read: nothing is fetched or unpacked, and no list of files is read.
    """
    path = Path(spec.location)
    environment = Path(spec.environment) if spec.environment else None
    if not path.is_absolute():
        name, _, version = (part.strip() for part in spec.location.partition("=="))
        distribution = _named(name, environment)
        if distribution is None or (version and distribution.version != version):
            return None
        return _root_of(distribution, environment)
    if path.is_dir():
        is_metadata = path.suffix in {".dist-info", ".egg-info"}
        return _root_of(OutsideDistribution(path), path.parent) if is_metadata else _folder(path).root
    return path.parent if path.suffix in MODULE_SUFFIXES else None


def _named(name: str, environment: Path | None) -> metadata.Distribution | None:
    """Return the installed distribution that has this name, or a package of this name."""
    if environment:
        return installed_in(environment, name)
    try:
        return installed_distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        owners = sorted(owners_of_packages().get(name, ()))
        return installed_distribution(owners[0]) if owners else None


def _root_of(distribution: metadata.Distribution, environment: Path | None) -> Path:
    root = Path(str(distribution.locate_file("")))
    is_editable = '"editable"' in (distribution.read_text("direct_url.json") or "")
    return _editable(distribution, root, environment)[0] if is_editable else root


def _in_environment(name: str, version: str, environment: Path) -> PackageSource:
    """Return a package of an environment other than ours, whose interpreter is not run."""
    distribution = installed_in(environment, name)
    if distribution is None or (version and distribution.version != version):
        raise CorpusError(
            f"{name} is not installed in {environment} any more"
            if distribution is None
            else f"{environment} does not hold {name} {version} any more",
            why="it was found there when it was added"
            + (f", and now has version {distribution.version}" if distribution else ""),
            fix=f"install it there again, or name it anew: pkg:{name}{version and f'=={version}'}",
        )
    found, python = f"installed in {environment}", environment_python(environment)
    return replace(_distribution(distribution, environment), found=found, python=python)


def _at_version(name: str, version: str, hashes: tuple[str, ...]) -> PackageSource:
    try:
        if installed_distribution(name).version == version:
            return _installed(name)
    except metadata.PackageNotFoundError:
        pass
    from corpora.python.fetching.archives import fetched_archive

    archive = fetched_archive(normalized_name(name), version, hashes)
    found = "fetched as a wheel" if archive.suffix == ".whl" else "fetched as a source distribution"
    return replace(_opened(archive), found=found)


def _folder(path: Path) -> PackageSource:
    """Return the package in a folder, or the packages below it where it has no modules of its own."""
    held = sorted(child.name for child in path.iterdir() if (child / "__init__.py").is_file())
    if held and not any(path.glob("*.py")) and not any(path.glob("*.pyi")):
        return PackageSource(path, tuple(held), path.name, "")
    return PackageSource(path.parent, (path.name,), path.name, "")


def _installed(name: str) -> PackageSource:
    """Return an installed distribution by its name, or by that of a package in it; nothing is imported."""
    distribution = _named(name, None)
    if distribution is None:
        raise _absent(name)
    return replace(_distribution(distribution), found=f"installed with this Python, in {sys.prefix}")


def _absent(name: str) -> CorpusError:
    """Return the error for a name that no environment holds; it offers the newest version there is."""
    from corpora.python.fetching.wheels import newest_version

    newest = newest_version(name)
    offered = f"{name}=={newest or 'VERSION'}"
    return CorpusError(
        f"no installed distribution {name!r}",
        why=f"neither the environment of your project nor this Python ({sys.prefix}) has a distribution or a "
        "package of this name",
        fix=f"name a version: pkg:{offered}"
        + (" is the newest" if newest else " (it is fetched)")
        + f"; or name your environment with --python, or run: pip install {name}",
    )


def _distribution(distribution: metadata.Distribution, environment: Path | None = None) -> PackageSource:
    library = distribution.metadata["Name"]
    try:
        sources = _sources(distribution)
        why = "" if library else "its METADATA cannot be read, or has no name"
    except UNREADABLE as error:
        why = f"its RECORD is damaged ({error})"
    if why:
        raise CorpusError(
            f"cannot read the distribution at {distribution.locate_file('')}",
            why=why,
            fix="install it again, or give the path of the package's folder",
        )
    found = {importable_name(file.parts[0]) for file in sources}
    root = Path(str(distribution.locate_file("")))
    if not found:
        root, found = _editable(distribution, root, environment)
    if not found:
        raise NothingToRead(
            f"the distribution {library} has no Python source to read",
            why="it lists no module: neither a .py or .pyi file nor a compiled one (or it is an unusual "
            "editable install)",
            fix="give the path of the package's folder instead",
        )
    version = distribution.version or ""
    tops, name = tuple(sorted(found)), normalized_name(library)
    return PackageSource(root, tops, name, version, description=description_below(distribution, root))


def _sources(distribution: metadata.Distribution) -> list[PurePosixPath]:
    """Return the Python files of a distribution, without scripts and files that cannot be imported."""
    files = [PurePosixPath(file.as_posix()) for file in distribution.files or ()]
    return [
        file
        for file in files
        if (file.suffix in MODULE_SUFFIXES or (len(file.parts) == 1 and is_compiled_module(file.name)))
        and without_stubs_suffix(file.parts[0].split(".")[0]).isidentifier()
        and not file.name.startswith("__editable__")
    ]


def _editable(
    distribution: metadata.Distribution, root: Path, environment: Path | None
) -> tuple[Path, set[str]]:
    """Return root and top-level names of an editable installation, whose code is in a folder of its own."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    declared = declared or [distribution.metadata["Name"].replace("-", "_")]
    names = [name for name in declared if name.isidentifier()]
    if environment is not None:
        project = editable_folder(distribution, environment)
        for folder in (project / "src", project) if project else ():
            if held := {name for name in names if _has_module(folder, name)}:
                return folder, held
        # An `.egg-info` may list no files; what this program imports under the name is another package.
        return root, {name for name in names if _has_module(root, name)}
    for name in names:
        spec = find_spec(name)
        if spec is not None and spec.origin and Path(spec.origin).suffix in MODULE_SUFFIXES:
            origin = Path(spec.origin)
            return (origin.parent.parent if origin.name == "__init__.py" else origin.parent), {name}
    return root, set()


def _has_module(folder: Path, name: str) -> bool:
    return (folder / name / "__init__.py").is_file() or (folder / f"{name}.py").is_file()


def _opened(archive: Path) -> PackageSource:
    """Return the packages in a wheel or a source distribution."""
    status = archive.stat()
    opened = _open_wheel if archive.suffix == ".whl" else _open_sdist
    return opened(archive, f"{status.st_mtime_ns}-{status.st_size}")


@lru_cache(maxsize=32)
def _open_wheel(path: Path, stamp: str) -> PackageSource:
    """Unpack the Python source of a wheel into a temporary folder, removed when the process ends."""
    root = Path(tempfile.mkdtemp(prefix="wheel-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    try:
        with ZipReader(path, _MAX_WHEEL_BYTES) as wheel:
            names = unpack_wheel(wheel, ModuleFolder(root, path))
            described = [one for one in wheel.members if one.filename.endswith(".dist-info/METADATA")]
            text = wheel.text(described[0]) if described else ""
            description = written_description(root, described[0].filename if described else "", text)
    except (ArchiveError, OSError) as error:
        shutil.rmtree(root, ignore_errors=True)
        raise CorpusError(
            f"cannot read the wheel {path}",
            why=f"it is not a whole zip file ({error})" if isinstance(error, ArchiveError) else str(error),
            fix="fetch the wheel again",
        ) from error
    headers = HeaderParser().parsestr(text, headersonly=True)
    name, version, *_ = [*path.stem.split("-"), "", ""]
    tops = {importable_name(file.parts[0]) for file in names}
    library = normalized_name(headers.get("Name", name))
    version = headers.get("Version", version)
    return PackageSource(root, tuple(sorted(tops)), library, version, stamp, description=description)


@lru_cache(maxsize=32)
def _open_sdist(path: Path, stamp: str) -> PackageSource:
    """Unpack the Python source of a source distribution, as `_open_wheel` does."""
    root = Path(tempfile.mkdtemp(prefix="sdist-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    try:
        folder, tops, library, version, text = unpack_sdist(path, root)
        description = written_description(folder, DESCRIPTIONS[-1], text)
        why = "" if tops else "it holds no package, and no module of its name"
    except ArchiveError as error:
        why = f"it is not a whole archive ({error})"
    except OSError as error:
        why = str(error)
    if why:
        shutil.rmtree(root, ignore_errors=True)
        raise CorpusError(
            f"cannot read the source distribution {path}",
            why=why,
            fix="fetch it again, or unpack it and name the folder with the package, or with pages",
        )
    return PackageSource(folder, tops, normalized_name(library), version, stamp, description=description)
