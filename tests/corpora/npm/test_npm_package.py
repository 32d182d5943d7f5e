"""The declarations of npm packages are read from folders, tarballs and installed packages."""

import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, Section, Skipped
from corpora.errors import CorpusError
from corpora.manifest import load_manifest
from corpora.npm.declarations import declared_sections
from corpora.npm.exports import PackageNames
from corpora.npm.package import NpmPackage
from corpora.sources import spec_for
from corpora.spec import CorpusSpec, open_corpus
from indexers.index import Index
from rag.docs import add_docs, list_docs, sync_docs

DECLARATIONS = """
/** Sends a request.
 * @param url where to, see {@link URL}
 * @example
 * send("x", {
 *   retries: 3,
 * });
 * @deprecated use {@link post}
 */
export declare function send(url: string): Promise<void>;
export declare function send(url: URL, options?: Options): Promise<void>;
export interface Options { retries?: number; // how often
}
export interface Client {
  /** Asks for a page. */
  get(url: string): string;
  post(url: string): string;
}
export declare class Queue<T> extends Base {
  private items;
  /** Adds an item. */
  push(item: T): void;
  protected grow(): void;
}
export type Name = string | symbol;
export declare enum Level { Low = 1, High }
export declare const VERSION: string;
export declare namespace inner { /** Deep. */ function deep(): void; }
/** @internal */
export declare function secret(): void;
declare function local(): void;
export {};
"""


def sections_of(text: str, package: str = "pack") -> dict[str, Section]:
    return {s.name: s for s in declared_sections(text.encode(), package, PackageNames(frozenset()))}


def package_in(folder: Path, files: dict[str, str], name: str = "pack", version: str = "1.2.3") -> Path:
    for path, text in {"package.json": json.dumps({"name": name, "version": version}), **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def packed(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as tarball:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tarball.addfile(member, io.BytesIO(text.encode()))
    return path


def read_all(location: Path | str) -> dict[str, Document | Skipped]:
    corpus = NpmPackage(CorpusSpec("pack", "npm", str(location)))
    return {
        found.path: found if isinstance(found, Skipped) else corpus.read(found) for found in corpus.scan()
    }


def test_each_exported_declaration_is_a_section_and_nothing_else_is() -> None:
    names = [name.removeprefix("pack.") for name in sections_of(DECLARATIONS)]
    expected = "send Options Client Client.get Client.post Queue Queue.push Name Level VERSION inner.deep"
    assert names == expected.split()


def test_overloads_are_joined_and_the_comment_keeps_its_lines() -> None:
    send = sections_of(DECLARATIONS)["pack.send"]
    assert send.signature == (
        "function send(url: string): Promise<void>; function send(url: URL, options?: Options): Promise<void>"
    )
    assert "@param url where to, see URL\n" in send.text
    assert 'send("x", {\n  retries: 3,\n});' in send.text
    assert "@deprecated use post" in send.text


def test_a_declaration_without_comment_is_its_own_text() -> None:
    found = sections_of(DECLARATIONS)
    assert "retries?: number" in found["pack.Options"].text
    assert found["pack.Client.post"].text == "post(url: string): string"
    assert found["pack.Client"].text == "interface Client"  # its members have units of their own
    assert found["pack.Name"].text == "type Name = string | symbol;"
    assert found["pack.Queue"].signature == "class Queue<T> extends Base"


def test_a_declaration_that_only_refers_to_another_is_no_section() -> None:
    text = "/** @see _.map */\nexport const y: 1;\n/** @see _.map for more */\nexport const x: 1;"
    found = declared_sections(text.encode(), "kit", PackageNames(frozenset()))
    assert [section.name for section in found] == ["kit.x"]


def test_the_members_of_export_equals_belong_to_the_package() -> None:
    lodash = sections_of(
        "export = _;\ndeclare const _: _.Static;\n"
        'declare module "./index" { interface Static { /** Waits. */ debounce(f: Function): Function; } }',
        "lodash",
    )
    assert lodash["lodash.debounce"].text == "Waits."
    react = sections_of("export = R;\ndeclare namespace R { function useState<S>(s: S): [S]; }", "react")
    assert list(react) == ["react.useState"]


def test_names_are_those_of_the_export_clause() -> None:
    found = sections_of("declare function a(): void;\ndeclare function b(): void;\nexport { a as open };")
    assert list(found) == ["pack.open"]


def test_a_folder_is_read_without_nested_packages_and_repeated_declarations(tmp_path: Path) -> None:
    text = "export declare const x: number;"
    twins = {"index.d.ts": text, "index.d.cts": text, "esm/a.d.ts": text, "cjs/a.d.ts": text}
    found = read_all(package_in(tmp_path, {**twins, "node_modules/other/index.d.ts": text}))
    assert sorted(found) == ["cjs/a.d.ts", "esm/a.d.ts", "index.d.cts", "index.d.ts"]
    assert [path for path, read in found.items() if isinstance(read, Document)] == [
        "esm/a.d.ts",
        "index.d.ts",
    ]


def test_library_and_version_are_those_of_the_package_json(tmp_path: Path) -> None:
    folder = package_in(
        tmp_path, {"index.d.ts": "export declare function f(): void;"}, "@types/my__lib", "2.0.1"
    )
    document = read_all(folder)["index.d.ts"]
    assert isinstance(document, Document)
    assert (document.origin.library, document.origin.version) == ("@my/lib", "2.0.1")
    assert document.sections[0].name == "@my/lib.f"


def test_a_tarball_is_read_and_writes_nothing_elsewhere(tmp_path: Path) -> None:
    good = "export declare function f(): void;"
    files = {
        "package/package.json": '{"name": "pack", "version": "1.0.0"}',
        "package/index.d.ts": good,
        "package/../../evil.d.ts": good,
        "/package/../evil.d.ts": good,
        "package/index.d.ts/below.d.ts": good,
        "package/node_modules/x/index.d.ts": good,
    }
    assert list(read_all(packed(tmp_path / "pack-1.0.0.tgz", files))) == ["index.d.ts"]
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("data", [b"", b"no gzip", b"\x1f\x8b\x08\x00"])
def test_a_broken_tarball_is_reported(tmp_path: Path, data: bytes) -> None:
    broken = tmp_path / "broken.tgz"
    broken.write_bytes(data)
    with pytest.raises(CorpusError, match="cannot read the npm package"):
        read_all(broken)


def test_a_large_file_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    text = "export declare const x: number;\n"
    found = read_all(package_in(tmp_path, {"big.d.ts": text * 160_000, "small.d.ts": text}))
    big = found["big.d.ts"]
    assert isinstance(big, Skipped) and big.reason == "too large"
    assert isinstance(found["small.d.ts"], Document)


def test_an_installed_package_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = {"index.d.ts": "export declare function f(): void;"}
    folder = package_in(tmp_path / "node_modules" / "@scope" / "pack", text, "@scope/pack")
    monkeypatch.chdir(tmp_path)
    spec = spec_for("npm:@scope/pack")
    assert (spec.name, spec.kind, Path(spec.location)) == ("@scope/pack", "npm", folder.resolve())
    assert spec_for(str(folder)).kind == "npm"
    manifest = tmp_path / "rag.toml"
    manifest.write_text('[[corpus]]\nnpm = "@scope/pack"\n', encoding="utf-8")
    assert load_manifest(manifest).corpora[0] == spec
    with pytest.raises(CorpusError, match="the npm package 'absent' is not installed"):
        list(open_corpus(spec_for("npm:absent")).scan())


def test_without_npm_a_version_that_is_not_installed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    with pytest.raises(CorpusError, match="npm is not installed"):
        read_all("left-pad@1.3.0")


@pytest.mark.parametrize("name", ["npm:--help", "npm:a b", "npm:../x", "npm:x@latest", "npm:"])
def test_a_text_that_is_no_package_name_is_never_passed_to_npm(name: str) -> None:
    with pytest.raises(CorpusError):
        spec_for(name)


def test_sync_documents_the_packages_of_a_lock_file(tmp_path: Path) -> None:
    package_in(
        tmp_path / "node_modules" / "pack",
        {"index.d.ts": "/** Runs. */\nexport declare function run(): void;"},
    )
    lock = tmp_path / "package-lock.json"
    place = {"node_modules/pack": {"version": "1.2.3"}}
    lock.write_text(json.dumps({"packages": place}), encoding="utf-8")
    report = sync_docs(tmp_path / "index", [lock])
    assert [(synced.outcome, synced.units) for synced in report.packages] == [("added", 1)]
    lock.write_text(json.dumps({"packages": {}}), encoding="utf-8")
    assert sync_docs(tmp_path / "index", [lock], prune=True).removed == ("pack@1.2.3",)


def test_a_tarball_is_added_and_found_again(tmp_path: Path) -> None:
    files = {"package/package.json": '{"name": "pack", "version": "3.0.0"}', "package/a.d.ts": DECLARATIONS}
    add_docs(tmp_path / "index", [str(packed(tmp_path / "pack-3.0.0.tgz", files))])
    with Index.open(tmp_path / "index") as index:
        (entry,) = list_docs(index)
    assert (entry.library, entry.version, entry.units) == ("pack", "3.0.0", 11)


@given(st.text("{}()<>[];:,.*/ \n'\"=@ax\u00e9") | st.text())
def test_no_declaration_file_breaks_the_reader(text: str) -> None:
    data = ("export declare namespace n {" + text).encode("utf-8", "replace")
    for section in declared_sections(data, "pack", PackageNames(frozenset())):
        assert section.name and section.text


def test_comments_that_are_never_closed_are_not_parsed(tmp_path: Path) -> None:
    found = read_all(package_in(tmp_path, {"a.d.ts": "declare function f(): void; /*" * 25_000}))
    skipped = found["a.d.ts"]
    assert isinstance(skipped, Skipped) and skipped.reason == "malformed"
