"""Compare the APIs of two versions of a library."""

from pathlib import Path

from corpora.api.changes import ApiDiff
from corpora.api.diff import diff
from corpora.api.model import ApiModel
from corpora.dependencies.package_name import is_distribution_name, is_python_version, normalized_name
from corpora.documented_apis.compare import compare_documentation
from corpora.documented_apis.read import is_documentation, read_documented_api
from corpora.errors import CorpusError, NothingToRead
from corpora.git.revision import named_revision
from corpora.library_api import read_api
from corpora.python.sdist import is_sdist
from corpora.release_notes.files import release_notes_in
from corpora.release_notes.noted import with_release_notes


def diff_apis(
    old: str | ApiModel,
    new: str | ApiModel,
    *,
    python: str = "",
    notes: str = "",
    fetch_notes: bool = False,
) -> ApiDiff:
    """Return what changed in the public API of a library from one version to another.

    Nothing of either version is imported or run.

    Args:
        old: a location that `read_api` takes, such as `pandas==1.5.3`, a wheel, a folder or a revision of a
            repository; or what it returned. Two folders of documentation are compared by what they tell.
        new: the same for the newer version.
        python: the environment in which a name without a version is looked for, as for `read_api`.
        notes: where the release notes are: a source distribution, a folder or a file. By default those of
            `new` count, if that is the path of a source distribution.
        fetch_notes: whether the source distribution of `new`, a version of a Python package, is fetched for
            its release notes, which wheels do not have. Those of a revision are in its repository.

    Raises:
        CorpusError: one of them cannot be found or read.

    >>> diff_apis("pandas==1.5.3", "pandas==2.2.3").below("pandas.DataFrame").breaking  # doctest: +SKIP
    """
    are_docs = [isinstance(one, str) and is_documentation(one) for one in (old, new)]
    if all(are_docs):
        told = [read_documented_api(Path(str(one)).expanduser()) for one in (old, new)]
        return compare_documentation(*told)
    if any(are_docs):
        raise CorpusError(
            "a documentation and a package are not compared with each other",
            why=f"{old if are_docs[0] else new} is a folder of documentation, and the other is none",
            fix="give two folders of documentation, or two versions of the package",
        )
    models = [read_api(one, python=python) if isinstance(one, str) else one for one in (old, new)]
    found = diff(*models)
    place = notes or (new if isinstance(new, str) and is_sdist(Path(new)) and Path(new).is_file() else "")
    if fetch_notes and not place:
        place = str(_with_notes(new if isinstance(new, str) else f"{new.library}=={new.version}"))
    if not place:
        return found
    try:
        return with_release_notes(found, models[0], models[1], release_notes_in(Path(place).expanduser()))
    except NothingToRead:
        if notes or fetch_notes:
            raise
        return found


def _with_notes(location: str) -> Path:
    """Return what has the release notes of a version: its source distribution, or the folder that it is in.

    Raises:
        CorpusError: it names no version of a Python package, or that has no source distribution.
    """
    from corpora.python.fetching.sdists import fetched_sdist

    if (revision := named_revision(location)) is not None:
        return revision.folder
    if Path(location).expanduser().is_dir():
        return Path(location)
    name, _, version = location.removeprefix("pkg:").partition("==")
    if not is_distribution_name(name) or not is_python_version(version):
        raise CorpusError(
            f"there are no release notes to fetch for {location}",
            why="they are fetched for versions of Python packages, as NAME==VERSION names them",
            fix="give their place: --notes CHANGES.rst",
        )
    return fetched_sdist(normalized_name(name), version)
