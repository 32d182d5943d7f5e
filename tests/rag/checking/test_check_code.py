"""Programs that use a small library, checked against it."""

from pathlib import Path

import pytest

from corpora.errors import RagError
from corpora.python.api.read import read_python_api
from rag.checking.check import check_code
from rag.checking.environment import checked_environment
from rag.checking.finding import CheckReport
from rag.checking.inference.ty import has_ty
from tests.installed_libraries import KITCHEN, environment_with

needs_ty = pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment_with(tmp_path_factory.mktemp("kitchen"), kitchen=("2.0", KITCHEN))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def check(text: str, environment: Path) -> CheckReport:
    return check_code(text=text, python=str(environment))


def found(text: str, environment: Path) -> list[tuple[int, str, str]]:
    return [(one.line, one.rule, one.name) for one in check(text, environment).findings]


def test_a_program_that_works_has_no_findings(environment: Path) -> None:
    program = """
import kitchen
from kitchen import Pot, boil as cook
from kitchen.pots import Lid

pot = Pot(5).fill(2.5, warm=True)
cook(pot, minutes=10)
kitchen.serve("soup", table=2)
pot.lid().lift(height=3)
print(pot.litres, Lid.__name__, kitchen.__file__)
"""
    assert found(program, environment) == []


@pytest.mark.parametrize(
    ("line", "rule", "name"),
    [
        ("import kitchn", "unknown-package", "kitchn"),
        ("import kitchen.pans", "unknown-module", "kitchen.pans"),
        ("from kitchen.pans import Pan", "unknown-module", "kitchen.pans"),
        ("from kitchen import Pan", "unknown-name", "kitchen.Pan"),
        ("kitchen.fry()", "unknown-name", "kitchen.fry"),
        ("kitchen.pots.Wok(2)", "unknown-name", "kitchen.pots.Wok"),
        ("kitchen.serve('soup', salt=True)", "unknown-parameter", "kitchen.serve.salt"),
        ("kitchen.Pot(liters=2)", "unknown-parameter", "kitchen.Pot.liters"),
        ("kitchen.boil(kitchen.Pot(), 1, 2)", "too-many-arguments", "kitchen.boil"),
        ("kitchen.boil(kitchen.Pot())", "missing-argument", "kitchen.boil.minutes"),
    ],
)
def test_what_imports_explain_needs_no_types(environment: Path, line: str, rule: str, name: str) -> None:
    text = f"import kitchen\nimport kitchen.pots\n{line}\n"
    report = check_code(text=text, python=str(environment), types=False)
    assert [(one.line, one.rule, one.name) for one in report.findings] == [(3, rule, name)]


@needs_ty
@pytest.mark.parametrize(
    ("line", "rule", "name"),
    [
        ("Pot().fil(2)", "unknown-name", "kitchen.Pot.fil"),
        ("pot.fill(2, hot=True)", "unknown-parameter", "kitchen.Pot.fill.hot"),
        ("pot.fill(2).boil(3)", "unknown-name", "kitchen.Pot.boil"),
        ("pot.lid().open()", "unknown-name", "kitchen.pots.Lid.open"),
        ("[one.wash() for one in [pot]]", "unknown-name", "kitchen.Pot.wash"),
        ("pot.fill()", "missing-argument", "kitchen.Pot.fill.water"),
        ("pot.scrub()", "deprecated", "kitchen.Pot.scrub"),
        ("import kitchen.pots; kitchen.pots.Kettle()", "missing-argument", "kitchen.pots.Kettle.litres"),
    ],
)
def test_members_of_objects_are_found_by_their_inferred_types(
    environment: Path, line: str, rule: str, name: str
) -> None:
    assert found(f"from kitchen import Pot, boil\npot = boil(Pot(), 3)\n{line}\n", environment) == [
        (3, rule, name)
    ]


@needs_ty
@pytest.mark.parametrize(
    "lines",
    [
        "def f(pot):\n    pot.anything(1)",  # of no known type
        "from kitchen.pots import Basket\nBasket().anything(1)",  # `__getattr__`
        "from kitchen.pots import any_dish\nany_dish(1, 2, oven=True)",  # `**options`
        "pot.owner = 'me'\nprint(pot.owner)",  # set by the program
        "if hasattr(pot, 'wash'):\n    pot.wash()",
        "try:\n    pot.wash()\nexcept AttributeError:\n    pot.scour()",
        "try:\n    from kitchen import Pan\nexcept ImportError:\n    Pan = None",
        "if kitchen.__version__ > '3':\n    kitchen.fry()\nelse:\n    kitchen.roast()",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from kitchen import Pan",
        "kitchen.fry()  # rag: ignore",
        "kitchen.fry()  # type: ignore[attr-defined]",
        "pot.fill(*[1, 2, 3], **{})",
        "def f(kitchen):\n    kitchen.fry()",  # another kitchen
        "pot = pot if input() else 'none'\npot.upper()",  # it may be a text
        "import contextlib\nwith contextlib.suppress(AttributeError):\n    pot.wash()",
        "from kitchen import (  # type: ignore\n    Pan,\n)",
        "from kitchen.pots import Tap\n\ndef f(tap: Tap):\n    tap.open(3)",  # written without `self`
        "from kitchen.pots import stir\nstir(pot)",  # only one way to call it is deprecated
        "class Wok(Pot):\n    def hang(self):\n        self.hook = 1\n\ndef f(one: Pot):\n    one.hook",
        "import ast, os\ndef f(one: ast.expr, two: os._wrap_close):\n    return one.attr, two.encoding",
        "class Log:\n    seen = ()\n    def __init__(self):\n        self.__dict__.update(seen=[])\n\n"
        "    def add(self):\n        self.seen.append(1)",
    ],
)
def test_where_it_is_not_certain_nothing_is_found(environment: Path, lines: str) -> None:
    assert found(f"import kitchen\nfrom kitchen import Pot\npot = Pot()\n{lines}\n", environment) == []


def test_a_finding_tells_where_it_is_and_what_is_real(environment: Path) -> None:
    report = check("import kitchen\nx = 'é'; kitchen.boill(1)\n", environment)
    (one,) = report.findings
    assert (one.path, one.line, one.column, one.end_column) == ("-", 2, 18, 23)
    assert (one.library, one.version, one.nearest) == ("kitchen", "2.0", "kitchen.boil")
    assert one.signature == "(pot: Pot, minutes: int) -> Pot" and one.source == "kitchen/pots.py:40"
    assert report.libraries == (("kitchen", "2.0"),)


def test_what_another_version_had_is_said_to_be_removed(environment: Path, tmp_path: Path) -> None:
    newer = {**KITCHEN, "kitchen/__init__.py": '"""Cook."""\n\nfrom kitchen.pots import Pot\n'}
    site = environment_with(tmp_path, kitchen=("3.0", newer)) / "lib" / "python3.12" / "site-packages"
    text = "import kitchen\nkitchen.boil(kitchen.Pot(), 2)\n"
    assert check(text, environment).findings == ()
    named = str(site / "kitchen-3.0.dist-info")
    (one,) = check_code(text=text, python=str(environment), packages=[named]).findings
    assert (one.version, one.history) == ("3.0", "removed after 2.0, by 3.0")


def test_what_the_library_says_of_what_is_gone_is_passed_on(tmp_path: Path) -> None:
    before = (
        "def sweep(room, broom=None):\n"
        '    """Sweep.\n\n    Parameters\n    ----------\n    broom : str\n        With what.\n\n'
        '        .. deprecated:: 1.5\n            Use ``tool``.\n    """\n\n'
        "def dust(room):\n"
        '    """Dust.\n\n    .. deprecated:: 1.2\n        Use `wipe`.\n    """\n'
    )
    after = (
        "def sweep(room, tool=None):\n    pass\n\n"
        "_GONE = {n: '`chores.{}` was removed in 2.0.'.format(n) for n in ['iron']}\n"
        "def __getattr__(name):\n"
        "    if name in _GONE:\n        raise AttributeError(_GONE[name])\n"
        "    if name in globals().get('_more', {}):\n        return globals()['_more'][name]\n"
        "    raise AttributeError(name)\n"
    )
    (tmp_path / "old").mkdir()
    old = environment_with(tmp_path / "old", chores=("1.9", {"chores.py": before}))
    new = environment_with(tmp_path, chores=("2.0", {"chores.py": after}))
    read_python_api(str(old / "lib" / "python3.12" / "site-packages" / "chores-1.9.dist-info"))
    text = "import chores\nchores.sweep('hall', broom=1)\nchores.dust('hall')\nchores.iron\n"
    assert [(one.name, one.history, one.said) for one in check(text, new).findings] == [
        ("chores.sweep.broom", "removed after 1.9, by 2.0", "deprecated since 1.5: Use ``tool``."),
        ("chores.dust", "removed after 1.9, by 2.0", "deprecated since 1.2: Use `wipe`."),
        ("chores.iron", "removed in 2.0", "`chores.iron` was removed in 2.0."),
    ]


@needs_ty
def test_a_name_that_a_version_read_before_had_is_missed_where_anything_may_be_a_column(
    tmp_path: Path,
) -> None:
    frame = (
        '"""Tables."""\n\nclass Frame:\n    def __getattr__(self, name):\n        return self.columns[name]\n'
    )
    (tmp_path / "old").mkdir()
    old = environment_with(
        tmp_path / "old",
        tables=("1.0", {"tables.py": f"{frame}\n    def append(self, row):\n        pass\n"}),
    )
    environment = environment_with(tmp_path, tables=("2.0", {"tables.py": frame}))
    text = "from tables import Frame\nframe = Frame()\nframe.price\nframe.append(1)\n"
    assert check(text, environment).findings == ()
    site = old / "lib" / "python3.12" / "site-packages"
    read_python_api(str(site / "tables-1.0.dist-info"))
    (one,) = check(text, environment).findings
    assert (one.line, one.name, one.history) == (4, "tables.Frame.append", "removed after 1.0, by 2.0")


def test_own_modules_beside_a_program_are_no_missing_packages(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "main.py").write_text("import app.menu\nimport tools\nimport json\nfrom . import x\n")
    (tmp_path / "tools.py").touch()
    assert check_code([tmp_path], python=str(environment)).findings == ()


def test_files_that_are_no_python_are_reported_and_the_others_checked(
    environment: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("import kitchen\nkitchen.fry()\n")
    (tmp_path / "b.py").write_text("def f(:\n")
    report = check_code([tmp_path], python=str(environment))
    assert [one.rule for one in report.findings] == ["unknown-name"]
    assert [(Path(one.path).name, one.reason) for one in report.unchecked] == [
        ("b.py", "it is not Python 3, or nested too deep")
    ]


@needs_ty
def test_a_name_that_a_module_of_python_lacks_is_found_where_it_is_imported(environment: Path) -> None:
    assert found("from json import nope, loads\nfrom os.path import joined\n", environment) == [
        (1, "unknown-name", "json.nope"),
        (2, "unknown-name", "os.path.joined"),
    ]


def test_stubs_are_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.pyi").touch()
    with pytest.raises(RagError) as raised:
        check_code([tmp_path / "a.pyi"])
    assert raised.value.why.startswith("stubs are not checked")


@needs_ty
def test_the_type_checker_knows_what_compiled_code_sets_in_a_version(tmp_path: Path) -> None:
    limits = "class Limits:\n    def __init__(self):\n        {}\n"
    (tmp_path / "old").mkdir()
    before = {"limits.py": limits.format("self.eps = 1")}
    old = environment_with(tmp_path / "old", limits=("1.0", before))
    read_python_api(str(old / "lib" / "python3.12" / "site-packages" / "limits-1.0.dist-info"))
    after = {
        "limits/__init__.py": f"from limits._fast import fill\n\n\n{limits.format('fill(self)')}",
        "limits/__init__.pyi": "class Limits:\n    eps: float\n",
        "limits/_fast.so": "",
    }
    new = environment_with(tmp_path, limits=("2.0", after))
    assert check("import limits\nlimits.Limits().eps\n", new).findings == ()


@needs_ty
def test_attributes_that_only_objects_have_are_known(environment: Path) -> None:
    """`Cookie.name` is set by `__init__`; that a part of a union lacks it says nothing of the others."""
    program = """
from http.cookiejar import Cookie

def shown(cookie: Cookie | None) -> str:
    return cookie.name
"""
    assert found(program, environment) == []


@needs_ty
def test_what_python_itself_lacks_is_found(environment: Path) -> None:
    assert found(
        "import pathlib\nimport json\njson.lods('1')\npathlib.Path('x').exits()\nstr(json).lstripp()\n",
        environment,
    ) == [
        (3, "unknown-name", "json.lods"),
        (4, "unknown-name", "pathlib.Path.exits"),
        (5, "unknown-name", "str.lstripp"),
    ]


@needs_ty
def test_a_program_that_asks_for_the_type_knows_better(environment: Path) -> None:
    asked = "    if isinstance(one, kind):\n        return one.pattern\n"
    lines = f"def shown(kind, one: str):\n{asked}\ndef told(one: str):\n    return one.pattern\n"
    assert found(lines, environment) == [(6, "unknown-name", "str.pattern")]


def test_lock_files_of_the_project_count_in_the_folders_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "project" / "src" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("outside==1.0\n")
    (tmp_path / "project" / ".git").mkdir()
    (tmp_path / "project" / "requirements.txt").write_text("kitchen==2.0\n")
    assert checked_environment(inner).name == "requirements.txt"
    assert [one.name for one in checked_environment(inner).libraries.found] == ["kitchen"]
    (tmp_path / "project" / "requirements.txt").unlink()
    monkeypatch.setenv("VIRTUAL_ENV", "")
    assert checked_environment(inner).name != "requirements.txt"  # what lies outside is not the project's
