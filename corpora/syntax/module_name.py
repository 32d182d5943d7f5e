"""The name of the module in a file."""

from pathlib import PurePosixPath
from typing import Final

_BY_FOLDER: Final = frozenset({".go", ".java", ".kt", ".scala", ".cs"})
"""Suffixes of languages whose names are qualified by the folder, or by a package that is called like it."""

_SCRIPTS: Final = frozenset({".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"})


def module_name(path: str) -> str:
    """Return the dotted name of the module in the file at `path`; empty for no path.

    >>> module_name("src/app/models.py"), module_name("app/__init__.py"), module_name("src/sync/mod.rs")
    ('app.models', 'app', 'sync')
    """
    if not path:
        return ""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    parts = parts[1:] if parts[:1] in (["src"], ["lib"]) else parts
    return ".".join(parts[:-1] if parts[-1:] in (["__init__"], ["mod"], ["lib"]) else parts)


def definition_scope(path: str) -> str:
    """Return the dotted name before those that the file at `path` defines, as an import would write it.

    It is the module, but for languages whose names do not show the file that defines them.

    >>> definition_scope("src/shop/cart.py"), definition_scope("src/shop/index.ts")
    ('shop.cart', 'shop')
    >>> definition_scope("pkg/cart/store.go"), definition_scope("src/main/java/com/shop/Cart.java")
    ('pkg.cart', 'main.java.com.shop')
    """
    file = PurePosixPath(path)
    module = module_name(path)
    if file.suffix in _BY_FOLDER or (file.suffix in _SCRIPTS and file.stem == "index"):
        return module.rpartition(".")[0]
    return module
