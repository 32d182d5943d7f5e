"""Locks of npm, pnpm, Yarn and bun: names, versions, aliases, and where each package comes from."""

import json
import sys
from pathlib import Path
from shutil import which
from urllib.parse import quote

import pytest

from corpora.dependencies.lock_file import read_lock, root_versions
from tests.small_corpora import write_tree

CORP = "https://npm.corp.example"
PUBLIC = "https://registry.npmjs.org"
TREE = {
    ".git/HEAD": "", "packages/ws/package.json": '{"name": "ws", "version": "0.3.0"}',
    "libs/loc/package.json": '{"name": "loc", "version": "0.2.0"}',
    ".npmrc": f"@scoped:registry={CORP}/\n//npm.corp.example/:_authToken=t0ken\n",
    ".yarnrc.yml": f"npmScopes:\n  scoped:\n    npmRegistryServer: {CORP}\n",
    "package.json": json.dumps({"dependencies": {"zod": "^4.0.0", "date-lib": "npm:dayjs@^1.11.0"}}),
}  # fmt: skip
OS = {"linux": "darwin"}.get(sys.platform, "linux")  # another one than this

# Each has zod 4 for the project and zod 3 for another package, `date-lib` as an alias of dayjs, a member of
# the workspace, a folder, a package of another registry, one of a scope with a registry of its own, one from
# git, one from a URL, and one for another system.
FORMATS = {
    "package-lock.json": json.dumps({"lockfileVersion": 3, "packages": {
        "": {"name": "app"},
        "node_modules/date-lib": {"name": "dayjs", "version": "1.11.13",
                                  "resolved": f"{PUBLIC}/dayjs/-/dayjs-1.11.13.tgz"},
        "node_modules/zod": {"version": "4.0.0", "resolved": f"{PUBLIC}/zod/-/zod-4.0.0.tgz"},
        "node_modules/y/node_modules/zod": {"version": "3.0.0"},
        "node_modules/ws": {"resolved": "packages/ws", "link": True},
        "packages/ws": {"name": "ws", "version": "0.3.0"},
        "node_modules/loc": {"resolved": "libs/loc", "link": True},
        "node_modules/@corp/x": {"version": "1.0.0", "resolved": f"{CORP}/@corp/x/-/x-1.0.0.tgz"},
        "node_modules/@scoped/y": {"version": "1.0.0"},
        "node_modules/forked": {"version": "1.0.0", "resolved": "git+ssh://git@example.org/x/forked.git#1"},
        "node_modules/url": {"version": "1.0.0", "resolved": "https://example.org/url.tgz"},
        "node_modules/mac": {"version": "1.0.0", "os": [OS], "optional": True},
    }}),
    "pnpm-lock.yaml": f"""
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      date-lib: {{specifier: npm:dayjs@^1.11, version: dayjs@1.11.13}}
      zod: {{specifier: ^4, version: 4.0.0}}
      ws: {{specifier: workspace:*, version: link:packages/ws}}
      loc: {{specifier: file:libs/loc, version: file:libs/loc}}
  packages/a:
    devDependencies:
      zod: {{specifier: ^3, version: 3.0.0}}
packages:
  dayjs@1.11.13: {{resolution: {{integrity: x}}}}
  zod@4.0.0: {{resolution: {{integrity: x}}}}
  zod@3.0.0: {{resolution: {{integrity: x}}}}
  loc@file:libs/loc: {{resolution: {{directory: libs/loc, type: directory}}}}
  '@corp/x@1.0.0': {{resolution: {{integrity: x, tarball: {CORP}/@corp/x/-/x-1.0.0.tgz}}}}
  '@scoped/y@1.0.0': {{resolution: {{integrity: x}}}}
  forked@git+https://example.org/x/forked.git#1: {{resolution: {{type: git, repo: x}}, version: 1.0.0}}
  url@https://example.org/url.tgz: {{resolution: {{tarball: https://example.org/url.tgz}}, version: 1.0.0}}
  mac@1.0.0: {{resolution: {{integrity: x}}, os: [{OS}]}}
""",
    "yarn.lock": f"""
__metadata:
  version: 8
"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
"ws@workspace:^, ws@workspace:packages/ws":
  version: 0.0.0-use.local
  resolution: "ws@workspace:packages/ws"
"loc@portal:libs/loc::locator=app%40workspace%3A.":
  version: 0.0.0-use.local
  resolution: "loc@portal:libs/loc::locator=app%40workspace%3A."
"date-lib@npm:dayjs@^1.11.0":
  version: 1.11.13
  resolution: "dayjs@npm:1.11.13"
"zod@npm:^4.0.0":
  version: 4.0.0
  resolution: "zod@npm:4.0.0"
"zod@npm:^3.0.0, zod@npm:^3.1.0":
  version: 3.0.0
  resolution: "zod@npm:3.0.0"
"@corp/x@npm:^1.0.0":
  version: 1.0.0
  resolution: "@corp/x@npm:1.0.0::__archiveUrl={quote(f"{CORP}/@corp/x/-/x-1.0.0.tgz", "")}"
"@scoped/y@npm:^1.0.0":
  version: 1.0.0
  resolution: "@scoped/y@npm:1.0.0"
"forked@https://example.org/x/forked.git":
  version: 1.0.0
  resolution: "forked@https://example.org/x/forked.git#commit=1"
"url@https://example.org/url.tgz":
  version: 1.0.0
  resolution: "url@https://example.org/url.tgz"
"mac@npm:1.0.0":
  version: 1.0.0
  resolution: "mac@npm:1.0.0"
  conditions: os={OS}
""",
    "bun.lock": f"""{{
  "lockfileVersion": 1,
  "packages": {{
    "date-lib": ["dayjs@1.11.13", "", {{}}, "x"],
    "zod": ["zod@4.0.0", "", {{}}, "x"],
    "@s/a/zod": ["zod@3.0.0", "", {{}}, "x"],
    "ws": ["ws@workspace:packages/ws"],
    "loc": ["loc@file:libs/loc", {{}}],
    "@corp/x": ["@corp/x@1.0.0", "{CORP}/@corp/x/-/x-1.0.0.tgz", {{}}, "x"],
    "@scoped/y": ["@scoped/y@1.0.0", "", {{}}, "x"],
    "forked": ["forked@github:x/forked#1", {{}}, "x"],
    "url": ["url@https://example.org/url.tgz", {{}}, "x"],
    "mac": ["mac@1.0.0", "", {{ "os": "{OS}", }}, "x"],
  }},
}}""",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_a_package_of_npm_is_known_by_its_own_name_version_and_place(tmp_path: Path, name: str) -> None:
    lock = read_lock(write_tree(tmp_path, {**TREE, name: FORMATS[name]}) / name)
    assert {f"{each.name}@{each.version}": each.alias for each in lock.packages if not each.not_fetched} == {
        "dayjs@1.11.13": "date-lib",
        "zod@3.0.0": "",
        "zod@4.0.0": "",
    }
    places = {each.name: (each.version, each.location) for each in lock.packages if each.not_fetched}
    assert places == {
        "ws": ("0.3.0", str(tmp_path / "packages/ws")),
        "loc": ("0.2.0", str(tmp_path / "libs/loc")),
        "@corp/x": ("1.0.0", ""),
        "@scoped/y": ("1.0.0", ""),
    }
    assert {line.partition(":")[0] for line in lock.unpinned} - {"app"} == {"forked", "url"}
    assert lock.others == ("mac 1.0.0",)
    assert root_versions(lock.packages)["npm", "zod"] == "4.0.0"


OLDER = {
    "npm 1": ("package-lock.json", json.dumps({"lockfileVersion": 1, "dependencies": {
        "date-lib": {"version": "npm:dayjs@1.11.13"}, "loc": {"version": "file:libs/loc"},
        "zod": {"version": "4.0.0", "dependencies": {"in": {"version": "1.0.0", "bundled": True}}},
        "y": {"version": "1.0.0", "dependencies": {"zod": {"version": "3.0.0"}}},
        "forked": {"version": "github:x/forked#1"}, "url": {"version": "https://example.org/url.tgz"},
    }}), {"in", "forked", "url"}),
    "pnpm 6": ("pnpm-lock.yaml", """
lockfileVersion: '6.0'
dependencies:
  date-lib: {specifier: npm:dayjs@^1.11, version: /dayjs@1.11.13}
  zod: {specifier: ^4, version: 4.0.0(y@1.0.0)}
  loc: {specifier: link:libs/loc, version: link:libs/loc}
packages:
  /dayjs@1.11.13: {resolution: {integrity: x}}
  /zod@4.0.0(y@1.0.0): {resolution: {integrity: x}}
  /zod@3.0.0: {resolution: {integrity: x}}
  /y@1.0.0: {resolution: {integrity: x}}
  github.com/x/forked/1: {resolution: {tarball: https://codeload.example.org/1}, name: forked, version: 1.0.0}
""", {"forked"}),
    "pnpm 5": ("pnpm-lock.yaml", """
lockfileVersion: 5.4
dependencies: {date-lib: /dayjs/1.11.13, zod: 4.0.0_y@1.0.0, loc: 'link:libs/loc'}
packages:
  /dayjs/1.11.13: {resolution: {integrity: x}}
  /zod/4.0.0_y@1.0.0: {resolution: {integrity: x}}
  /zod/3.0.0: {resolution: {integrity: x}}
  /y/1.0.0: {resolution: {integrity: x}}
  github.com/x/forked/1: {resolution: {tarball: https://codeload.example.org/1}, name: forked, version: 1.0.0}
""", {"forked"}),
    "Yarn 1": ("yarn.lock", """# yarn lockfile v1


"date-lib@npm:dayjs@^1.11.0":
  version "1.11.13"
  resolved "https://registry.yarnpkg.com/dayjs/-/dayjs-1.11.13.tgz#x"

"loc@file:libs/loc":
  version "0.2.0"

y@^1.0.0:
  version "1.0.0"
  resolved "https://registry.yarnpkg.com/y/-/y-1.0.0.tgz#x"
  dependencies:
    zod "^3.0.0"

zod@^4.0.0:
  version "4.0.0"
  resolved "https://registry.yarnpkg.com/zod/-/zod-4.0.0.tgz#x"

zod@^3.0.0, zod@^3.1.0:
  version "3.0.0"
  resolved "https://registry.yarnpkg.com/zod/-/zod-3.0.0.tgz#x"

"forked@git+https://example.org/x/forked.git":
  version "1.0.0"
  resolved "git+https://example.org/x/forked.git#1"
""", {"forked"}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "left_out"), OLDER.values(), ids=OLDER)
def test_older_versions_of_the_formats_are_read_too(
    tmp_path: Path, name: str, text: str, left_out: set[str]
) -> None:
    lock = read_lock(write_tree(tmp_path, {**TREE, name: text}) / name)
    assert [f"{each.name}@{each.version}{each.alias and ' as ' + each.alias}" for each in lock.packages] == [
        "dayjs@1.11.13 as date-lib", "loc@0.2.0", "y@1.0.0", "zod@3.0.0", "zod@4.0.0",
    ]  # fmt: skip
    assert {line.partition(":")[0] for line in lock.unpinned} == left_out
    assert root_versions(lock.packages)["npm", "zod"] == "4.0.0"


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"resolved": f"{PUBLIC}/evil/-/evil-1.0.0.tgz"}, "it comes from no registry"),
        ({"resolved": f"{PUBLIC}/x/-/evil-1.0.0.tgz"}, "it comes from no registry"),
        ({"resolved": "https://npm.pkg.github.com/download/@gh/x/1.0.0/abc"}, "it comes from no registry"),
        ({"inBundle": True}, "bundled in another package"),
        ({"resolved": "../out", "link": True}, "is outside the project"),
        ({"resolved": "packages/absent", "link": True}, "there is nothing to read"),
        ({"resolved": "packages", "link": True}, "a folder without package.json"),
    ],
)
def test_an_entry_that_npm_would_not_take_from_the_registry_by_this_name_is_left_out(
    tmp_path: Path, facts: dict[str, object], problem: str
) -> None:
    write_tree(tmp_path / "out", {"package.json": '{"name": "x", "version": "1.0.0"}'})
    packages = {"": {}, "node_modules/x": {"version": "1.0.0", **facts}}
    text = json.dumps({"lockfileVersion": 3, "packages": packages})
    lock = read_lock(write_tree(tmp_path / "app", {**TREE, "package-lock.json": text}) / "package-lock.json")
    assert lock.packages == ()
    assert problem in lock.unpinned[0]


def test_a_bundled_package_is_read_where_it_is_installed(tmp_path: Path) -> None:
    packages = {"": {}, "node_modules/a/node_modules/x": {"version": "1.0.0", "inBundle": True}}
    tree = {
        "package-lock.json": json.dumps({"lockfileVersion": 3, "packages": packages}),
        "node_modules/a/node_modules/x/package.json": '{"name": "x", "version": "1.0.0"}',
    }
    (package,) = read_lock(write_tree(tmp_path, tree) / "package-lock.json").packages
    assert package.location == str(tmp_path / "node_modules/a/node_modules/x") and package.not_fetched


@pytest.mark.slow
@pytest.mark.skipif(which("npm") is None, reason="needs npm")
def test_the_registry_of_a_scope_in_the_users_own_configuration_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "npmrc").write_text(f"@scoped:registry={CORP}\n")
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / "npmrc"))
    packages = {
        f"node_modules/@{scope}/y": {"version": "1.0.0", "resolved": f"{CORP}/@{scope}/y/-/y-1.0.0.tgz"}
        for scope in ("scoped", "other")
    }
    text = json.dumps({"lockfileVersion": 3, "packages": packages})
    lock = read_lock(write_tree(tmp_path / "app", {"package-lock.json": text}) / "package-lock.json")
    assert {each.name for each in lock.packages if not each.not_fetched} == {"@scoped/y"}
