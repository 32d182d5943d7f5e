"""API models of small packages that tests make."""

from pathlib import Path

from corpora.api.model import ApiModel, ApiObject
from corpora.python.api.files import api_files
from corpora.python.api.reader import read_package_api
from corpora.python.source import find_package
from tests.small_corpora import write_tree


def api_of(root: Path, files: dict[str, str], *, top: str = "shop") -> ApiModel:
    """Return the API of the package `top` that consists of `files`, whose paths are relative to it."""
    write_tree(root / top, {"__init__.py": ""} | files)
    source = find_package(str(root / top))
    return read_package_api(api_files(source)[0], "shop", "1.0")


def object_named(model: ApiModel, name: str) -> ApiObject:
    """Return the object that a name leads to."""
    found = model.find(name)
    assert found is not None and found.object is not None, name
    return found.object


def calls(model: ApiModel, name: str) -> list[str]:
    """Return the signatures of an object as they are written."""
    return [str(way) for way in object_named(model, name).signatures]
