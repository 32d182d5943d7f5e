"""Source distributions of exact versions, fetched into the cache and kept there; nothing of them is built.

pip would build one as soon as it downloads it, to learn what it needs, and that runs its code. So pip is only
asked where the file is, by the indexes that the user has set for it, and the file is fetched here.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

import httpx

from corpora.dependencies.archive_hashes import CHECK_LOCK, hashes_in, problem_with_archive
from corpora.dependencies.package_name import check_pin
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.network.exchange import Exchange, within
from corpora.network.fetching import check_fetching
from corpora.network.http_client import BodyRefused, BoundedTransport, stream_body
from corpora.outside.files import open_outside
from corpora.python.fetching.listing import sdist_address
from corpora.python.sdist import SDIST_SUFFIXES

_MAX_BYTES: Final = 500_000_000
_SECONDS: Final = 300
_MAX_REDIRECTS: Final = 5
_PIECE_BYTES: Final = 1 << 20


def kept_sdist(name: str, version: str, hashes: tuple[str, ...] = ()) -> Path | None:
    """Return the source distribution in the cache; None if there is none, or it has none of the hashes."""
    for suffix in SDIST_SUFFIXES:
        path = _place(name, version, suffix)
        if path.is_file() and not problem_with_archive(path, hashes):
            return path
    return None


def fetched_sdist(name: str, version: str, hashes: tuple[str, ...] = ()) -> Path:
    """Return the path of the source distribution of `name` at exactly `version`; fetch it if needed.

    Args:
        name: of the distribution, normalized.
        version: its version.
        hashes: those that it may have, see `corpora.dependencies.archive_hashes`; none if it may be any.

    Raises:
        CorpusError: name or version is not valid, fetching is not permitted, no index has such a file, it
            cannot be fetched, or it is not the one that is locked.
    """
    check_pin(name, version)
    if known := kept_sdist(name, version, hashes):
        return known
    check_fetching(f"{name} {version}")
    url = sdist_address(name, version)
    if not url:
        raise CorpusError(
            f"cannot fetch the source distribution of {name} {version}",
            why="pip finds none in the package indexes that it is set to use",
            fix="fetch its .tar.gz and give the path of that file",
        )
    suffix = next(end for end in SDIST_SUFFIXES if urlsplit(url).path.endswith(end))
    target = _place(name, version, suffix)
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        draft = Path(temporary) / target.name
        try:
            _fetch(url, draft)
        except (httpx.HTTPError, httpx.InvalidURL, BodyRefused, OSError, ValueError) as error:
            raise CorpusError(
                f"cannot fetch the source distribution of {name} {version}",
                why=f"{urlsplit(url).hostname or 'the file'}: {error or type(error).__name__}",
                fix="try again later; or fetch its .tar.gz and give the path of that file",
            ) from error
        _check(draft, name, version, hashes, urlsplit(url).fragment)
        shutil.move(draft, target)
    return target


def _place(name: str, version: str, suffix: str) -> Path:
    from packaging.utils import canonicalize_version

    return cache_folder("sdists") / f"{name}-{canonicalize_version(version)}{suffix}"  # 6.0.0 is 6.0


def _fetch(url: str, target: Path) -> None:
    """Write the file at an address to `target`; raise an error of httpx, `OSError` or `ValueError` if not."""
    if url.startswith("file:"):
        with open_outside(Path(url2pathname(urlsplit(url).path))) as source, target.open("wb") as file:
            left = _MAX_BYTES
            while piece := source.read(min(_PIECE_BYTES, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise ValueError(f"more than {_MAX_BYTES} bytes")
                file.write(piece)
        return
    exchange = Exchange(seconds=_SECONDS, max_bytes=2 * _MAX_BYTES)
    # The transport reads proxies itself; passwords from ~/.netrc are never sent.
    with httpx.Client(transport=BoundedTransport(), trust_env=False) as client:
        for _ in range(_MAX_REDIRECTS + 1):
            with within(exchange):
                request = client.build_request("GET", url, headers={"Accept-Encoding": "identity"})
                answer = client.send(request, stream=True)
            if not answer.is_redirect:
                break
            answer.close()
            url = _next(url, answer.headers.get("location", ""))
        else:
            raise ValueError(f"more than {_MAX_REDIRECTS} redirects")
        if answer.status_code != httpx.codes.OK:
            answer.close()
            raise ValueError(f"the server answers with the status {answer.status_code}")
        with target.open("wb") as file:
            for piece in stream_body(answer, exchange, _MAX_BYTES):
                file.write(piece)


def _next(url: str, location: str) -> str:
    """Return where a redirect leads; raise `ValueError` if that is less safe."""
    target = urljoin(url, location)
    is_secure = not url.startswith("https:") or target.startswith("https:")
    if not target.startswith(("https:", "http:")) or not is_secure:
        raise ValueError("it redirects from https to something else")
    return target


def _check(path: Path, name: str, version: str, hashes: tuple[str, ...], fragment: str) -> None:
    """Raise `CorpusError` for a file that is not what is locked, or not what its index says."""
    if problem := problem_with_archive(path, hashes):
        raise CorpusError(f"cannot fetch {name} {version}", why=problem, fix=CHECK_LOCK)
    if problem := problem_with_archive(path, hashes_in(fragment)):
        raise CorpusError(
            f"cannot fetch {name} {version}",
            why=f"the file is not the one that its package index names: {problem}",
            fix="try again later",
        )
