"""Commands in a working folder with modules and programs named like ours and those of others."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import ROOT
from tests.sandboxes import ISOLATION
from tests.small_corpora import make_wheel, write_tree

RAG = Path(sys.executable).with_name("rag")

# Of the standard library, of dependencies, and our own.
MODULES = [
    "tempfile",
    "random",
    "json",
    "re",
    "site",
    "sitecustomize",
    "usercustomize",
    "encodings",
    "os",
    "pickle",
    "subprocess",
    "threading",
    "multiprocessing/__init__",
    "runpy",
    "resource",
    "importlib/__init__",
    "logging/__init__",
    "email/__init__",
    "typing",
    "pip",
    "pip/__init__",
    "loky/__init__",
    "numpy/__init__",
    "griffe/__init__",
    "faiss",
    "tantivy",
    "filelock",
    "packaging/__init__",
    "tree_sitter",
    "pathspec",
    "httpx",
    "jinja2",
    "yaml",
    "bs4",
    "rich",
    "psutil",
    "matplotlib/__init__",
    "detect_secrets",
    "scipy",
    "corpora/__init__",
    "indexers/__init__",
    "rag/__init__",
    "inside/__init__",
    "mcp/__init__",
    "mcp_types",
    "pydantic",
    "starlette",
    "uvicorn",
    "prometheus_client",
    "watchfiles",
    "anyio",
    "h11",
    "ray/__init__",
    "msgpack",
    "google/__init__",
    "aiohttp",
    "socket",
    "select",
]
PROGRAMS = ("git", "npm", "node", "bwrap", "podman", "docker", "python", "python3", "bash", "man")

TASK = {
    "id": "greet", "intent": "greet a person by name", "shown": "def greet(name):\n",
    "reference": "    return f'Hello, {name}!'\n", "tests": "assert greet('Ann') == 'Hello, Ann!'",
}  # fmt: skip


def watering() -> str:
    """Return code of some 40 KB: one such file is enough for a worker to start."""
    return "".join(f"def water_the_plants_{n}(litres):\n    return litres * {n}\n\n" for n in range(700))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository with files that workers read; whatever runs of it writes `canary` beside it."""
    root = tmp_path_factory.mktemp("hostile")
    repository, canary = root / "repository", root / "canary"
    evil = f"open({str(canary)!r}, 'a').write(__name__ + '\\n')\n"
    write_tree(repository, {f"{name}.py": evil for name in MODULES})
    body = watering()
    write_tree(repository, {f"src/part_{n}.py": f"# {n}\n{body}" for n in range(2)})
    # (an environment that the user did not make)
    write_tree(repository, {
        "matplotlibrc": "backend: module://site\n",
        "pip.conf": "[global]\nindex-url = http://127.0.0.1:9/\n",
        ".npmrc": "registry=http://127.0.0.1:9/\nscript-shell=./bash\n",
        ".pdbrc": f"import os; os.system('touch {canary}')\n",
        "pyvenv.cfg": "home = .\n",
        "requirements.txt": "tea==1.0\n",
        "tasks.jsonl": json.dumps(TASK) + "\n",
        "evil.pth": f"import os; os.system('touch {canary}')\n",
    })  # fmt: skip
    for name in PROGRAMS:
        program = repository / name
        program.write_text(f"#!/bin/sh\necho {name} >> {canary}\n")
        program.chmod(0o755)
    make_wheel(root / "shelf", "tea", "1.0", {"tea.py": '"""Tea."""\n'})
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    return repository


def rag(made: Path, *arguments: str, variables: Mapping[str, str] = {}) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "PIP_NO_INDEX": "1",  # nothing is to be asked of the network
        "PIP_FIND_LINKS": str(made.parent / "shelf"),
        "npm_config_offline": "true",
        "PATH": os.pathsep.join(["", ".", os.environ["PATH"], ""]),
        **variables,
    }
    command = [str(RAG), *arguments]
    return subprocess.run(
        command,
        cwd=made,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


# In this order: the first makes the index that the others use. Codes that each may end with.
COMMANDS: list[tuple[tuple[str, ...], int]] = [
    (("index", "--dry-run", "."), 0),
    (("index", ".", "pkg:packaging"), 0),
    (("index",), 0),
    (("search", "water the plants"), 0),
    (("mcp",), 0),  # until its standard input ends, which it does at once
    (("serve", "--host", "0.0.0.0"), 1),
    (("agents", "add", "--here", "cursor", "codex", "--instructions"), 0),
    (("search", "--json", "--explain", "water the plants"), 0),
    (("prompt", "water the plants"), 0),
    (("generate", "--generator", "echo", "water the plants"), 0),
    (("status",), 0),
    (("verify",), 0),
    (("index", "--repair"), 0),
    *([(("index", "--rebuild", "--workers", "ray", "src", "pkg:packaging"), 0)] if find_spec("ray") else []),
    (("docs", "list"), 0),
    (("docs", "add", "npm:docprompting-no-such-package@1.0.0"), 1),
    (("docs", "add", "man:git-no-such-page"), 1),
    (("docs", "sync"), 0),  # pip fetches a package
    (("docs", "update"), 0),
    (("docs", "remove", "packaging"), 0),
    (
        (
            "eval",
            "tasks.jsonl",
            "--generator",
            "echo",
            "--context",
            "none",
            "--out",
            "run",
            "--isolation",
            ISOLATION,
        ),
        0,
    ),
    (("report", "run", "--html", "page.html"), 0),
    (("train", "--corpus", str(ROOT / "rag" / "execution" / "inside"), "--out", "weights"), 0),
]


@pytest.mark.slow(35)
@pytest.mark.skipif(not RAG.exists(), reason="needs the command rag")
def test_no_command_runs_what_is_in_the_working_folder(made: Path, tmp_path: Path) -> None:
    canary = made.parent / "canary"
    for arguments, code in COMMANDS:
        done = rag(made, *arguments, variables={"RAG_CACHE": str(tmp_path)})
        told = f"rag {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        assert done.returncode == code, told
        assert "Traceback" not in done.stderr, told
        assert not canary.exists(), f"{told}\nran {canary.read_text()}"
    environment = {**os.environ, "RAG_CACHE": str(tmp_path)}
    with subprocess.Popen([str(RAG), "watch"], cwd=made, env=environment, stderr=subprocess.PIPE) as watching:
        assert watching.stderr
        while b"watching" not in watching.stderr.readline():
            assert watching.poll() is None
        watching.send_signal(signal.SIGINT)
        watching.wait(60)
    assert not canary.exists()


@pytest.mark.slow
@pytest.mark.skipif(not RAG.exists(), reason="needs the command rag")
def test_workers_ignore_what_the_environment_says_of_python(tmp_path: Path) -> None:
    """These are the user's own; but a child of ours has no use for them, and they may be relative."""
    root = tmp_path / "repository"
    body = watering()
    write_tree(root, {f"part_{n}.py": f"# {n}\n{body}" for n in range(4)})
    write_tree(root, {"late.py": f"open({str(tmp_path / 'canary')!r}, 'w')\n"})
    variables = {"PYTHONSTARTUP": "late.py", "PYTHONBREAKPOINT": "late.run"}
    variables |= {"PYTHONUSERBASE": ".", "PYTHONPLATLIBDIR": "lib"}
    done = rag(root, "index", ".", variables=variables)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("index", "evil:x"),
        ("index", "--encoder", "evil", "."),
        ("generate", "--generator", "evil", "x"),
        ("docs", "add", "--kind", "evil", "."),
        ("eval", "evil", "evil.py"),
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.skipif(not RAG.exists(), reason="needs the command rag")
def test_entry_points_in_the_working_folder_are_none(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    groups = ("kinds", "encoders", "rerankers", "generators", "datasets")
    root = write_tree(tmp_path / "repository", {
        "evil.py": f"open({str(tmp_path / 'canary')!r}, 'a').write(__name__)\n",
        "evil-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
        "evil-1.dist-info/entry_points.txt": "".join(
            f"[docprompting.{group}]\nevil = evil:EVIL\n" for group in groups
        ),
    })  # fmt: skip
    done = rag(root, *arguments, variables={"PYTHONPATH": os.pathsep})
    assert done.returncode == 1 and done.stderr.startswith("error: ") and "evil" in done.stderr
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("entry", [os.pathsep, ".", os.pathsep.join(["", "src"])])
@pytest.mark.skipif(not RAG.exists(), reason="needs the command rag")
def test_an_empty_entry_of_the_import_path_is_not_the_working_folder(tmp_path: Path, entry: str) -> None:
    """Only what Python loads before any program of ours does come from there: `site` and its like."""
    names = "griffe tantivy detect_secrets faiss loky Stemmer tree_sitter_python pathspec tempfile numpy"
    evil = f"open({str(tmp_path / 'canary')!r}, 'a').write(__name__)\n"
    root = write_tree(tmp_path / "repository", {f"{name}.py": evil for name in names.split()})
    done = rag(root, "index", "--dry-run", ".", "pkg:packaging", variables={"PYTHONPATH": entry})
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "canary").exists()


@pytest.mark.slow
def test_workers_of_a_program_import_from_where_it_does_but_for_the_working_folder(tmp_path: Path) -> None:
    """A program run by `-c` has the working folder first on its path, and so would its workers."""
    body = watering()
    root = write_tree(tmp_path / "repository", {f"src/part_{n}.py": f"# {n}\n{body}" for n in range(4)})
    evil = f"open({str(tmp_path / 'canary')!r}, 'a')"
    code = (
        # What the program itself imports later is its own affair: all is imported before.
        "import indexers.building.prepare, indexers.building.update, indexers.building.writer\n"
        "import corpora.source_tree.tree\n"
        "import csv, detect_secrets, griffe, heapq, pathlib, rag, tree_sitter_python, uuid\n"
        "for name in ('tree_sitter_python', 'detect_secrets', 'griffe', 'ast', 'csv', 'uuid', 'heapq'):\n"
        f"    pathlib.Path(name + '.py').write_text({evil!r})\n"
        "rag.Index.build('index', ['src']).close()\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "canary").exists()


def test_a_worker_that_cannot_start_is_reported_and_not_started_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from corpora.errors import RagError
    from indexers.building.worker_pool import WorkerPool

    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    pool = WorkerPool(2, None)
    try:
        with pytest.raises(RagError, match="no worker process can be started"):
            pool.submit(len, ()).result()
    finally:
        pool.close()
