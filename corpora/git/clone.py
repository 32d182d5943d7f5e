"""Fetch one revision of a repository into the cache, without running anything that it brings.

The server and the repository may be anybody's. Git gets an environment in which it asks for nothing, reads no
configuration but ours, speaks only the protocol of the URL to the address that was checked, follows no
redirect and no submodule, and runs no hook and no filter. Time, sizes and the number of files are bounded.
"""

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from corpora.crawl.addresses import is_public
from corpora.errors import CorpusError
from corpora.git.remote import Remote, fix_for, problem_with_remote
from corpora.network.cache import cache_folder
from corpora.network.exchange import Exchange, resolve_host, within
from corpora.outside.child_process import (
    Finished,
    clean_environment,
    find_program,
    isolated_python,
    run_bounded,
)
from corpora.spec import CorpusSpec

_FETCH_SECONDS: Final = 900.0
_LOCAL_SECONDS: Final = 300.0
_MAX_OUTPUT_BYTES: Final = 200_000_000  # the list of a million files
_MAX_FILES: Final = 1_000_000
_MAX_TREE_BYTES: Final = 10_000_000_000
_MAX_PACK_BYTES: Final = 4_000_000_000
_MAX_MEMORY: Final = 8_000_000_000
_NAME_CHARS: Final = 60
_RESOLVE_SECONDS: Final = 20.0
# No file may grow beyond the limit, in git and in what it starts: a server may send without end.
_LIMITED: Final = """\
import os, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
except (ImportError, ValueError, OSError):
    pass
os.execv(sys.argv[2], sys.argv[2:])
"""
_DUMB: Final = "dumb http transport"  # of what git says about a server that does not know git
_PORTS: Final = {"https": 443, "http": 80, "ssh": 22}

_ENVIRONMENT: Final = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oForwardAgent=no -oClearAllForwardings=yes",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_LAZY_FETCH": "1",
}
_SETTINGS: Final = (
    "core.fsmonitor=",
    f"core.hooksPath={os.devnull}",
    "core.askPass=",
    "core.attributesFile=",
    "credential.helper=",
    "protocol.allow=never",
    "http.followRedirects=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    "filter.lfs.required=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
)


def clone_folder(location: str) -> Path:
    """Return the folder in the cache for a repository. Raises `CorpusError` if there can be no cache."""
    remote = Remote.of(location)
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", remote.name).strip("._")[:_NAME_CHARS] or "repository"
    digest = hashlib.blake2b(remote.location.encode(), digest_size=8).hexdigest()
    return cache_folder("git") / f"{name}-{digest}"


def cloned_folder(spec: CorpusSpec) -> Path:
    """Return the folder in the cache for the repository of a corpus; see `clone_folder`."""
    return clone_folder(spec.location)


def fetch_clone(location: str, *, allow_private: bool) -> Path:
    """Bring the clone of a repository up to date, or make it; return its folder.

    A fetch that fails leaves what was fetched before.

    Raises:
        CorpusError: it may not be fetched, the server refuses or is not reached, or it is beyond the bounds.
    """
    remote = Remote.of(location)
    if problem := problem_with_remote(remote, allow_private=allow_private):
        raise _refused(remote, problem, fix_for(problem))
    git = find_program("git")
    if not git:
        raise _refused(remote, "there is no program git", "install git")
    folder = clone_folder(location)
    settings = [
        *_SETTINGS,
        f"protocol.{urlsplit(remote.url).scheme}.allow=always",
        *_pins(remote, allow_private),
    ]
    command = [git, *(part for setting in settings for part in ("-c", setting)), "-C", str(folder)]
    if not (folder / ".git").is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        _run(remote, [*command, "init", "--quiet", "--template="], _LOCAL_SECONDS)
    _run(remote, [*command, "config", "remote.origin.url", remote.url], _LOCAL_SECONDS)
    _fetch(remote, command)
    listing = [*command, "ls-tree", "-r", "-l", "-z", "--full-tree", "FETCH_HEAD"]
    _check_size(remote, _run(remote, listing, _LOCAL_SECONDS).stdout)
    _run(remote, [*command, "checkout", "--force", "--detach", "--quiet", "FETCH_HEAD"], _LOCAL_SECONDS)
    return folder


def _fetch(remote: Remote, command: list[str]) -> None:
    """Fetch the revision without its history; with it, from a server that only hands out files."""
    fetch = ["fetch", "--no-tags", "--no-recurse-submodules", "--force", "--quiet"]
    what = ["--", remote.url, remote.revision or "HEAD"]
    try:
        _run(remote, [*command, *fetch, "--depth=1", *what], _FETCH_SECONDS)
    except CorpusError as error:
        if _DUMB not in error.why:
            raise
        _run(remote, [*command, *fetch, *what], _FETCH_SECONDS)


def _pins(remote: Remote, allow_private: bool) -> list[str]:
    """Return settings by which git connects to exactly the addresses that were checked."""
    parts = urlsplit(remote.url)
    if parts.scheme == "file":
        return []
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    try:
        with within(Exchange(seconds=_RESOLVE_SECONDS, max_bytes=0)):
            found = resolve_host(host, port)
    except httpx.TransportError as error:
        if _has_proxy(parts.scheme):  # behind a proxy, this machine need not be able to resolve names
            return []
        raise _refused(remote, f"{host} is not found: {error}", "check the URL and the network") from error
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    private = [address for address in addresses if not is_public(address)]
    if private and not allow_private:
        raise _refused(
            remote, f"{host} has the address {private[0]}, which is not public", "use --allow-private"
        )
    shown = [f"[{address}]" if ":" in address else address for address in addresses]
    return [f"http.curloptResolve={host}:{port}:{','.join(shown)}"] if parts.scheme != "ssh" else []


def _has_proxy(scheme: str) -> bool:
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    return any(os.environ.get(name) for name in names)


def _check_size(remote: Remote, listing: bytes) -> None:
    """Check what a checkout would write: a few small objects can stand for millions of files."""
    sizes = [line.split(b"\t", 1)[0].split()[-1:] for line in listing.split(b"\0") if line]
    total = sum(int(size[0]) for size in sizes if size and size[0].isdigit())
    if len(sizes) > _MAX_FILES or total > _MAX_TREE_BYTES:
        raise _refused(
            remote,
            f"it has {len(sizes)} files of {total} bytes, more than {_MAX_FILES} or {_MAX_TREE_BYTES}",
            "clone it yourself, and index the folders that you need",
        )


def _run(remote: Remote, command: list[str], seconds: float) -> Finished:
    environment = clean_environment(_ENVIRONMENT, without=("GIT_",))
    try:
        done = run_bounded(
            [*isolated_python("-c", _LIMITED, str(_MAX_PACK_BYTES)), *command],
            seconds=seconds,
            max_bytes=_MAX_OUTPUT_BYTES,
            env=environment,
            max_memory=_MAX_MEMORY,
        )
    except OSError as error:
        raise _refused(remote, str(error), "try again, or clone it yourself and index the folder") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = next((line for line in lines if line.startswith(("fatal:", "error:", "remote:"))), "git failed")
        raise _refused(remote, why, "check the URL, the revision, and that it can be read without a password")
    return done


def _refused(remote: Remote, why: str, fix: str) -> CorpusError:
    return CorpusError(f"cannot fetch the repository {remote.location}", why=why, fix=fix)
