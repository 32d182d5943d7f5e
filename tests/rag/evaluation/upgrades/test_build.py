"""An evaluation set of two versions of a library made here, some of whose examples are hostile."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from corpora.errors import RagError
from rag.cli.main import main
from rag.evaluation import BuildSettings, BuiltSet, build_evaluation_set, open_dataset, write_evaluation_set
from rag.evaluation.judge import Job, judge
from rag.evaluation.questions import Gold, read_questions
from rag.evaluation.task import Task
from rag.evaluation.upgrades import set_summary, write_tasks
from rag.execution import Limits, Program, Sandbox, open_sandbox
from tests.sandboxes import ISOLATION
from tests.two_versions import two_versions

OLD = '''"""A shop."""


class Basket:
    """Things to buy."""

    def __init__(self, prices):
        self.prices = prices


def combine_all(baskets):
    """Join several into one, with what is in each of them.

    >>> a, b = Basket([1]), Basket([2])
    >>> combine_all([a, b]).prices
    [1, 2]
    """
    return Basket([price for basket in baskets for price in basket.prices])


def merge(baskets):
    """Join baskets.

    .. deprecated:: 1.0
       Use :func:`shop.combine_all` instead.
    """
    return combine_all(baskets)


def split_bill(total, guests):
    """Share what a meal costs."""
    return total / guests


def cut_price(price, share=2):
    """Make what is sold cheaper for a day.

    >>> cut_price(100, 4)
    25.0
    """
    return price / share
'''

NEW = '''"""A shop."""

import math


class Basket:
    """Things to buy."""

    def __init__(self, prices):
        self.prices = prices

    def lowest(self):
        """Price of the cheapest thing to buy in it.

        >>> shelf = [3, 1]
        >>> shelf.append(9)
        >>> basket = Basket(shelf)
        >>> basket.lowest()
        1
        """
        return min(self.prices)

    @property
    def worth(self):
        """Sum of the prices of all that is in it.

        >>> Basket([3, 1]).worth
        4
        """
        return sum(self.prices)


def combine_all(baskets):
    """Join several into one, with what is in each of them.

    >>> a, b = Basket([1]), Basket([2])
    >>> combine_all([a, b]).prices
    [1, 2]
    """
    return Basket([price for basket in baskets for price in basket.prices])


def split_bill(total, guests, tip=0):
    """Share what a meal costs.

    Args:
        total: the sum of all.
        guests: how many there are.
        tip: what the waiter gets on top of it.

    >>> split_bill(100, 4)
    25.0
    >>> split_bill(100, 4, tip=20)
    30.0
    """
    return (total + tip) / guests


def cut_price(price, share=3):
    """Make what is sold cheaper for a day.

    >>> cut_price(100, 4)
    25.0
    """
    return price / share


def mean_price(prices):
    """Average of what several things cost.

    It begins with the smallest.

    >>> from shop import mean_price
    >>> mean_price([1, 2, 6])
    3.0
    >>> mean_price([1, 2, 4])  # rounded
    2.33
    """
    return sum(prices) / len(prices)


average_cost = mean_price


def square_root(area):
    """Length of a side of a shelf, from what it covers.

    >>> math.floor(square_root(10.0))
    3
    """
    return math.sqrt(area)


def ring_bell(times):
    """Call for somebody who can help.

    >>> for call in ring_bell(2):
    ...     print(call)
    ding
    ding
    """
    return ["ding"] * times


def wait_long(minutes):
    """Stand in a queue until it is your turn.

    >>> wait_long(1)
    2
    """
    while True:
        pass


def shout(text):
    """Print what is for sale in red letters.

    >>> shout("fish")
    FISH
    """
    print("\\x1b[2J\\x1b[31m" + text)


def broken_scale(item):
    """Tell how heavy something to buy is.

    >>> broken_scale(1)
    2
    """
    raise ValueError("\\x1b]0;owned\\x07 no scale")


def hand_over(item):
    """Give something to the one who pays.

    >>> hand_over(3)
    3
    """
    return item


def is_open(hour):
    """Whether somebody serves at that time of a day.

    >>> is_open(3)
    False
    """
    return 8 < hour < 20


def leave(door):
    """Go away from it at the end of a day.

    >>> import os
    >>> os._exit(leave(0))
    """
    return door


def dig_down(depth):
    """Say where a cellar of this many floors ends.

    >>> dig_down(DEEP1)
    1
    """
    return depth


def weigh_items(items):
    """Weigh items on the scale of a shop.

    >>> weigh_items([1])
    1
    """
    return 1


def silent(items):
    return items


def no_example(items):
    """Count what is left on the shelves at night."""
    return len(items)


def not_now(items):
    """Order what is missing from those who make it.

    >>> not_now([1])  # doctest: +SKIP
    [1]
    """
    return items
'''.replace("DEEP", "-" * 980)  # parsed, but too deep to be written again


@dataclass(frozen=True)
class Built:
    first: BuiltSet
    again: BuiltSet
    folder: Path
    settings: BuildSettings
    reported: list[str]


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    # not in /tmp, which is another one in a sandbox
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name, pytest.MonkeyPatch.context() as patch:
        root = Path(name)
        root.chmod(0o755)
        two_versions(root / "cache", OLD, NEW)
        patch.setenv("RAG_CACHE", str(root / "cache"))
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(root / "cache" / "wheels"))
        limits = Limits(timeout_seconds=1.5)
        settings = BuildSettings(root / "environments", isolation=ISOLATION, limits=limits)
        reported: list[str] = []
        first = build_evaluation_set("shop", "1.0", "2.0", settings, report=reported.append)
        again = build_evaluation_set("shop", "1.0", "2.0", settings)
        write_evaluation_set(first, root / "sets" / "shop")
        yield Built(first, again, root / "sets" / "shop", settings, reported)


def task_of(built: Built, name: str) -> Task:
    return next(task for task in built.first.tasks if task.task_id.endswith(name))


def reasons(built: Built, name: str) -> set[tuple[str, str]]:
    return {(one.purpose, one.reason) for one in built.first.left_out if one.name == f"shop.{name}"}


@pytest.mark.slow(20)
def test_what_is_new_becomes_tasks_and_what_cannot_be_one_does_not(built: Built) -> None:
    assert [(task.task_id, task.group) for task in built.first.tasks] == [
        ("added/shop.Basket.lowest", "added"),
        ("added/shop.Basket.worth", "added"),
        ("added/shop.mean_price", "added"),
        ("added/shop.ring_bell", "added"),
        ("added/shop.square_root", "added"),
        ("parameter-added/shop.split_bill.tip", "parameter added"),
        ("removed/shop.combine_all", "removed"),
    ]


@pytest.mark.slow
def test_a_task_shows_all_but_the_use_of_what_is_new(built: Built) -> None:
    task = task_of(built, ".lowest")
    assert task.intent == "With shop 2.0: Basket: Price of the cheapest thing to buy in it"
    assert task.shown == (
        "from shop import Basket\n\nshelf = [3, 1]\nshelf.append(9)\nbasket = Basket(shelf)\n\n\n"
        "# It is used like this:\n# solution(basket)\ndef solution(basket):\n    return "
    )
    assert task.reference == "basket.lowest()\n"
    assert task.gold == ("shop.Basket.lowest",)
    assert task.requirements == ("shop==2.0",)
    assert task_of(built, ".worth").reference == "basket.worth\n"


@pytest.mark.slow
def test_a_new_parameter_is_what_its_task_is_about(built: Built) -> None:
    task = task_of(built, ".tip")
    assert task.intent.endswith("Share what a meal costs. The option: What the waiter gets on top of it")
    assert "solution(100, 4, 20)" in task.shown
    assert "tip" not in task.shown
    assert task.reference == "shop.split_bill(total, guests, tip=option)\n"


@pytest.mark.slow
def test_imports_that_name_what_is_new_are_not_shown_and_those_that_are_needed_are(built: Built) -> None:
    assert task_of(built, "mean_price").shown.startswith("import shop\n\n\n# It is used")
    assert task_of(built, "square_root").shown.startswith("import math\nimport shop\n")
    assert "#     print(call)\n" in task_of(built, "ring_bell").shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "purpose", "reason"),
    [
        ("wait_long", "generation", "its example fails"),
        ("shout", "generation", "its example fails"),
        ("broken_scale", "generation", "its example fails"),
        ("hand_over", "generation", "a trivial answer passes"),
        ("is_open", "generation", "a trivial answer passes"),
        ("cut_price", "generation", "its example passes with the older version too"),
        ("leave", "generation", "its example prints nothing"),
        ("no_example", "generation", "its docstring has no example"),
        ("not_now", "generation", "its example is not to be run"),
        ("weigh_items", "both", "the intent gives the name away"),
        ("silent", "both", "it has no docstring"),
    ],
)
def test_what_is_left_out_has_its_reason(built: Built, name: str, purpose: str, reason: str) -> None:
    assert reasons(built, name) == {(purpose, reason)}


@pytest.mark.slow
def test_an_example_that_is_too_deep_to_be_read_or_written_ends_nothing(built: Built) -> None:
    (why,) = reasons(built, "dig_down")
    assert why[1] in {"its example is too deep", "no example uses it"}  # it depends on the version of Python


@pytest.mark.slow
def test_what_examples_print_reaches_no_terminal(built: Built) -> None:
    details = {one.name: one.detail for one in built.first.left_out}
    assert all(detail.isprintable() for detail in details.values())
    assert "no scale" in details["shop.broken_scale"]
    assert details["shop.wait_long"].startswith("timeout")


@pytest.mark.slow
def test_questions_know_their_kinds_and_no_names(built: Built) -> None:
    questions = {one.text: one for one in read_questions(built.folder / "questions.jsonl")}
    assert tuple(questions) == tuple(one.text for one in built.first.questions)
    asked = questions["Whether somebody serves at that time of a day"]
    assert (asked.kind, asked.gold) == ("added", (Gold(symbol="shop.is_open"),))


@pytest.mark.slow
def test_the_same_versions_give_the_same_set(built: Built, tmp_path: Path) -> None:
    write_evaluation_set(built.again, tmp_path / "again")
    names = {path.name for path in built.folder.iterdir()}
    assert names == {"tasks.jsonl", "questions.jsonl", "left-out.jsonl", "manifest.json", "README.md"}
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (built.folder / name).read_bytes()


@pytest.mark.slow
def test_the_tasks_are_read_back_as_they_are(built: Built) -> None:
    assert open_dataset(built.folder / "tasks.jsonl").tasks == built.first.tasks
    assert write_tasks(built.first.tasks) == (built.folder / "tasks.jsonl").read_text()


@pytest.mark.slow
def test_the_manifest_says_where_a_set_comes_from(built: Built) -> None:
    manifest = json.loads((built.folder / "manifest.json").read_text())
    assert (manifest["library"], manifest["old"], manifest["new"]) == ("shop", "1.0", "2.0")
    assert manifest["environment"] == {"shop": "2.0"}
    assert {len(digest) for digest in manifest["wheels"].values()} == {64}
    assert manifest["tasks"] == {"added": 5, "parameter added": 1, "removed": 1}
    assert manifest["left_out"] == set_summary(built.first)["left_out"]
    assert len(built.reported) == 2


@pytest.mark.slow
def test_a_folder_that_holds_something_is_not_written_into(built: Built) -> None:
    before = {path: path.read_bytes() for path in built.folder.iterdir()}
    with pytest.raises(RagError, match="exists already"):
        write_evaluation_set(built.again, built.folder)
    assert before == {path: path.read_bytes() for path in built.folder.iterdir()}


@pytest.mark.slow
def test_the_command_prints_how_large_the_set_is(
    built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "set"
    places = ["--environments", str(built.settings.environments), "--isolation", ISOLATION]
    command = ["eval", "build", "shop", "1.0", "2.0", "--out", str(out), *places, "-n", "2", "--timeout", "1"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "shop 1.0 to 2.0\n" in printed
    assert "there are as many as were asked for" in printed
    assert max(map(len, printed.split("\n"))) <= 80
    assert len((out / "tasks.jsonl").read_text().splitlines()) == 2
    assert main(command) == 1
    captured = capsys.readouterr()
    assert "exists already" in captured.err
    assert "environment" not in captured.err  # known before anything is built


def test_a_name_that_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RagError, match="not the name of a package"):
        build_evaluation_set("--index-url=x", "1.0", "2.0", BuildSettings(tmp_path))
    with pytest.raises(RagError, match="not an exact version"):
        build_evaluation_set("shop", "1.0", "2.*", BuildSettings(tmp_path))
    for pin in ("numpy", "numpy>=1", "-r file", "numpy @ file:///x", "\x1b[2J"):
        with pytest.raises(RagError, match="cannot be pinned"):
            build_evaluation_set("shop", "1.0", "2.0", BuildSettings(tmp_path, (pin,)))


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with open_sandbox(ISOLATION, Limits(timeout_seconds=10)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("value", "printed", "passes"),
    [
        ("0.1 + 0.2", "0.3", True),
        ("2 / 3", "0.67", True),
        ("2 / 3", "0.66", False),
        ("[1,  2]", "[1,\n 2]", True),
        ("10", "11", False),
        ("1e-9", "2e-9", False),
        ("'<object at 0x7f>'", "'<object at ...>'", True),
        ("'1.5.3'", "'1.5.4'", False),
        ("None", "0", False),
    ],
)
def test_what_an_example_prints_is_compared_as_doctest_does(
    box: Sandbox, value: str, printed: str, passes: bool
) -> None:
    from rag.evaluation.upgrades.printed_tests import printed_tests

    verdict = box.run(Program(f"value = {value}\n", printed_tests([("value", printed)])))
    assert verdict.passed is passes, verdict.detail


def test_an_answer_that_leaves_or_prints_its_own_does_not_pass(box: Sandbox) -> None:
    from rag.evaluation.upgrades.printed_tests import printed_tests

    task = Task(
        "t",
        "two",
        before="def solution():\n",
        entry_point="solution",
        tests=printed_tests([("solution()", "2")]),
    )
    assert judge(Job(task, "    return 2\n"), box).passed
    for answer in (
        "    import os; os._exit(0)\n",
        "    print(2); return 2\n",
        "    raise SystemExit\n",
        "    pass\n",
    ):
        assert not judge(Job(task, answer), box).passed
