"""What a check says of versions, and of libraries that it cannot read."""

from pathlib import Path

import pytest

from corpora.python.api.read import read_python_api
from rag.checking.check import check_code
from tests.installed_libraries import environment_with
from tests.small_corpora import make_wheel

GONE = (
    "def boil(): ...\ndef __getattr__(name):\n    if name == 'fry':\n"
    "        raise AttributeError('`fry` was removed in the Pots 2.1 release.')\n"
    "    raise AttributeError(name)\n"
)
LATER = 'def boil(): ...\ndef stew():\n    """Stew.\n\n    .. versionadded:: 2.5\n    """\n'


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))


def history(text: str, environment: Path) -> str:
    (one,) = check_code(text=text, python=str(environment), types=False).findings
    return one.history


def test_the_version_is_exact_where_the_library_says_it_and_else_what_two_versions_tell(
    tmp_path: Path,
) -> None:
    environment = environment_with(tmp_path, pots=("2.3", {"pots.py": GONE}))
    assert history("import pots\npots.fry()\n", environment) == "removed in 2.1"
    for version, text in (("1.0", "def roast(): ...\n"), ("3.0", LATER)):
        (tmp_path / version).mkdir()
        read_python_api(str(make_wheel(tmp_path / version, "pots", version, {"pots.py": text})))
    assert history("import pots\npots.stew()\n", environment) == "added in 2.5"
    assert history("import pots\npots.roast()\n", environment) == "removed after 1.0, by 2.3"


def test_a_library_that_cannot_be_read_is_told_of_with_the_reason(tmp_path: Path) -> None:
    environment = environment_with(tmp_path, pots=("2.3", {"pots.py": GONE}))
    compiled = {"fast.cpython-311-x86_64-linux-gnu.so": "\x7fELF"}
    wheel = make_wheel(tmp_path, "fast", "1.0", compiled)
    report = check_code(
        text="import fast\nfast.go(1)\n", python=str(environment), packages=[str(wheel)], types=False
    )
    assert report.findings == ()
    assert report.notes[0].startswith(
        "fast 1.0 cannot be read, so that its use is not checked: it is compiled"
    )
