"""The name of the module in a file."""

from pathlib import PurePosixPath


def module_name(path: str) -> str:
    """Return the dotted name of the module in the file at `path`.

    >>> module_name("src/app/models.py"), module_name("app/__init__.py"), module_name("src/sync/mod.rs")
    ('app.models', 'app', 'sync')
    """
    parts = list(PurePosixPath(path).with_suffix("").parts)
    parts = parts[1:] if parts[:1] in (["src"], ["lib"]) else parts
    return ".".join(parts[:-1] if parts[-1:] in (["__init__"], ["mod"], ["lib"]) else parts)
