"""Keywords and defaults that no signature shows, and that another version no longer has."""

from pathlib import Path

import pytest

from corpora.api.documented_defaults import documented_defaults
from corpora.api.signature import Parameter, Signature
from tests.corpora.api.test_diff import compared, only

DUMPS = """
import json, warnings
def dumps(value, **kwargs):
    _prepare(kwargs)
    encoding = kwargs.pop("encoding", None)
    text = json.dumps(value, **kwargs)
    if encoding is not None:
        warnings.warn(f"'encoding' is deprecated and will be {'removed'}.", DeprecationWarning, stacklevel=2)
        return text.encode(encoding)
    return text
"""
PLAIN = "import json\ndef dumps(value, **kwargs): return json.dumps(value, **kwargs)\n"


def test_a_keyword_that_a_function_warned_of_and_no_longer_reads_is_gone(tmp_path: Path) -> None:
    change = only(compared(tmp_path, DUMPS, PLAIN), "parameter removed")
    assert (change.name, change.parameter, change.detail) == ("shop.dumps", "encoding", "it was deprecated")
    assert (change.is_breaking, change.is_certain) == (True, True)
    assert change.evidence == "'encoding' is deprecated and will be ."


@pytest.mark.parametrize(
    "new",
    [
        PLAIN.replace("**kwargs):", "encoding=None, **kwargs):"),
        PLAIN.replace(": return", ":\n    kwargs.pop('encoding', None)\n    return"),
        PLAIN.replace(": return", ":\n    if 'encoding' in kwargs: raise TypeError()\n    return"),
    ],
    ids=["named", "read", "asked for"],
)
def test_a_keyword_that_a_function_still_names_is_not(tmp_path: Path, new: str) -> None:
    assert not compared(tmp_path, DUMPS, new).breaking


@pytest.mark.parametrize(
    "warning",
    [
        "warnings.warn('use utf-8', DeprecationWarning)",  # (not by its name)
        "warnings.warn('encoding is slow')",
        "print('encoding is deprecated')",
    ],
)
def test_a_keyword_that_is_read_without_a_warning_of_it_may_be_read_elsewhere_now(
    tmp_path: Path, warning: str
) -> None:
    old = (
        "import warnings\ndef dumps(value, **kwargs):\n    _prepare(kwargs)\n"
        f"    if 'encoding' in kwargs:\n        {warning}\n    return _dumps(value, kwargs)\n"
    )
    new = "def dumps(value, **kwargs): return _dumps(value, kwargs)\n"
    assert not compared(tmp_path, old, new).changes


def test_a_default_that_only_the_documentation_tells_and_tells_otherwise_now_is_changed(
    tmp_path: Path,
) -> None:
    source = (
        'def encode(data, dtype=None, size=3):\n    """Encode.\n\n    Parameters\n    ----------\n'
        "    dtype : dtype, default {}\n        Of the result.\n    size : int, default {}\n    " + '"""\n'
    )
    change = only(
        compared(tmp_path, source.format("np.uint8", 3), source.format("bool", 4)), "default changed"
    )
    assert (change.name, change.parameter, change.old, change.new) == (
        "shop.encode",
        "dtype",
        "np.uint8",
        "bool",
    )
    assert (change.detail, change.is_breaking) == ("as its documentation says", True)
    assert not compared(tmp_path, source.format("np.nan", 3), source.format("NaN", 3)).changes


def test_defaults_are_read_from_the_lines_that_name_parameters_and_types() -> None:
    names = ("axis", "how", "sep", "fill", "size", "name")
    way = Signature(tuple(Parameter(name, "keyword only", "None") for name in names[:-1]))
    docstring = """
        axis, how : str, default 'inner'
        sep : str, the default is what the platform has
        fill: scalar, default: 0.
        size : int, default None
            or default 3
        name : str, default x
    """
    assert documented_defaults(docstring, [way]) == {"axis": "inner", "how": "inner", "fill": "0"}


def test_what_a_call_makes_of_a_function_takes_what_that_passes_its_keywords_to(tmp_path: Path) -> None:
    old = """
def factory(make): return exec("")
def deprecated(version): return exec("")
class Query:
    @classmethod
    def _create(cls, *args, **kw):
        if args or kw: return cls._create_legacy(*args, **kw)
    @classmethod
    @deprecated("2.0")
    def _create_legacy(cls, columns=None, where=None, **kw): return exec("")
select = factory(Query._create)
"""
    new = "def select(*columns, **kw):\n    if kw: raise TypeError()\n    return columns\n"
    changes = compared(tmp_path, old, new).changes
    lost = [one.parameter for one in changes if one.name == "shop.select" and one.is_breaking]
    assert lost == ["columns", "where"]


def test_what_the_newer_version_may_pass_on_is_not_lost(tmp_path: Path) -> None:
    old = "def show(**kw): return _show(**kw)\ndef _show(pen=1, ink=2): ...\n"
    new = "def show(**kw): return draw(kw)\n"
    given = "def show(**kw): return _show(ink=3, **kw)\ndef _show(pen=1, ink=2): ...\n"
    assert not compared(tmp_path / "open", old, new).changes
    assert not compared(tmp_path / "given", given, old).changes
    assert only(compared(tmp_path, old, given), "parameter removed").parameter == "ink"
