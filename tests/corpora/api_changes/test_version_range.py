"""Two versions of a library, as users write them, and what is said of all that is not."""

from pathlib import Path

import pytest

from corpora.api_changes.version_range import is_version_range, problem_with_range, version_range
from corpora.errors import CorpusError, ManifestError
from corpora.manifest import load_manifest
from corpora.sources import spec_for


@pytest.mark.parametrize(
    "source", ["Shop_Kit==1.0..2.0rc1", "pkg:shop-kit==1.0..2.0rc1", "changes:shop.kit==1.0..2.0rc1"]
)
def test_two_versions_are_one_corpus_however_they_are_named(source: str) -> None:
    spec = spec_for(source)
    assert (spec.kind, spec.location, spec.name) == ("changes", *["shop-kit==1.0..2.0rc1"] * 2)


@pytest.mark.parametrize(
    ("source", "location"),
    [
        ("npm:zod@3.23.8..4.1.0", "npm:zod@3.23.8..4.1.0"),
        ("npm:zod==3.23.8..4.1.0", "npm:zod@3.23.8..4.1.0"),
        ("changes:npm:@types/node@9.0.0..10.0.0", "npm:@types/node@9.0.0..10.0.0"),
    ],
)
def test_two_versions_of_a_package_of_npm_are_one_corpus(source: str, location: str) -> None:
    spec = spec_for(source)
    assert (spec.kind, spec.location, spec.name) == ("changes", location, location)
    both = version_range(source)
    assert both.location(both.old) == location.partition("..")[0]


@pytest.mark.parametrize(
    ("source", "why", "fix"),
    [
        ("shop==2.0..1.0", "2.0 is newer than 1.0", '"shop==1.0..2.0"'),
        ("shop==1.10..1.9", "1.10 is newer than 1.9", '"shop==1.9..1.10"'),
        ("shop==1.0..1.0", "both versions are 1.0", "two exact versions"),
        ("shop==1.0..1.0.0", "both versions are 1.0", "two exact versions"),
        ("shop==..", "the older version is missing", "two exact versions"),
        ("shop==..2.0", "the older version is missing", "two exact versions"),
        ("shop==1.0..", "the newer version is missing", "two exact versions"),
        ("shop==1.0...2.0", "'.2.0' is not an exact version", "two exact versions"),
        ("shop==1.*..2.0", "'1.*' is not an exact version", "two exact versions"),
        ("==1.0..2.0", "'' is not the name of a package", "two exact versions"),
        ("--index-url==1..2", "is not the name of a package", "two exact versions"),
        ("npm:zod@4.0.0..3.0.0", "4.0.0 is newer than 3.0.0", '"npm:zod@3.0.0..4.0.0"'),
        ("npm:zod@4.0.0..4.0.0-rc.10", "4.0.0 is newer than 4.0.0-rc.10", "npm:zod@4.0.0-rc.10..4.0.0"),
        ("npm:zod@4.0.0-rc.10..4.0.0-rc.9", "4.0.0-rc.10 is newer", "npm:zod@4.0.0-rc.9..4.0.0-rc.10"),
        ("npm:zod@4.0.0+a..4.0.0+b", "both versions are 4.0.0+a", "npm:zod@3.23.8..4.1.0"),
        ("npm:zod@4.0..5.0.0", "'4.0' is not an exact version", "npm:zod@3.23.8..4.1.0"),
        ("npm:@types/node@3.0.0..", "the newer version is missing", "npm:zod@3.23.8..4.1.0"),
        ("npm:--global@3.0.0..4.0.0", "'--global' is not the name", "npm:zod@3.23.8..4.1.0"),
        ("changes:shop==1.0", "there is one version, and two are compared", "two exact versions"),
        (f"shop==1..{'2.' * 10_000}", "is not an exact version", "two exact versions"),
    ],
)
def test_what_names_no_two_versions_is_refused_with_the_reason(source: str, why: str, fix: str) -> None:
    with pytest.raises(CorpusError) as caught:
        spec_for(source)
    assert why in caught.value.why and fix in caught.value.fix
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "source", ["..", "../shop", "a==b/../c", "https://a.b/==..", "shop==1.0", "pkg:shop"]
)
def test_other_sources_with_dots_are_what_they_were(source: str) -> None:
    assert not is_version_range(source)


def test_a_folder_of_that_name_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop==1.0..2.0").mkdir()
    monkeypatch.chdir(tmp_path)
    assert spec_for("shop==1.0..2.0").kind == "code"


def test_a_manifest_names_two_versions(tmp_path: Path) -> None:
    path = tmp_path / "rag.toml"
    path.write_text('[[corpus]]\nchanges = ["shop==1.0..2.0", "pkg:Tea==3.1..3.2"]\n')
    found = [(spec.name, spec.kind, spec.location) for spec in load_manifest(path).corpora]
    assert found == [
        ("shop==1.0..2.0", "changes", "shop==1.0..2.0"),
        ("tea==3.1..3.2", "changes", "tea==3.1..3.2"),
    ]


def test_a_manifest_with_versions_in_the_wrong_order_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rag.toml"
    path.write_text('[[corpus]]\nchanges = "shop==2.0..1.0"\n')
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    assert "2.0 is newer than 1.0" in caught.value.why and "shop==1.0..2.0" in caught.value.why


def test_a_range_is_written_as_it_is_read() -> None:
    assert str(version_range("pkg:Shop==1.0..2.0")) == "shop==1.0..2.0"
    assert not problem_with_range("shop==1.0..2.0")
