"""The parts of packages of the standard library that are documented; the others only implement them.

`asyncio.run` is documented, and `asyncio.runners`, which defines it, is not. No interpreter tells which are.
"""

from collections.abc import Mapping
from typing import Final

_PARTS: Final = """
asyncio
collections: abc
concurrent.futures
ctypes: util wintypes
curses: ascii panel textpad
dbm: dumb gnu ndbm sqlite3
email: charset contentmanager encoders errors generator header headerregistry iterators message mime parser
    policy utils
encodings: idna mbcs utf_8_sig
ensurepip
html: entities parser
importlib: abc machinery metadata resources util
importlib.metadata
importlib.resources: abc
json: tool
logging: config handlers
multiprocessing: connection dummy managers pool shared_memory sharedctypes
multiprocessing.dummy
pathlib: types
re
sqlite3
string: templatelib
tkinter: colorchooser commondialog dialog dnd filedialog font messagebox scrolledtext simpledialog ttk
tomllib
unittest: mock
xml.dom: minidom pulldom
xml.etree: ElementTree
xml.parsers: expat
xml.sax: handler saxutils xmlreader
zipfile
zoneinfo
"""


def _parsed() -> dict[str, list[str]]:
    lines = _PARTS.replace("\n    ", " ").split("\n")
    pairs = (line.partition(":") for line in lines if line)
    return {package: parts.split() for package, _, parts in pairs}


DOCUMENTED_PARTS: Final[Mapping[str, list[str]]] = _parsed()
"""The documented modules below a package, by its name; all that are public for a package that is not here."""
