"""A process that has done the heavy imports and forks a child for each program that it is sent.

It reads JSON messages from standard input, each after its size in bytes, and writes JSON lines to standard
output. The first message is the configuration, answered by `{"ready": true}` or `{"error": ...}`. Every other
message is a program, answered by its verdict. A program is followed by its tests, `tests_bytes` of text or of
compiled tests, which this process passes on. A verdict is followed by `prepared_bytes` of compiled tests, for
other programs with the same tests.
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
    except Exception as error:  # the host reports whatever an import raises
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
        set_dumpable(False)  # programs run as the same user, and tests pass through this process
    config["cgroup"] = None
    if config["limits"]["kernel_memory"] is None:
        config["cgroup"] = cgroup_of_container()
        config["limits"]["kernel_memory"] = config["cgroup"] is not None
    if config["filters"]:
        compiled_filter(config["limits"]["kernel_memory"])
    # orphans of a sample become our children, so that none gets out of sight
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for name in config["imports"]:
        importlib.import_module(name)
    guard_memory()
    know_names()
    gc.collect()
    gc.freeze()  # keeps the pages of imported modules shared with the children


def _reply(replies: Any, message: dict[str, Any]) -> None:
    sys.stderr.flush()
    replies.write(json.dumps(message).encode() + b"\n")
