"""What is said where an API is used tells what it is for."""

import zipfile
from itertools import islice
from pathlib import Path

import pytest

from indexers.training.mine_purposes import PythonFile, mine_purposes, python_files
from indexers.vocabulary.purposes import Purposes

WAITS = """
import time, shutil

def wait_for_server(seconds):
    "Wait until the server answers."
    time.sleep(seconds)

def keep(path):
    # remove the folder with everything in it
    shutil.rmtree(path)
    # todo: wait a bit longer here
    shutil.rmtree(path)
"""


def mined(*corpora: str) -> Purposes:
    return mine_purposes(
        PythonFile(corpus, f"{corpus}/{number}.py", WAITS) for corpus in corpora for number in range(4)
    )


def test_comments_and_functions_say_what_an_api_is_called_for() -> None:
    purposes = mined("one", "two")
    waiting, removing = purposes.of_words(["wait"]), purposes.of_words(["remov", "folder"])
    assert set(waiting) == {"time.sleep"}
    assert set(removing) == {"shutil.rmtree"}


def test_what_only_one_package_says_does_not_count() -> None:
    assert mined("one").of_words(["wait", "folder"]) == {}


def test_the_same_code_gives_the_same_table(tmp_path: Path) -> None:
    purposes = mined("one", "two")
    purposes.save(tmp_path / "first")
    mined("one", "two").save(tmp_path / "second")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert Purposes.load(tmp_path / "first").of_words(["wait"]) == pytest.approx(purposes.of_words(["wait"]))


def test_the_files_of_a_wheel_are_read_without_what_it_brought_from_others(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "toolz-1.0-py3-none-any.whl", "w") as wheel:
        for name in ("toolz/core.py", "toolz/_vendor/six.py", "toolz/data.json"):
            wheel.writestr(name, "x = 1\n")
    with zipfile.ZipFile(tmp_path / "unlisted-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("unlisted/core.py", "x = 1\n")
    files = [(file.corpus, file.path) for file in islice(python_files(tmp_path), 2)]
    assert files[0] == ("toolz", "toolz/core.py")
    assert files[1][0] == "stdlib"
