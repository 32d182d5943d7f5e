import stat
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpora.source_tree.entries import DiskEntries, PreviousScan
from corpora.source_tree.git_repository import list_repository_files
from corpora.source_tree.pattern_set import PatternSet

PARTS = [
    "a",
    "b",
    "src",
    "*",
    "*.py",
    "a*",
    "?",
    "**",
    "x.py",
    "[ab]",
    "*.log",
    "[!a]*",
    "\\a",
    "a.*",
    "*.p[yz]",
]
patterns = st.builds(
    lambda bang, slash, parts, end: bang + slash + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=3),
    st.sampled_from(["", "", "/", " ", "  ", "\\ ", "\\\\ ", "\r"]),
)
folders = st.lists(st.sampled_from(["a", "b", "src"]), max_size=3).map("/".join)
files = st.tuples(folders, st.sampled_from(["x.py", "y.log", "a.txt", "z.pyz"])).map("/".join)


def walk(root: Path) -> set[str]:
    entries, found, pending = DiskEntries(root, PreviousScan(), in_repository=True), set(), [""]
    while pending:
        folder = pending.pop()
        for entry in entries.entries(folder):
            if stat.S_ISDIR(entry.mode) and entry.name != ".git":
                pending.append(f"{folder}{entry.name}/")
            elif entry.name not in (".git", ".gitignore"):
                found.add(folder + entry.name)
    return found


@settings(max_examples=60, deadline=None)
@example({"a/x.py"}, {"": ["a", "!a/** "]})
@given(
    st.sets(files, min_size=1),
    st.dictionaries(folders, st.lists(patterns, min_size=1), min_size=1, max_size=2),
)
def test_a_walk_finds_what_git_finds(paths: set[str], rules: dict[str, list[str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        for path in paths:
            file = root / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("1")
        for folder, lines in rules.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / ".gitignore").write_text("\n".join(lines) + "\n")
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        listing = list_repository_files(root)
        assert listing is not None
        assert walk(root) == {file for file in listing.files if not file.endswith(".gitignore")}


def test_the_last_pattern_that_matches_decides() -> None:
    rules = PatternSet(["*.py", "!a.py", "/a.py"])
    assert rules.verdict("a.py") == "match"
    assert rules.verdict("d/a.py") == "named exception"
    assert rules.verdict("d/b.py") == "match"
    assert rules.verdict("d/b.txt") is None


def test_a_pattern_with_a_slash_at_its_end_means_folders() -> None:
    rules = PatternSet(["build/", "docs/_build/"])
    assert rules.verdict("x/build/") == rules.verdict("docs/_build/") == "match"
    assert rules.verdict("build") is rules.verdict("docs/_build") is None


@pytest.mark.parametrize("pattern", ["!", "\\", "a\\", "[z-a]", "[", "/", "[!]"])
def test_a_pattern_that_git_cannot_read_matches_nothing(pattern: str) -> None:
    rules = PatternSet([pattern, "*.log"])
    assert rules.invalid == [pattern]
    assert rules.verdict("a.log") == "match" and rules.verdict("a") is None


@given(st.text(), st.text())
def test_no_pattern_and_no_path_raises(pattern: str, path: str) -> None:
    assert PatternSet([pattern]).verdict(path) in ("match", "exception", "named exception", None)


def test_plain_patterns_cost_little() -> None:
    rules = PatternSet([f"*.ext{n}" for n in range(1000)] + [f"dir{n}/" for n in range(1000)])
    start = time.perf_counter()
    assert not any(rules.verdict(f"services/module/file{n}.py") for n in range(10_000))
    assert time.perf_counter() - start < 0.5  # 0.02 s measured


@given(
    st.lists(
        st.sampled_from(
            ["*.c.[012]*.*", ".*", "a*", "*b/", "/x*", "d/*.o", "d/**", "!*.keep*", "?", "**/q*"]
        ),
        max_size=6,
    ),
    st.lists(st.sampled_from(["a", "b", "d", "x.o", ".c", "q.keep1", "m.c.1x.y"]), min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)
def test_asking_all_globs_at_once_changes_no_verdict(lines: list[str], parts: list[str], end: str) -> None:
    path = "/".join(parts) + end
    one_by_one = [PatternSet([line.removeprefix("!")]).verdict(path) is not None for line in lines]
    last = max((number for number, matches in enumerate(one_by_one) if matches), default=None)
    verdict = PatternSet(lines).verdict(path)
    assert (verdict is None) == (last is None)
    if last is not None:
        assert (verdict == "match") == (not lines[last].startswith("!"))


def test_a_glob_matches_names_in_folders_below() -> None:
    assert PatternSet(["a*", "b?"]).verdict("deep/down/abc") == "match"
