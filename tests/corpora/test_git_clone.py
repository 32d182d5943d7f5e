"""A repository is fetched by its URL, at a revision, without running anything of it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from corpora.errors import CorpusError, ManifestError
from corpora.git.clone import clone_folder, fetch_clone
from corpora.git.remote import Remote, is_git_location, problem_with_remote
from corpora.manifest import load_manifest
from corpora.sources import spec_for
from indexers.building.report import PartlyUpdated
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.projects.index_targets import find_target, trust_project
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from rag.retrieval.source_files import source_file, source_folders
from tests.small_corpora import write_tree

AUTHOR = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b.example"}
COMMITTER = {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b.example"}


def git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, **AUTHOR, **COMMITTER, "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Make a repository with two commits, the first of them tagged."""
    folder = write_tree(tmp_path / "origin" / "tea.git", {"tea.py": "def pour_tea():\n    return 'tea'\n"})
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    git(folder, "tag", "v1")
    write_tree(folder, {"milk.py": "def pour_milk():\n    return 'milk'\n"})
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "second")
    return folder


@pytest.mark.parametrize(
    ("source", "url", "revision"),
    [
        ("https://example.org/a/tea.git", "https://example.org/a/tea.git", ""),
        ("https://example.org/a/tea.git@v1.0", "https://example.org/a/tea.git", "v1.0"),
        ("https://github.com/a/tea", "https://github.com/a/tea", ""),
        ("https://github.com/a/tea@feature/x", "https://github.com/a/tea", "feature/x"),
        ("git+https://example.org/tea@main", "https://example.org/tea", "main"),
        ("git@example.org:a/tea.git@v2", "ssh://git@example.org/a/tea.git", "v2"),
        ("ssh://git@example.org/a/tea.git", "ssh://git@example.org/a/tea.git", ""),
    ],
)
def test_a_repository_is_told_by_its_url(source: str, url: str, revision: str) -> None:
    spec = spec_for(source)
    assert spec.kind == "git" and Remote.of(spec.location) == (url, revision)
    assert spec.name == "tea" + f"@{revision}" * bool(revision)


@pytest.mark.parametrize(
    "source",
    ["https://docs.python.org/3/", "https://github.com/a", "https://github.com/a/b/issues", "src", "pkg:tea"],
)
def test_a_site_or_a_folder_is_no_repository(source: str) -> None:
    assert not is_git_location(source)


@pytest.mark.parametrize(
    "location",
    [
        "https://example.org/tea.git@--upload-pack=touch x",
        "https://example.org/tea.git@a..b",
        "https://example.org/tea.git@-x",
        "https://me:secret@example.org/tea.git",
        "https://me@example.org/tea.git",
        "ssh://-oProxyCommand=x/tea.git",
        "ssh://-oProxyCommand=x@example.org/tea.git",
        "ext::sh -c touch% /tmp/x",
        "git+ext::sh",
        "--upload-pack=touch",
        "http://example.org/tea.git",
        "file:///tmp/tea.git",
        "https://example.org/te a.git",
        "https://[::1/tea.git",
        "https://example.org/tea.git@v1\n",
    ],
)
def test_a_location_that_could_do_more_than_name_a_repository_is_refused(location: str) -> None:
    assert problem_with_remote(Remote.of(location), allow_private=False)
    with pytest.raises(CorpusError):
        fetch_clone(location, allow_private=False)
    with pytest.raises(CorpusError):
        spec_for(location, kind="git")


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1/tea.git", "https://localhost/tea.git", "https://[::1]/t.git"]
)
def test_a_private_address_needs_consent(location: str) -> None:
    with pytest.raises(CorpusError) as caught:
        fetch_clone(location, allow_private=False)
    assert "not public" in caught.value.why and "--allow-private" in caught.value.fix


def test_the_folder_of_a_clone_is_in_the_cache_whatever_the_url_is(tmp_path: Path) -> None:
    for location in (
        "https://x.example/../../etc",
        "https://x.example/%2e%2e/a",
        "https://x.example/" + "a" * 900,
    ):
        folder = clone_folder(location)
        assert folder.parent == tmp_path / "cache" / "git" and len(folder.name) < 90
    assert clone_folder("https://x.example/a.git@1") != clone_folder("https://x.example/a.git@2")


@pytest.mark.slow(6)
def test_a_repository_is_indexed_at_its_revision_and_fetched_again(origin: Path, tmp_path: Path) -> None:
    first = git(origin, "rev-parse", "v1")
    url = f"file://{origin}"
    specs = [spec_for(f"{url}{at}", allow_private=True) for at in ("", "@v1", f"@{first}")]
    index = Index.build(tmp_path / "index", specs)

    def paths(spec_name: str) -> set[str]:
        found = retrieve(index, "pour", 50, SearchOptions(Filter(corpora=(spec_name,))))
        return {hit.chunk.origin.path for hit in found}

    assert [paths(spec.name) for spec in specs] == [{"tea.py", "milk.py"}, {"tea.py"}, {"tea.py"}]
    hit = retrieve(index, "pour_tea", 1)[0]
    file = source_file(source_folders(index), hit.chunk.origin)
    assert file and file.read_text() == "def pour_tea():\n    return 'tea'\n"
    assert hit.chunk.origin.repo == "tea" and len(hit.chunk.origin.commit) == 40
    write_tree(origin, {"sugar.py": "def pour_sugar():\n    return 'sugar'\n"})
    git(origin, "rm", "--quiet", "milk.py")
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "third")
    index.update()
    assert [paths(spec.name) for spec in specs] == [{"tea.py", "sugar.py"}, {"tea.py"}, {"tea.py"}]


@pytest.mark.slow(3)
def test_nothing_of_a_repository_runs(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = tmp_path / "canary"
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[filter "evil"]\n\tsmudge = touch {canary}\n[core]\n\thooksPath = {tmp_path / "hooks"}\n'
    )
    hook = (
        write_tree(tmp_path, {"hooks/post-checkout": f"#!/bin/sh\ntouch {canary}\n"})
        / "hooks"
        / "post-checkout"
    )
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path))
    write_tree(
        origin,
        {
            ".gitattributes": "*.py filter=evil\n*.bin filter=lfs\n",
            "big.bin": "version https://git-lfs.github.com/spec/v1\n",
            ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:9/\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = file://{origin}\n',
        },
    )
    (origin / "link").symlink_to("/etc/passwd")
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "evil")
    folder = fetch_clone(f"file://{origin}", allow_private=True)
    assert (folder / "tea.py").is_file() and not canary.exists() and not (folder / "x").exists()
    with Index.in_memory([spec_for(f"file://{origin}", allow_private=True)]) as index:
        assert "outside" in index.status().counts.skipped


def test_what_cannot_be_fetched_is_said_in_three_parts(origin: Path) -> None:
    with pytest.raises(CorpusError, match="cannot fetch the repository") as caught:
        fetch_clone(f"file://{origin}@no-such-branch", allow_private=True)
    assert "no-such-branch" in caught.value.why and "revision" in caught.value.fix


@pytest.mark.parametrize("location", ["file:///srv/tea.git", "http://127.0.0.1/tea.git"])
def test_what_needs_consent_says_which_option_gives_it(location: str) -> None:
    for ask in (lambda: spec_for(location), lambda: fetch_clone(location, allow_private=False)):
        with pytest.raises(CorpusError) as caught:
            ask()
        assert "--allow-private" in caught.value.fix
    assert spec_for(location, allow_private=True).location == location


def test_a_bare_repository_is_named_by_its_url(origin: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git(origin, "clone", "--quiet", "--bare", ".", str(bare))
    with pytest.raises(CorpusError) as caught, Index.in_memory([bare]):
        pass
    assert f"rag index git+file://{bare} --allow-private" in caught.value.fix
    with Index.in_memory([spec_for(f"git+{bare.as_uri()}", allow_private=True)]) as index:
        assert index.status().counts.documents == 2


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def files(tmp_path: Path) -> Iterator[str]:
    """Serve the files of a folder, as servers do that do not know git."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_server_that_only_hands_out_files_will_do(origin: Path, tmp_path: Path, files: str) -> None:
    bare = tmp_path / "tea.git"
    git(origin, "clone", "--quiet", "--bare", ".", str(bare))
    git(bare, "update-server-info")
    folder = fetch_clone(f"{files}/tea.git@main", allow_private=True)
    assert (folder / "milk.py").is_file()
    with pytest.raises(CorpusError) as caught:
        fetch_clone(f"{files}/none.git", allow_private=True)
    assert "not found" in caught.value.why


def test_a_manifest_names_repositories_as_the_command_line_does(tmp_path: Path) -> None:
    def written(*lines: str) -> Path:
        path = tmp_path / "rag.toml"
        path.write_text("".join(f"[[corpus]]\n{line}\n" for line in lines))
        return path

    manifest = load_manifest(
        written(
            'url = "https://example.org/tea.git@v1"',
            'url = "git@example.org:a/cup.git"',
            'url = "git+https://example.org/pot"',
            'url = "file:///srv/leaf.git"\nallow_private = true',
        )
    )
    assert [(spec.name, spec.kind, spec.location) for spec in manifest.corpora] == [
        ("tea@v1", "git", "https://example.org/tea.git@v1"),
        ("cup", "git", "ssh://git@example.org/a/cup.git"),
        ("pot", "git", "https://example.org/pot"),
        ("leaf", "git", "file:///srv/leaf.git"),
    ]
    with pytest.raises(ManifestError) as caught:
        load_manifest(written('url = "file:///srv/leaf.git"'))
    assert "allow_private = true" in caught.value.fix
    # A key of ssh is shown only to a server that the user has agreed to.
    written('url = "git@example.org:a/cup.git"')
    with pytest.raises(ManifestError, match="is not followed"):
        find_target([], start=tmp_path)
    trust_project(start=tmp_path)
    assert find_target([], start=tmp_path).corpora[0].name == "cup"
    written('url = "https://example.org/tea.git"')
    assert find_target([], start=tmp_path).corpora[0].kind == "git"


@pytest.mark.slow(5)
def test_many_repositories_are_fetched_before_they_are_scanned_and_one_that_is_gone_keeps_its_index(
    tmp_path: Path,
) -> None:
    specs = []
    for number in range(40):  # more than are fetched ahead
        folder = tmp_path / f"tea{number}"
        write_tree(folder, {"pour.py": f"def pour_{number}():\n    return {number}\n"})
        git(folder, "init", "--quiet")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", "one")
        specs.append(spec_for(f"file://{folder}", kind="git", allow_private=True))
    with Index.create(tmp_path / "index") as index:
        assert index.update(specs).added == 40
        shutil.rmtree(tmp_path / "tea7")
        write_tree(tmp_path / "tea8", {"cup.py": "def cup():\n    return 1\n"})
        git(tmp_path / "tea8", "add", "--all")
        git(tmp_path / "tea8", "commit", "--quiet", "-m", "two")
        with pytest.raises(PartlyUpdated) as caught:
            index.update(specs)
        assert [*caught.value.failures] == ["tea7"] and "cannot fetch" in str(caught.value)
        report = caught.value.report
        assert (report.added, report.unchanged, report.removed) == (1, 39, 0)
        assert retrieve(index, "pour_7", 1)[0].chunk.symbol == "pour_7"
        assert retrieve(index, "cup", 1)[0].chunk.symbol == "cup"
