"""The archive to read a package from at an exact version: its wheel, or its source where it has no wheel."""

from pathlib import Path

from corpora.dependencies.package_name import check_pin
from corpora.errors import CorpusError
from corpora.python.fetching.sdists import fetched_sdist, kept_sdist
from corpora.python.fetching.wheels import NoWheel, fetched_wheel, kept_wheel


def fetched_archive(name: str, version: str, hashes: tuple[str, ...] = ()) -> Path:
    """Return the path of an archive of `name` at exactly `version`; fetch it if needed.

    Args:
        name: of the distribution, normalized (PEP 503).
        version: its version.
        hashes: those that it may have, see `corpora.dependencies.archive_hashes`; none if it may be any.

    Raises:
        CorpusError: name or version is not valid, fetching is not permitted, the package index cannot be
            reached, or it has no such archive.
    """
    check_pin(name, version)
    if known := kept_wheel(name, version, hashes) or kept_sdist(name, version, hashes):
        return known
    try:
        return fetched_wheel(name, version, hashes)
    except NoWheel as error:
        try:
            return fetched_sdist(name, version, hashes)
        except CorpusError as second:
            why = f"{error.why}, which cannot be fetched: {second.why}"
            raise CorpusError(error.what, why=why, fix=second.fix) from second
