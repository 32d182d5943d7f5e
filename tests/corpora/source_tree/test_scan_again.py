"""A scan that knows the previous one finds what a scan from scratch finds."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Listed
from corpora.source_tree import skip_rules
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from tests.small_corpora import write_tree

FOLDERS = ["", "src/", "src/deep/", "lib/"]
IGNORES = [".gitignore", ".ragignore"]
RULES = ["", "*.log\n", "deep/\n", "a.py\n", "/src/\n", ".*\n", "*\n!a.py\n", "!vendor/\n"]

_file = st.tuples(st.sampled_from(FOLDERS), st.sampled_from(["a.py", "b.log", "vendor/c.py", "pyvenv.cfg"]))
_ignore = st.tuples(st.sampled_from(FOLDERS), st.sampled_from(IGNORES))
_step = st.one_of(
    st.tuples(_file, st.sampled_from(["x = 1\n", "y = 22\n", None])),
    st.tuples(_ignore, st.sampled_from([*RULES, None])),
)
_steps = st.lists(_step, max_size=6)


def change(root: Path, steps: list[tuple[tuple[str, str], str | None]]) -> None:
    for (folder, name), text in steps:
        path = root / folder / name
        if text is not None:
            write_tree(root, {folder + name: text})
        elif path.exists():
            path.unlink()


@settings(max_examples=60, deadline=None)
@given(before=_steps, after=_steps)
def test_whatever_was_changed_in_between(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[tuple[tuple[str, str], str | None]],
    after: list[tuple[tuple[str, str], str | None]],
) -> None:
    root = tmp_path_factory.mktemp("tree")
    spec = CorpusSpec("app", "code", str(root), exclude=("lib/b.log",))
    change(root, before)
    former = CodeTree(spec)
    known = {found.path: found.stamp for found in former.scan() if isinstance(found, Listed)}
    change(root, after)
    assert list(CodeTree(spec).scan_again(known, former.rules)) == list(CodeTree(spec).scan())
    shutil.rmtree(root)


def test_a_program_that_leaves_out_other_names_judges_all_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = CorpusSpec("app", "code", str(write_tree(tmp_path, {"a.py": "x = 1\n", "odd/b.py": "y = 2\n"})))
    former = CodeTree(spec)
    known = {found.path: found.stamp for found in former.scan() if isinstance(found, Listed)}
    monkeypatch.setitem(skip_rules._REASON_OF_FILE, "a.py", "vendored")
    found = {item.path: item for item in CodeTree(spec).scan_again(known, former.rules)}
    assert not isinstance(found["a.py"], Listed)


def test_a_file_that_a_link_has_replaced_is_judged(tmp_path: Path) -> None:
    spec = CorpusSpec("app", "code", str(write_tree(tmp_path, {"a.py": "x = 1\n", "b.py": "y = 2\n"})))
    former = CodeTree(spec)
    known = {found.path: found.stamp for found in former.scan() if isinstance(found, Listed)}
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").symlink_to("b.py")
    status = (tmp_path / "a.py").lstat()
    known["a.py"] = f"{status.st_mtime_ns}-{status.st_size}"
    assert list(CodeTree(spec).scan_again(known, former.rules)) == list(CodeTree(spec).scan())
