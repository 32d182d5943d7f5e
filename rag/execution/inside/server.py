"""A process with the heavy imports done, which forks a child for each program it is sent.

JSON on standard input, each after its size in bytes, and lines of it on standard output: first the
configuration, answered by `{"ready": true}` or `{"error": ...}`; then a program each, answered by its
verdict. Behind a program stand its tests, `tests_bytes` of text or of what was prepared from it, which this
process passes on; behind a verdict, `prepared_bytes` of what was prepared, for others with the same tests.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import sys
from typing import Any

from .confine import become_unprivileged, set_dumpable
from .guard import guard_memory, know_names, read_block
from .hand_over import kept_bytes, send_kept
from .kernel_memory import cgroup_of_container
from .process_tree import parent_and_resident
from .supervise import run_sample
from .system_calls import compiled_filter

_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Serve until standard input ends."""
    requests, replies = os.dup(0), os.fdopen(os.dup(1), "wb", buffering=0)
    config = json.loads(read_block(requests))
    config["host"] = requests
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 0)
    os.dup2(silence, 1)
    try:
        _prepare(config)
    except Exception as error:  # whatever an import raises is for the host to tell
        _reply(replies, {"error": f"{type(error).__name__}: {error}"})
        return
    baseline = parent_and_resident(os.getpid())[1]
    cgroup = config["cgroup"]
    config["needed"] = cgroup.needed() + cgroup.mapped() if cgroup else None
    _reply(replies, {"ready": True, "needed": config["needed"]})
    while request := read_block(requests):
        _serve(json.loads(request), replies, config, baseline)


def _serve(request: dict[str, Any], replies: Any, config: dict[str, Any], baseline: int) -> None:
    wanted = request["tested"] and request["language"] == "python" and not request["prepared"]
    request["kept"] = kept = os.memfd_create("tests") if wanted else -1
    verdict = run_sample(request, config, baseline)
    size = kept_bytes(kept) if wanted else 0
    _reply(replies, {**verdict, "prepared_bytes": size})
    if wanted:
        send_kept(kept, replies.fileno(), size)
        os.close(kept)


def _prepare(config: dict[str, Any]) -> None:
    if config["namespaces"] and os.getuid() == 0:
        become_unprivileged(config["user"])
    elif not config["namespaces"]:
        set_dumpable(False)  # programs of the same user see this process, and it knows their tests
    config["cgroup"] = None
    if config["limits"]["kernel_memory"] is None:
        config["cgroup"] = cgroup_of_container()
        config["limits"]["kernel_memory"] = config["cgroup"] is not None
    if config["filters"]:
        compiled_filter(config["limits"]["kernel_memory"])
    # orphans of a sample come to us, so that none is lost from sight
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for name in config["imports"]:
        importlib.import_module(name)
    guard_memory()
    know_names()
    gc.collect()
    gc.freeze()  # the pages of what is imported stay shared with the children


def _reply(replies: Any, message: dict[str, Any]) -> None:
    sys.stderr.flush()
    replies.write(json.dumps(message).encode() + b"\n")
