"""Uses of APIs in public code are counted and give each name a share."""

from math import log1p
from pathlib import Path

import numpy as np
import pytest

from corpora.document import Document, Origin
from corpora.errors import IndexDamaged
from corpora.spec import CorpusSpec
from indexers.encoders.api_popularity import UNKNOWN_SHARE, Usage, builtin_usage, usage_key
from indexers.training.count_usage import count_usage
from indexers.training.used_names import UsingFile
from tests.small_corpora import write_tree

SOURCE = """
import numpy as np
from os import path
from app.models import Invoice

def total(frame):
    rows = np.zeros(3)
    frame.groupby("a").sum()
    return len(path.join("a", "b")), Invoice.load(rows)
"""


def test_the_names_that_a_file_uses_are_resolved_by_its_imports() -> None:
    file = UsingFile.of_document(Document(Origin("app", "app/report.py", "python", "code"), SOURCE, ""))
    assert file is not None
    names, roots = file.names_in([file.tree]), file.roots
    assert names >= {"numpy.zeros", "os.path", "os.join", "builtins.len", "numpy:groupby", "builtins:sum"}
    assert not {name for name in names if name.startswith("app")}  # its own package
    assert roots == {"numpy", "os", "builtins"}


def test_methods_count_for_a_library_as_far_as_they_are_more_common_beside_it(tmp_path: Path) -> None:
    with_library = "import pandas\nframe.groupby(1)\nrows.append(1)\n"
    without = "import json\nrows.append(1)\n"
    specs = []
    for name in ("one", "two"):
        files = {f"a{n}.py": f"{with_library}x{name}{n} = 1\n" for n in range(4)}
        files |= {f"b{n}.py": f"{without}y{name}{n} = 1\n" for n in range(4)}
        write_tree(tmp_path / name, files)
        specs.append(CorpusSpec(name, "code", str(tmp_path / name)))
    counts = count_usage(specs)
    # 8 of 16 files import pandas; groupby is called in those 8 only, append in all 16
    assert counts["pandas:groupby"] == 8 - 8 * 8 // 16
    assert counts["builtins:append"] == 16
    assert "pandas:append" not in counts


def test_what_one_package_alone_uses_does_not_count(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"{n}.py": f"import rare\nrare.thing({n})\n" for n in range(5)})
    assert count_usage([CorpusSpec("one", "code", str(tmp_path))]) == {}


@pytest.mark.parametrize(
    ("symbol", "key"),
    [
        ("numpy.core.numeric.zeros", "numpy.zeros"),
        ("pandas.DataFrame.groupby", "pandas:groupby"),
        ("pandas.DataFrame", "pandas.DataFrame"),
        ("str.split", "builtins:split"),
        ("sorted", "builtins.sorted"),
        ("", ""),
    ],
)
def test_a_name_is_counted_by_its_first_and_last_part(symbol: str, key: str) -> None:
    assert usage_key(symbol) == key


def test_shares_grow_with_the_logarithm_of_the_count() -> None:
    counts = {"numpy.zeros": 1000, "numpy.sum": 31, "pandas:groupby": 5000, "builtins.len": 1000}
    counts |= {"numpy.": 100, "builtins.": 5000}
    shares = Usage.of_counts(counts).shares(
        [
            "numpy.zeros",
            "numpy.sum",
            "numpy.rare",
            "pandas.DataFrame.groupby",
            "len",
            "--all",
            "zod.object",
            "",
        ]
    )
    numpy = log1p(100) / log1p(1000)
    assert shares == {
        "numpy.zeros": pytest.approx(0.8 + 0.2 * numpy, abs=1 / 255),
        "numpy.sum": pytest.approx(0.8 * log1p(31) / log1p(1000) + 0.2 * numpy, abs=1 / 255),
        "numpy.rare": pytest.approx(0.2 * numpy, abs=1 / 255),  # of a package that is counted
        "pandas.DataFrame.groupby": 0.8,
        "len": 1.0,
        "--all": UNKNOWN_SHARE,  # of a command
        "zod.object": UNKNOWN_SHARE,
        "": UNKNOWN_SHARE,
    }


def test_shares_are_the_same_once_more_names_were_asked_for_than_are_cached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("indexers.encoders.api_popularity._CACHED", 3)
    usage = Usage.of_counts({"numpy.zeros": 1000, "os:read": 3})
    names = ["numpy.zeros", "os.File.read", "numpy.rare", "zod.object", "os.walk"]
    first = usage.shares(names)
    assert {name: share for name in names for share in usage.shares([name]).values()} == first
    assert usage.shares(names) == first


def test_a_table_is_the_same_after_saving(tmp_path: Path) -> None:
    usage = Usage.of_counts({"numpy.zeros": 7, "os:read": 3})
    usage.save(tmp_path / "usage.npy")
    names = ["numpy.zeros", "os.File.read", "os.walk"]
    assert Usage.load(tmp_path / "usage.npy").shares(names) == usage.shares(names)


@pytest.mark.parametrize("content", [b"", b"no array", None])
def test_a_damaged_table_is_reported(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "usage.npy"
    if content is None:
        np.save(file, np.zeros(3))
    else:
        file.write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"usage\.npy"):
        Usage.load(file)


def test_the_counts_that_come_with_the_package_know_everyday_names_from_rare_ones() -> None:
    shares = builtin_usage().shares(
        ["json.loads", "json.JSONDecoder.raw_decode", "os.makedirs", "os.getxattr"]
    )
    assert shares["json.loads"] > shares["json.JSONDecoder.raw_decode"]
    assert shares["os.makedirs"] > shares["os.getxattr"]
