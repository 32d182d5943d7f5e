"""Packages of npm that tests make."""

import json
import tarfile
from pathlib import Path
from typing import Any

from tests.small_corpora import write_tree


def write_npm_package(
    folder: Path, files: dict[str, str], name: str = "pack", version: str = "1.0.0", **facts: Any
) -> Path:
    """Write a package with a package.json into a folder, and return that."""
    described = json.dumps({"name": name, "version": version, **facts})
    return write_tree(folder, {"package.json": described, **files})


def packed(folder: Path, archive: Path) -> Path:
    """Make the `.tgz` that npm makes of a package, and return its path."""
    with tarfile.open(archive, "w:gz") as opened:
        opened.add(folder, "package")
    return archive
