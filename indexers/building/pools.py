"""Look up, by name, where documents are prepared: `local`, `ray`, `ray:ADDRESS`, or by another package.

A package adds one by an entry point in the group `docprompting.pools`: a callable that is given the text
behind the colon, and returns an `OpenPool`.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from corpora.errors import RagError
from corpora.registry import Registry
from indexers.building.budget import Budget
from indexers.building.pool import OpenPool, Pool
from indexers.building.worker_pool import local_processes

LOCAL: Final = "local"
"""The name of the pool of processes of this machine, which is used unless another is named."""


def pool_named(name: str) -> OpenPool:
    """Return what opens the pool called `name`; the empty name is `local`.

    Raises:
        UnknownName: there is none.
        RagError: the package that adds it fails, or the name has an address that it cannot have.
    """
    kind, _, address = (name or LOCAL).partition(":")
    return POOLS.get(kind)(address)


def _local(address: str) -> OpenPool:
    if address:
        raise RagError(
            f"the workers local:{address} are not known",
            why="processes of this machine have no address",
            fix="leave it out: --workers local",
        )
    return local_processes


def _ray(address: str) -> OpenPool:
    return partial(_ray_pool, address=address)


def _ray_pool(budget: Budget, address: str) -> Pool:
    from indexers.building.ray_pool import RayPool  # loads Ray, which few have

    return RayPool(budget, address)


POOLS: Final = Registry[Callable[[str], OpenPool]](
    "pool of workers", "docprompting.pools", {LOCAL: _local, "ray": _ray}
)
"""All pools by name."""
