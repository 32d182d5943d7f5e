"""What the `__getattr__` of a module answers is worked out from its source."""

from collections.abc import Mapping

import pytest

from corpora.python.answers.module_getattr import Answers, module_answers
from corpora.python.answers.program import ProgramSource
from corpora.python.answers.values import NOT_KNOWN, formatted
from corpora.syntax.parse_python import parse_python


def answers(sources: Mapping[str, str], module: str = "shop") -> Answers:
    """Return the answers of a module of a program that is given as text."""
    trees = {path: parse_python(text) for path, text in sources.items()}

    def members(path: str) -> frozenset[str] | None:
        tree = trees.get(path)
        return None if tree is None else frozenset(name for name, _ in program.bindings(tree.body, path, 0))

    program = ProgramSource(
        trees.get, members, lambda path: any(other.startswith(f"{path}.") for other in sources)
    )
    return module_answers(module, program)


def test_names_of_a_table_are_given_and_all_others_refused() -> None:
    found = answers(
        {
            "shop": (
                "from importlib import import_module\n"
                "_HOMES = {'Cart': 'shop.cart', 'Order': 'shop.order'}\n"
                "def __getattr__(name):\n"
                "    if name not in _HOMES:\n"
                "        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')\n"
                "    return getattr(import_module(_HOMES[name]), name)\n"
            ),
            "shop.cart": "class Cart: pass\n",
        }
    )
    assert found.is_closed
    assert found.given["Cart"] == "shop.cart.Cart"
    assert "Order" in found.given
    assert not found.refused


def test_messages_that_are_made_by_format_are_worked_out() -> None:
    found = answers(
        {
            "shop": (
                "_TEXT = '`shop.{n}` was an alias of `{n}`. {more}'\n"
                "_MORE = 'You may want `shop.{}`.'\n"
                "_KINDS = [('object', ''), ('float', _MORE.format('float64')), ('odd', '{')]\n"
                "FORMER = {n: _TEXT.format(n=n, more=more) for n, more in _KINDS}\n"
                "def __getattr__(attr):\n"
                "    if attr in FORMER:\n"
                "        raise AttributeError(FORMER[attr], name=None)\n"
                "    raise AttributeError('module {!r} has no attribute {!r}'.format(__name__, attr))\n"
            )
        }
    )
    assert found.is_closed
    assert found.refused == {
        "object": "`shop.object` was an alias of `object`.",
        "float": "`shop.float` was an alias of `float`. You may want `shop.float64`.",
        "odd": "`shop.odd` was an alias of `odd`. {",
    }


@pytest.mark.parametrize("template", ["{0.__class__}", "{n[0]}", "{:>9999999999}", "{", "{unknown}"])
def test_a_format_that_needs_more_than_plain_text_is_not_known(template: str) -> None:
    assert formatted(template, ["a"], {"n": "b"}) is NOT_KNOWN


def test_a_table_of_expired_names_tells_why_each_is_gone() -> None:
    found = answers(
        {
            "shop": (
                "from shop._expired import EXPIRED\n"
                "def __getattr__(attr):\n"
                "    import warnings\n"
                "    if attr in EXPIRED:\n"
                "        raise AttributeError(f'`shop.{attr}` was removed in 2.0. {EXPIRED[attr]}')\n"
                "    raise AttributeError('module {!r} has no attribute {!r}'.format(__name__, attr))\n"
            ),
            "shop._expired": "EXPIRED = {'pay': 'Use checkout instead.'}\n",
        }
    )
    assert found.is_closed
    assert found.refused == {"pay": "`shop.pay` was removed in 2.0. Use checkout instead."}


def test_a_function_that_makes_the_getattr_is_followed() -> None:
    found = answers(
        {
            "shop": "from shop._moves import moves\n__getattr__ = moves(__name__)\n",
            "shop._moves": (
                "import sys\n"
                "OLD = {f'shop:{one}': 'shop.old' for one in ('Bag', 'Box')}\n"
                "MOVED = {'shop:Cart': 'shop.cart:Cart', **OLD}\n"
                "GONE = {'shop:Till'}\n"
                "def moves(module):\n"
                "    def wrapper(name):\n"
                "        if name == '__path__':\n"
                "            raise AttributeError\n"
                "        path = f'{module}:{name}'\n"
                "        if path in MOVED.keys():\n"
                "            return load(MOVED[path])\n"
                "        if path in GONE:\n"
                "            raise ImportError(f'`{path}` has been removed')\n"
                "        names = sys.modules[module].__dict__\n"
                "        if name in names:\n"
                "            return names[name]\n"
                "        raise AttributeError(name)\n"
                "    return wrapper\n"
            ),
        }
    )
    assert found.is_closed
    assert {"Cart", "Bag", "Box"} <= found.given.keys()
    assert found.refused == {"Till": "`shop:Till` has been removed"}


def test_a_module_that_passes_on_another_one_has_its_names() -> None:
    found = answers(
        {
            "shop": (
                "none = object()\n"
                "def __getattr__(name):\n"
                "    from shop import _real\n"
                "    found = getattr(_real, name, none)\n"
                "    if found is none:\n"
                "        raise AttributeError(name)\n"
                "    return found\n"
            ),
            "shop._real": "def pay(): pass\n",
        }
    )
    assert found.is_closed
    assert found.given == {"pay": "shop._real.pay"}


def test_a_getattr_that_makes_things_up_is_open() -> None:
    found = answers({"shop": "def __getattr__(name):\n    return make(name)\n"})
    assert not found.is_closed
    assert not found.given


def test_an_exception_that_is_caught_is_no_refusal() -> None:
    found = answers(
        {
            "shop": (
                "TABLE = {'pay': 1}\n"
                "def __getattr__(name):\n"
                "    try:\n"
                "        return TABLE[name]\n"
                "    except KeyError:\n"
                "        return elsewhere(name)\n"
            )
        }
    )
    assert not found.is_closed


def test_a_module_without_a_getattr_answers_nothing() -> None:
    assert answers({"shop": "def pay(): pass\n"}) == Answers()


def test_functions_that_call_each_other_for_ever_and_endless_branches_are_given_up() -> None:
    loops = "def __getattr__(name):\n    return other(name)\ndef other(name):\n    return __getattr__(name)\n"
    assert not answers({"shop": loops}).is_closed
    branches = "".join(f"    if thing({place}):\n        x = {place}\n" for place in range(200))
    assert not answers({"shop": f"def __getattr__(name):\n{branches}    raise AttributeError\n"}).is_closed
    endless = "A = B\nB = A\ndef __getattr__(name):\n    if name in A:\n        raise A\n    return B\n"
    assert not answers({"shop": endless}).is_closed


@pytest.mark.slow
def test_texts_and_lists_that_double_without_end_are_given_up() -> None:
    doubled = "".join("    x = f'{x}{x}'\n    y = [*y, *y]\n    z = x.replace('a', x)\n" for _ in range(60))
    text = f"def __getattr__(name):\n    x = name\n    y = [name]\n{doubled}    raise AttributeError(x)\n"
    assert answers({"shop": text}).is_closed
    items = ", ".join(f"'a{place}'" for place in range(2_000))
    nested = f"A = [{items}]\nB = {{a: [b for b in A] for a in A}}\n"
    asked = "def __getattr__(name):\n    if name in {a: [b for b in A] for a in A}: raise A\n    return 1\n"
    assert not answers({"shop": nested + asked}).is_closed
