"""What changed in an API, told from the sources of two versions."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.api.changes import ApiChange, ApiDiff
from corpora.api.diff import diff
from corpora.api.model import ApiModel
from corpora.python.api.read import read_python_api
from tests.small_corpora import write_tree


def model(folder: Path, files: dict[str, str] | str) -> ApiModel:
    """Return the API of a package `shop` that is written to a folder."""
    sources = {"__init__.py": files} if isinstance(files, str) else files
    return read_python_api(str(write_tree(folder / "shop", sources)))


def compared(folder: Path, old: dict[str, str] | str, new: dict[str, str] | str) -> ApiDiff:
    """Return what changed between two versions of a package `shop`."""
    return diff(model(folder / "old", old), model(folder / "new", new))


def only(found: ApiDiff, kind: str) -> ApiChange:
    """Return the one change of a kind."""
    (change,) = [one for one in found.changes if one.kind == kind]
    return change


def test_a_function_that_is_gone_breaks_code_and_its_deprecation_says_what_to_use(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        'def pay(amount):\n    """Pay.\n\n    .. deprecated:: 1.5\n        Use :func:`checkout` instead.'
        '\n    """\n'
        "def checkout(amount): return amount\n",
        "def checkout(amount): return amount\n",
    )
    change = only(found, "removed")
    assert (change.name, change.is_breaking, change.is_certain) == ("shop.pay", True, True)
    assert change.replacement == "shop.checkout"
    assert "instead" in change.evidence


def test_a_method_that_two_classes_inherit_is_one_change_with_both_names(tmp_path: Path) -> None:
    shown = "class Frame(_Base): pass\nclass Row(_Base): pass\n"
    found = compared(
        tmp_path,
        f"class _Base:\n    def append(self, other): return other\n    def size(self): return 1\n{shown}",
        f"class _Base:\n    def size(self): return 1\n{shown}",
    )
    change = only(found, "removed")
    assert set(change.all_names) == {"shop.Frame.append", "shop.Row.append"}


def test_a_method_that_moved_up_into_a_base_is_no_change(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        "class Cart:\n    def pay(self): return 1\n",
        "class _Base:\n    def pay(self): return 1\nclass Cart(_Base): pass\n",
    )
    assert not found.changes


def test_a_function_that_moved_but_works_under_its_old_name_is_no_change(tmp_path: Path) -> None:
    body = "def pay(amount, currency):\n    return convert(amount, currency) * rate\n"
    found = compared(
        tmp_path,
        {"__init__.py": "", "money.py": body},
        {
            "__init__.py": "",
            "money.py": "from shop.payment import pay\n__all__ = ['pay']\n",
            "payment.py": body,
        },
    )
    assert not found.breaking


def test_a_function_is_found_in_the_module_that_it_moved_to(tmp_path: Path) -> None:
    body = 'def pay(amount, currency):\n    """Pay it."""\n    return convert(amount, currency) * rate\n'
    rest = "def tax(amount):\n    return amount * 2\n"
    found = compared(
        tmp_path,
        {"__init__.py": "", "money.py": body + rest},
        {"__init__.py": "", "money.py": rest, "payment.py": body},
    )
    change = only(found, "moved")
    assert (change.name, change.new, change.replacement) == (
        "shop.money.pay",
        "shop.payment.pay",
        "shop.payment.pay",
    )


def test_a_function_of_another_name_with_the_same_body_and_docstring_is_renamed(tmp_path: Path) -> None:
    text = (
        'def {}(amount, currency):\n    """Pay an amount in a currency."""\n'
        "    rate = find_rate(currency)\n    return round(amount * rate, 2)\n"
    )
    found = compared(tmp_path, text.format("payAmount"), text.format("pay_amount"))
    change = only(found, "renamed")
    assert (change.name, change.new) == ("shop.payAmount", "shop.pay_amount")
    assert not [one for one in found.changes if one.kind in {"added", "removed"}]


def test_an_alias_that_is_gone_names_what_is_left(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {
            "__init__.py": "from shop.kinds import Big\nfrom shop.kinds import Big as Large\n"
            "__all__ = ['Big', 'Large']\n",
            "kinds.py": "class Big: pass\n",
        },
        {"__init__.py": "from shop.kinds import Big\n__all__ = ['Big']\n", "kinds.py": "class Big: pass\n"},
    )
    change = only(found, "removed")
    assert (change.name, change.replacement) == ("shop.Large", "shop.Big")


def test_each_way_in_which_a_parameter_changes_is_told_apart(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        "def f(a, b, c=1, d=2, file_name=None, e=3): return a\n",
        "def f(a, b, c, *, d=2, filename=None, e=4, g): return a\n",
    )
    told = {(one.kind, one.parameter): one.is_breaking for one in found.changes}
    assert told["parameter made required", "c"]
    assert told["parameter kind changed", "d"]
    assert told["default changed", "e"]
    assert told["parameter added", "g"]
    assert ("parameter kind changed", "a") not in told


def test_a_parameter_of_a_similar_name_in_the_same_place_is_renamed(tmp_path: Path) -> None:
    found = compared(tmp_path, "def save(fname, mode='w'): pass\n", "def save(path, mode='w'): pass\n")
    change = only(found, "parameter renamed")
    assert (change.parameter, change.detail, change.is_breaking) == ("fname", "now path", True)


def test_what_new_keywords_may_take_is_not_known_to_be_gone(tmp_path: Path) -> None:
    found = compared(tmp_path, "def f(a, level=None): pass\n", "def f(a, **options): pass\n")
    change = only(found, "parameter removed")
    assert change.is_breaking
    assert not change.is_certain
    assert change not in found.breaking


def test_a_number_written_otherwise_is_the_same_default(tmp_path: Path) -> None:
    assert not compared(tmp_path, "def pay(rate=1, n=2): ...\n", "def pay(rate=1.0, n=2.): ...\n").changes


def test_a_mark_in_place_of_none_breaks_nothing(tmp_path: Path) -> None:
    found = compared(tmp_path, "def f(a=None): pass\n", "_Unset = object()\ndef f(a=_Unset): pass\n")
    assert not only(found, "default changed").is_breaking


def test_a_class_without_a_base_that_users_ask_for_breaks_code(tmp_path: Path) -> None:
    found = compared(tmp_path, "class Url(str): pass\n", "class Url: pass\n")
    change = only(found, "bases changed")
    assert change.old == "builtins.str"
    assert change.is_breaking


def test_a_base_that_a_base_lost_is_told_once(tmp_path: Path) -> None:
    below = "class Link(Url): pass\nclass Mail(Link): pass\n"
    found = compared(tmp_path, f"class Url(str): pass\n{below}", f"class Url: pass\n{below}")
    assert only(found, "bases changed").name == "shop.Url"


def test_a_property_that_was_a_method_breaks_code(tmp_path: Path) -> None:
    text = "class Cart:\n{}    def size(self): return 1\n"
    found = compared(tmp_path, text.format(""), text.format("    @property\n"))
    assert only(found, "no longer callable").name == "shop.Cart.size"


def test_deprecations_and_notes_of_the_new_version_are_told_and_break_nothing(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        "def pay(): return 1\ndef checkout(): return 2\n",
        "import warnings\n"
        "def pay():\n    warnings.warn('pay is deprecated, use checkout', DeprecationWarning)\n    return 1\n"
        'def checkout():\n    """Check out.\n\n    .. versionchanged:: 2.0\n        At once.\n    """\n'
        "    return 2\n",
    )
    assert only(found, "deprecated").replacement == "shop.checkout"
    assert only(found, "behaviour note").evidence == "At once."
    assert not found.breaking


def test_a_name_that_a_class_with_getattr_may_have_is_not_known_to_be_gone(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        "class Cart:\n    def pay(self): return 1\n",
        "class Cart:\n    def __getattr__(self, name): return find(name)\n",
    )
    assert not only(found, "removed").is_certain


def test_a_method_that_a_class_with_getattr_wrote_out_before_is_gone(tmp_path: Path) -> None:
    text = "class Frame:\n    def __getattr__(self, name): return self[name]\n"
    found = compared(tmp_path, f"{text}    def append(self, other): return other\n", text)
    assert only(found, "removed").is_certain


def test_a_name_that_a_base_of_another_library_may_have_is_not_known_to_be_gone(tmp_path: Path) -> None:
    text = "from click import Group\nclass Shell(Group):\n    def run(self): return 1\n"
    found = compared(tmp_path, f"{text}    def main(self): return 2\n", text)
    assert not only(found, "removed").is_certain


def test_what_the_getattr_of_a_module_refuses_is_gone_for_the_reason_that_it_gives(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        "def pay(): return 1\ndef checkout(): return 2\n",
        "def checkout(): return 2\n"
        "_GONE = {'pay': 'use checkout instead'}\n"
        "def __getattr__(name):\n"
        "    if name in _GONE:\n"
        "        raise AttributeError(f'`shop.{name}` was removed, {_GONE[name]}')\n"
        "    raise AttributeError(name)\n",
    )
    change = only(found, "removed")
    assert change.is_certain
    assert change.evidence == "`shop.pay` was removed, use checkout instead"
    assert change.replacement == "shop.checkout"


def test_what_the_getattr_of_a_module_still_answers_with_a_warning_is_deprecated(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        "def pay(): return 1\n",
        "import warnings\n"
        "def _old_pay(): return 1\n"
        "def __getattr__(name):\n"
        "    if name == 'pay':\n"
        "        warnings.warn('pay will go')\n"
        "        return _old_pay\n"
        "    raise AttributeError(name)\n",
    )
    assert not found.breaking
    assert only(found, "deprecated").evidence == "pay will go"


def test_a_module_that_is_gone_tells_of_all_that_was_in_it(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {"__init__.py": "A = 1\n", "money.py": "def pay(): return 1\ndef tax(): return 2\n"},
        {"__init__.py": "A = 1\n"},
    )
    removed = {one.name: one.within for one in found.changes}
    assert removed == {"shop.money": "", "shop.money.pay": "shop.money", "shop.money.tax": "shop.money"}


def test_changes_below_a_name_are_those_of_the_object_and_its_members(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        "class Cart:\n    def pay(self): return 1\nclass Carton: pass\n",
        "class Cart: pass\n",
    )
    assert [one.name for one in found.below("shop.Cart").changes] == ["shop.Cart.pay"]


_NAMES = st.sampled_from(["pay", "tax", "total", "refund", "Cart", "Order"])
_BODIES = st.sampled_from(
    [
        "def {}(a, b=1):\n    return a + b\n",
        "def {}(a):\n    '''Pay it.'''\n    return a\n",
        "class {}:\n    def size(self): return 1\n",
        "class {}(dict):\n    def size(self, deep=False): return 2\n    def pay(self): return 3\n",
        "{} = 1\n",
    ]
)
_SOURCES = st.dictionaries(_NAMES, _BODIES, min_size=1, max_size=5).map(
    lambda found: "".join(body.format(name) for name, body in found.items())
)


@settings(max_examples=25, deadline=None)
@given(source=_SOURCES)
def test_a_version_differs_from_itself_in_nothing(tmp_path_factory: object, source: str) -> None:
    found = model(tmp_path_factory.mktemp("same"), source)  # type: ignore[attr-defined]
    assert not diff(found, found).changes


@settings(max_examples=25, deadline=None)
@given(old=_SOURCES, new=_SOURCES)
def test_what_one_direction_removes_the_other_adds(tmp_path_factory: object, old: str, new: str) -> None:
    folder = tmp_path_factory.mktemp("pair")  # type: ignore[attr-defined]
    before, after = model(folder / "old", old), model(folder / "new", new)
    there, back = diff(before, after), diff(after, before)
    for one, other in ((there, back), (back, there)):
        removed = {name for change in one.changes if change.kind == "removed" for name in change.all_names}
        added = {name for change in other.changes if change.kind == "added" for name in change.all_names}
        assert removed == added
    renamed = {(one.name, one.new) for one in there.changes if one.kind in {"moved", "renamed"}}
    assert renamed == {(one.new, one.name) for one in back.changes if one.kind in {"moved", "renamed"}}


def test_a_keyword_that_kwargs_no_longer_take_is_removed(tmp_path: Path) -> None:
    source = (
        "def show(x, **kwargs): return _show(x, **kwargs)\n"
        "def keep(x, **kwargs): return kwargs\n"
        "def _show(x, *, {}): return x\n"
    )
    found = compared(tmp_path, source.format("pen=1, ink=2"), source.format("pen=1, width=3"))
    change = only(found, "parameter removed")
    assert (change.name, change.parameter, change.old) == ("shop.show", "ink", "ink=2")
    assert (change.detail, change.is_breaking, change.is_certain) == (
        "**kwargs no longer take it",
        True,
        True,
    )
