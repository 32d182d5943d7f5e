"""Environments with small libraries, made in a folder; nothing is installed."""

from pathlib import Path

from tests.small_corpora import write_tree

KITCHEN = {
    "kitchen/__init__.py": '''"""Cook."""

from kitchen.pots import Pot, boil

__all__ = ["Pot", "boil", "serve"]


def serve(dish, *, table=1, with_salt=False):
    """Serve a dish."""
''',
    "kitchen/pots.py": '''"""Pots."""

import warnings

from zope.interface import Interface


class Pot:
    """A pot."""

    def __init__(self, litres: int = 3) -> None:
        self.litres = litres

    def fill(self, water: float, *, warm: bool = False) -> "Pot":
        """Fill it."""
        return self

    def lid(self) -> "Lid | None":
        """Return its lid."""

    def scrub(self) -> None:
        """Scrub it."""
        warnings.warn("scrub is deprecated: use wash", DeprecationWarning, stacklevel=2)


class Lid:
    """A lid."""

    def lift(self, height: int) -> None:
        """Lift it."""


class Basket:
    """Something whose members are not known."""

    def __getattr__(self, name: str) -> object:
        return name


def boil(pot: Pot, minutes: int) -> Pot:
    """Boil what is in a pot."""
    return pot


class Tap(Interface):
    """What lets water out."""

    def open(litres):
        """Open it."""


def stir(pot: Pot) -> None:
    """Stir what is in a pot.

    .. deprecated:: 1.5
        It is now deprecated to pass a cold pot.
    """


class Kettle:
    """A kettle."""

    def __new__(cls, litres):
        return object.__new__(cls)


def any_dish(*parts, **options):
    """Cook anything."""
''',
}


def environment_with(root: Path, **libraries: tuple[str, dict[str, str]]) -> Path:
    """Write an environment with libraries, each as its version and its files by path; return its folder."""
    folder = root / "environment"
    site = folder / "lib" / "python3.12" / "site-packages"
    write_tree(folder, {"pyvenv.cfg": "home = /nowhere\nversion_info = 3.12.0\n"})
    for name, (version, files) in libraries.items():
        write_tree(site, files)
        described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        listed = "".join(f"{path},,\n" for path in files)
        write_tree(site / f"{name}-{version}.dist-info", {"METADATA": described, "RECORD": listed})
    return folder
