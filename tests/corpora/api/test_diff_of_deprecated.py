"""What changed in what was deprecated, or is now: names that lead on, keywords that decorators take."""

from pathlib import Path

from tests.corpora.api.test_diff import compared, only


def test_a_name_that_only_leads_on_with_a_warning_is_deprecated_where_the_object_has_others(
    tmp_path: Path,
) -> None:
    error = "class PayError(Exception):\n    code = 1\n"
    warns = (
        "import warnings\nfrom shop._version import now\n"
        "_MOVED = {'PayError': 'shop:PayError', 'pay': 'shop.tills:pay_now'}\n"
        "def __getattr__(name):\n    if name in _MOVED:\n"
        "        warnings.warn(f'{name} has been moved to `{_MOVED[name]}`, see /{now()}/')\n"
        "        return getattr(None, name)\n    raise AttributeError(name)\n"
    )
    found = compared(
        tmp_path,
        {"__init__.py": "from shop.errors import PayError\n__all__ = ['PayError']\n", "errors.py": error},
        {
            "__init__.py": "from shop._errors import PayError\n__all__ = ['PayError']\n",
            "_errors.py": error,
            "_version.py": "def now(): return ''.join(open('x'))\n",
            "errors.py": warns,
            "tills.py": "def pay_now(): ...\n",
        },
    )
    change = only(found, "deprecated")
    assert (change.name, change.replacement) == ("shop.errors.PayError", "shop.PayError")
    assert change.evidence == "PayError has been moved to `shop:PayError`, see /…/"
    assert not found.breaking


def test_a_keyword_that_only_a_decorator_took_is_gone_when_nothing_names_it(tmp_path: Path) -> None:
    helpers = (
        "import functools\n"
        "def deprecate_kwarg(old_arg_name, new_arg_name):\n    def keep(f):\n"
        "        @functools.wraps(f)\n        def call(*args, **kwargs): return f(*args, **kwargs)\n"
        "        return call\n    return keep\n"
        "def deprecated_params(**given): return lambda f: f\n"
    )
    both = "from shop import _old\n"
    found = compared(
        tmp_path,
        {
            "_old.py": helpers,
            "__init__.py": f"{both}class Cart:\n"
            "    @_old.deprecate_kwarg(old_arg_name='cash', new_arg_name='coins')\n"
            "    def pay(self, *, coins=1, **kwargs): ...\n"
            "    @_old.deprecated_params(quick=('1.4', 'Quick is deprecated.'))\n"
            "    def __new__(cls, *args, **kw): ...\n",
        },
        {
            "_old.py": helpers,
            "__init__.py": "class Cart:\n    def pay(self, *, coins=1, **kwargs): ...\n"
            "    def __new__(cls, *args, **kw): ...\n",
        },
    )
    gone = {(one.name, one.parameter): one for one in found.breaking}
    assert gone.keys() == {("shop.Cart.pay", "cash"), ("shop.Cart", "quick")}
    assert gone["shop.Cart", "quick"].evidence == "Quick is deprecated."


def test_a_member_that_only_an_added_docstring_tells_of_is_gone_if_deprecated(tmp_path: Path) -> None:
    """numpy leaves out of its stubs what is deprecated."""
    stub = "class ndarray:\n    def tobytes(self) -> bytes: ...\n"
    old = {
        "__init__.py": "from shop._core import ndarray\n__all__ = ['ndarray']\n",
        "_core.pyi": stub,
        "_docs.py": "from shop._core import add_newdoc\n"
        "add_newdoc('shop._core', 'ndarray', ('tostring', 'a.tostring()\\n\\nBytes.\\n\\n"
        ".. deprecated:: 1.19'))\n"
        "add_newdoc('shop._core', 'ndarray', ('tobytes', 'a.tobytes()\\n\\nBytes.'))\n",
    }
    folders = [tmp_path / name for name in ("old", "new")]
    for folder in folders:
        (folder / "shop").mkdir(parents=True)
        (folder / "shop" / "_core.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    found = compared(tmp_path, old, {**old, "_docs.py": ""})
    (change,) = found.breaking
    assert (change.name, change.object_kind) == ("shop.ndarray.tostring", "function")
    assert change.evidence == "since 1.19"
