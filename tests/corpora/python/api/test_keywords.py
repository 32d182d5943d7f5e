"""The keywords that a call may have where `**kwargs` pass them on."""

from pathlib import Path

import pytest

from corpora.api.calls.accepted import AcceptedKeywords, ModelApis
from corpora.api.model import ApiModel
from corpora.api.store import from_bytes, to_bytes
from tests.python_apis import api_of, object_named

# What each function of `SOURCE` accepts by name, sorted; None where it may accept anything.
SOURCE = """
import functools
from copy import copy
from .plots import Plotter, draw, kept, old
from elsewhere import outside

def passes(x, **kwargs): return draw(x, **kwargs)
def gives(**kwargs): return draw(1, pen=2, **kwargs)
def imports(**kwargs):
    from . import plots as p
    return p.draw(1, **kwargs)
def pops(**kwargs):
    colour = kwargs.pop("colour", None)
    if "dash" in kwargs: del kwargs["dash"]
    return draw(1, **kwargs)
def pops_in_a_loop(**kwargs):
    for key in ("a", "b"):
        kwargs.pop(key, None)
    draw(1, **kwargs)
def adds(**kwargs):
    kwargs.setdefault("pen", 1)
    kwargs["width"] = 2
    kwargs.update(ink=3)
    draw(1, **kwargs)
def copies(**kwargs):
    options = dict(kwargs, pen=1)
    more = {"width": 1, **options}
    last = more.copy()
    draw(1, **last)
def updates(**kwargs):
    options = dict(pen=1)
    options.update(kwargs)
    draw(1, **options)
def makes(x, **kwargs):
    plotter = Plotter(x)
    plotter.go(1, **kwargs)
def makes_at_once(x, **kwargs): Plotter(x).go(1, **kwargs)
def constructs(**kwargs): return Plotter(**kwargs)
def partly(**kwargs): return functools.partial(draw, 1, **kwargs)
def refuses(**kwargs):
    pen = kwargs.pop("pen")
    if kwargs:
        raise TypeError(f"unexpected {kwargs}")
def chooses(x, **kwargs):
    if x:
        return draw(x, **kwargs)
    return Plotter(**kwargs)
def again(x, **kwargs): return again(x, **kwargs) if x else draw(x, **kwargs)
def inner(**kwargs):
    def run(): return draw(1, **kwargs)
    return run

def ignores(**kwargs): return 1
def only_takes(**kwargs): return kwargs.get("pen")
def returns(**kwargs): return kwargs
def iterates(**kwargs):
    for name, value in kwargs.items(): print(name)
    draw(1, **kwargs)
def takes_by_variable(name, **kwargs): return draw(kwargs.pop(name), **kwargs)
def calls_an_argument(f, **kwargs): f(**kwargs)
def calls_a_variable(**kwargs):
    f = Plotter if input() else draw
    f(**kwargs)
def hands_over(**kwargs):
    draw(1, **kwargs)
    kept(kwargs)
def tries(**kwargs):
    try:
        draw(1, **kwargs)
    except TypeError:
        draw(1)
def leaves(**kwargs): outside(**kwargs)
def is_seen(**kwargs):
    draw(1, **kwargs)
    return locals()
def passes_to_what_ignores(**kwargs): kept(**kwargs)
def may_be_renamed(**kwargs): old(**kwargs)
def asks_for_one(**kwargs):
    if not kwargs:
        raise TypeError("give one")
def complains_of_one(**kwargs):
    if kwargs.get("pen") == 2:
        raise TypeError(kwargs["pen"])
def shadows(draw, **kwargs): draw(1, **kwargs)

class Base:
    def __init__(self, size, **kwargs):
        self.pen = kwargs.pop("pen", None)
        super().__init__(**kwargs)
    def show(self, **kwargs): return self._show(1, **kwargs)
    def _show(self, place, speed=1): ...
class Derived(Base):
    def __init__(self, *args, **kwargs): super().__init__(*args, **kwargs)
    def _show(self, place, speed=1, loud=False): ...
    @classmethod
    def make(cls, **kwargs): return cls(1, **kwargs)
class Keeps(Base):
    def __init__(self, **kwargs):
        super().__init__(1, **kwargs)
        self.given = kwargs
class Foreign(outside):
    def __init__(self, **kwargs): super().__init__(**kwargs)
class Number(int):
    def __init__(self, **kwargs): super().__init__(**kwargs)
"""
PLOTS = """
from functools import wraps
def deprecate_kwarg(name):
    def mark(f): return wraps(f)(f)
    return mark
class Plotter:
    def __init__(self, x=1): ...
    def go(self, y, *, speed=1): ...
def draw(x, *, pen=1, width=2): ...
def kept(options=None, **more): ...
@deprecate_kwarg("ink")
def old(pen=1): ...
"""
ACCEPTED: dict[str, list[str] | None] = {
    "passes": ["pen", "width", "x"],  # (x may be given by name, and then not a second time)
    "gives": ["width"],
    "imports": ["pen", "width"],
    "pops": ["colour", "dash", "pen", "width"],
    "pops_in_a_loop": ["a", "b", "pen", "width"],
    "adds": ["pen", "width"],
    "copies": ["pen", "width"],
    "updates": ["pen", "width"],
    "makes": ["speed", "x", "y"],
    "makes_at_once": ["speed", "x", "y"],
    "constructs": ["x"],
    "partly": ["pen", "width"],
    "refuses": ["pen"],
    "chooses": ["pen", "width", "x"],
    "again": ["pen", "width", "x"],
    "inner": ["pen", "width"],
    "Base": ["pen", "size"],
    "Base.show": ["speed"],
    "Derived": ["pen", "size"],
    "Derived.show": ["loud", "speed"],
    "Derived.make": ["pen", "size"],
    "Number": [],
    **dict.fromkeys(
        [
            "ignores", "only_takes", "returns", "iterates", "takes_by_variable", "calls_an_argument",
            "calls_a_variable", "hands_over", "tries", "leaves", "is_seen", "passes_to_what_ignores",
            "may_be_renamed", "asks_for_one", "complains_of_one", "shadows", "Keeps", "Foreign",
        ]
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ApiModel:
    files = {"__init__.py": SOURCE, "plots.py": PLOTS}
    return from_bytes(to_bytes(api_of(tmp_path_factory.mktemp("keywords"), files)))


@pytest.mark.parametrize("name", ACCEPTED)
def test_keywords_are_followed_to_what_takes_them(name: str, model: ApiModel) -> None:
    found, holder = object_named(model, f"shop.{name}"), name.rpartition(".")[0]
    accepting = AcceptedKeywords(ModelApis(model))
    (way,) = accepting.signatures(found, f"shop.{holder}" if holder else "")
    is_open = any(one.kind == "variadic keyword" for one in way.parameters)
    named = sorted(
        one.name for one in way.parameters if one.kind in {"positional or keyword", "keyword only"}
    )
    expected = ACCEPTED[name]
    assert is_open if expected is None else (named, is_open) == (expected, False)


def test_functions_that_pass_on_to_each_other_end(tmp_path: Path) -> None:
    source = "".join(
        f"def f{one}(a{one}=1, **kwargs):\n    g = 1\n"
        + "".join(f"    f{other}(**kwargs)\n" for other in range(8))
        for one in range(8)
    )
    model = api_of(tmp_path, {"__init__.py": source})
    way = AcceptedKeywords(ModelApis(model)).signatures(object_named(model, "shop.f0"))[0]
    assert {one.name for one in way.parameters} <= {*(f"a{one}" for one in range(8)), "kwargs"}
