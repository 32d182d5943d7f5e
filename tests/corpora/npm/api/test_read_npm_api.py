# ruff: noqa: E501 (declarations on one line each)
"""The API of an npm package is what its declarations export, as its users import it."""

from pathlib import Path
from time import process_time

import pytest

from corpora.api.model import ApiModel, ApiObject
from corpora.errors import CorpusError
from corpora.npm.api.read import is_npm_location, read_npm_api
from tests import SLOWNESS
from tests.npm_packages import packed, write_npm_package
from tests.small_corpora import write_tree

SHOP = {
    "index.d.ts": """
import type { Base } from "./base";
import { Other } from "other";
export * from "./base.js";
export { hidden as shown } from "./inner";
export * as tools from "./tools";
export { Thing } from "other";
/**
 * Adds things. And more.
 * @since v1.2
 */
export declare function add(this: Cart, a: string, b?: number, ...rest: string[]): void;
/** @deprecated use add */
export declare function add(a: number): void;
/** @deprecated Use `add`. */
export declare const sum: (x: string /* of text */) => void, alias: typeof add, make: typeof Cart.make, plain: string;
export declare class Cart<T> extends Base<T> {
  private secret; protected inner(): void; #own;
  constructor(owner: string, limit?: number);
  static make(): Cart<any>;
  get size(): number;
  on: (event: string) => void;
  "content-type"?: string;
  pay(amount: number): void;
  pay(amount: string, currency: string): void;
  /** @internal */ debug(): void;
}
export interface Loose extends Omit<Cart<any>, "pay"> { [key: string]: any }
export interface Named extends Other { name: string }
export interface Failed extends TypeError { code: number }
export type Options = { strict?: boolean } & Partial<Base<any>>;
export type Either = Cart<any> | string;
export interface Cart<T> { added: T }
export declare enum Color { Red = 1, Blue }
export declare namespace deep { export namespace inner { const value: number; } function run(): void; export { run as go }; }
export declare const whole: Cart<string>;
declare const only: { a: string; b(): void };
export default only;
export declare const _private: number;
""",
    "base.d.ts": "export declare class Base<T> { constructor(first: string); id: string; }\nexport declare const default_: 1;\n",
    "inner.d.ts": "export declare function hidden(): void;\ndeclare function unseen(): void;\nexport {};\n",
    "tools.d.ts": "export declare function saw(): void;\nexport * as self from './tools';\n",
    "sub/index.d.ts": "export default function (): void;\nexport { Cart } from '../index';\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ApiModel:
    exports = {".": {"types": "./index.d.ts"}, "./sub": "./sub/index.js", "./up": "../../../etc/passwd.d.ts"}
    return read_npm_api(
        str(write_npm_package(tmp_path_factory.mktemp("shop"), SHOP, "shop.js", exports=exports))
    )


def known(model: ApiModel, name: str) -> ApiObject:
    found = model.find(name)
    assert found is not None and found.object is not None, name
    return found.object


def ways(model: ApiModel, name: str) -> list[str]:
    return [str(way) for way in known(model, name).signatures]


def test_modules_are_those_that_users_import_with_dots_in_their_names(shop: ApiModel) -> None:
    assert (shop.library, shop.version, shop.tops) == ("npm:shop.js", "1.0.0", ("shop.js", "shop.js/sub"))
    assert shop.public_name(known(shop, "shop.js/sub.Cart").path) == "shop.js.Cart"
    assert known(shop, "shop.js/sub.default").kind == "function"
    assert shop.find("shop.js/sub.$default") is None and shop.find("shop") is None


def test_names_are_followed_to_what_they_stand_for(shop: ApiModel) -> None:
    assert known(shop, "shop.js.shown").path == "shop.js.shown" and "shop.js.hidden" not in shop.names
    assert shop.find("shop.js.unseen") is None
    assert shop.names["shop.js.Thing"] == "npm:other.Thing"
    assert known(shop, "shop.js.tools").kind == known(shop, "shop.js.tools.self.self").kind == "module"
    assert known(shop, "shop.js.deep.inner.value").kind == "attribute"
    assert known(shop, "shop.js.deep.go").path == "shop.js.deep.go"
    assert known(shop, "shop.js.whole.pay").path == "shop.js.Cart.pay"
    assert known(shop, "shop.js.default.b").kind == "function"
    assert "shop.js._private" not in shop.names and shop.find("shop.js._private") is not None


def test_calls_are_written_as_typescript_writes_them(shop: ApiModel) -> None:
    assert ways(shop, "shop.js.add") == [
        "(a: string, b?: number, ...rest: string[]): void",
        "(a: number): void",
    ]
    assert ways(shop, "shop.js.sum") == ["(x: string): void"]
    assert ways(shop, "shop.js.alias") == ways(shop, "shop.js.add")
    assert ways(shop, "shop.js.make") == ["(): Cart<any>"]
    assert ways(shop, "shop.js.Cart") == ["(owner: string, limit?: number)"]
    assert ways(shop, "shop.js.Cart.pay") == [
        "(amount: number): void",
        "(amount: string, currency: string): void",
    ]
    assert ways(shop, "shop.js.Cart.on") == ["(event: string): void"]


def test_comments_tell_of_deprecation_and_versions(shop: ApiModel) -> None:
    added, summed = known(shop, "shop.js.add"), known(shop, "shop.js.sum")
    assert (added.summary, added.deprecated) == ("Adds things.", "")  # only one overload is
    assert [(note.kind, note.version) for note in added.notes] == [("added", "1.2")]
    assert summed.deprecated == "Use `add`."
    assert known(shop, "shop.js.Cart.debug").labels == ("internal",)


def test_classes_have_their_members_and_those_of_their_bases(shop: ApiModel) -> None:
    cart = known(shop, "shop.js.Cart")
    assert (cart.kind, cart.labels) == ("class", ())
    assert cart.bases == ("shop.js.Base",) and not shop.is_open(cart.path)
    assert sorted(cart.members) == ["added", "content-type", "debug", "make", "on", "pay", "size"]
    assert known(shop, "shop.js.Cart.id").path == "shop.js.Base.id"
    assert known(shop, "shop.js.Cart.size").kind == "property"
    assert known(shop, "shop.js.Cart.make").labels == ("static",)
    assert shop.find("shop.js.Cart.secret") is None
    assert list(known(shop, "shop.js.Color").members) == ["Red", "Blue"]
    assert {"type", "interface"} <= {*known(shop, "shop.js.Named").labels}


def test_what_may_have_more_members_is_open(shop: ApiModel) -> None:
    opened = {
        name: shop.is_open(f"shop.js.{name}") for name in ("Loose", "Named", "Failed", "Options", "Color")
    }
    assert opened == {"Loose": True, "Named": True, "Failed": False, "Options": False, "Color": False}
    assert known(shop, "shop.js.Options.id").path == "shop.js.Base.id"
    assert shop.find("shop.js.Failed.message") is not None and shop.find("shop.js.Failed.massage") is None


def test_export_equals_makes_the_members_of_a_namespace_those_of_the_module(tmp_path: Path) -> None:
    text = "declare function pack(a: string): pack.Pot;\ndeclare namespace pack { interface Pot { pour(): void } function brew(): Pot; }\nexport = pack;\n"
    model = read_npm_api(str(write_npm_package(tmp_path / "a", {"index.d.ts": text})))
    assert ways(model, "pack.default") == ["(a: string): pack.Pot"] and ways(model, "pack.brew") == [
        "(): Pot"
    ]
    assert known(model, "pack.Pot.pour").path == "pack.Pot.pour"
    typed = "declare const _: _.Static;\ndeclare namespace _ { interface Static { map(a: string): void } }\nexport = _;\n"
    more = "import '../index';\ndeclare module '../index' { interface Static { zip(): void } }\n"
    files = {"index.d.ts": typed, "more/zip.d.ts": more}
    model = read_npm_api(str(write_npm_package(tmp_path / "b", files)))
    assert ways(model, "pack.map") == ["(a: string): void"] and ways(model, "pack.zip") == ["(): void"]


def test_modules_may_be_declared_by_name(tmp_path: Path) -> None:
    text = "interface Shared { a: string }\ndeclare module 'pack' { export function go(): Shared; }\ndeclare module 'pack/fp' { import { go } from 'pack'; export default go; }\ndeclare module 'elsewhere' { export const no: 1; }\n"
    model = read_npm_api(str(write_npm_package(tmp_path, {"typings.d.ts": text}, types="typings.d.ts")))
    assert model.tops == ("pack", "pack/fp")
    assert known(model, "pack/fp.default").path == "pack.go"


def test_a_package_is_read_from_a_tarball_and_from_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_npm_package(
        tmp_path / "node_modules" / "@tea" / "pot", {"index.d.ts": "export const a: 1;"}, "@tea/pot"
    )
    monkeypatch.chdir(tmp_path)
    for location in ("npm:@tea/pot", "npm:@tea/pot==1.0.0", "npm:@tea/pot@1.0.0", "./node_modules/@tea/pot"):
        assert is_npm_location(location) and read_npm_api(location).names["@tea/pot.a"] == "@tea/pot.a"
    archive = packed(folder, tmp_path / "pot.tgz")
    assert is_npm_location(str(archive)) and "@tea/pot.a" in read_npm_api(f"npm:{archive}").names
    mixed = write_tree(write_npm_package(tmp_path / "mixed", {}), {"shop/__init__.py": ""})
    assert is_npm_location(f"npm:{mixed}") and not is_npm_location(str(mixed))
    assert not is_npm_location("pandas==2.2.3") and not is_npm_location("pkg:pandas")


def test_a_package_without_types_says_where_they_may_be(tmp_path: Path) -> None:
    folder = write_npm_package(tmp_path / "plain", {"index.js": "exports.a = 1"}, "@tea/plain")
    with pytest.raises(CorpusError, match="no declarations") as raised:
        read_npm_api(str(folder))
    assert "npm:@types/tea__plain" in raised.value.fix
    empty = write_npm_package(tmp_path / "empty", {"index.d.ts": "export {};"})
    with pytest.raises(CorpusError, match="leads to no declarations"):
        read_npm_api(str(empty))


def test_hostile_declarations_end_and_leave_the_rest(tmp_path: Path) -> None:
    circle = {
        f"c{n}.d.ts": f"export * from './c{(n + 1) % 40}';\nexport * as ns from './c{(n * 7) % 40}';\nexport {{ x{n} as y{n} }} from './c{(n + 3) % 40}';"
        for n in range(40)
    }
    deep = "export declare namespace a { " + "namespace a { " * 300 + "const z: 1; " + "}" * 301
    aliases = "".join(f"export import A{n} = A{(n + 1) % 30}.B;\n" for n in range(30))
    looped = "export interface L extends M { a: 1 }\nexport interface M extends L { b: 1 }\nexport declare const t: typeof u, u: typeof t;\n"
    lines = "export declare const good: 1;\nexport declare const 'b\\nad': 1;\nexport interface I { 'x\\u001b[31m': 1; 'a.b': 2 }\n"
    files = {
        "index.d.ts": "export * from './c0'; export * from './deep'; export * from './al'; export * from './loop'; export * from './li'; export * from '../../../../etc/x'; export * from './gone';",
        **circle,
        "deep.d.ts": deep,
        "al.d.ts": aliases,
        "loop.d.ts": looped,
        "li.d.ts": lines,
    }
    exports = {
        ".": "./index.d.ts",
        "./../../x": "./index.d.ts",
        "./\x1b[31mred\n": "./index.d.ts",
        "./*": {"types": ["./../*", 7, None]},
    }
    started = process_time()
    model = read_npm_api(str(write_npm_package(tmp_path, files, exports=exports)))
    assert process_time() - started < 10 * SLOWNESS
    assert {"pack.good", "pack.L", "pack.t", "pack.a"} <= model.names.keys()
    assert known(model, "pack.I").members == {}
    assert all(name.isprintable() for name in (*model.names, *model.objects, *model.tops))
    assert model.is_open("pack")  # something that it passes on is not there


def test_a_link_out_of_a_package_is_not_followed(tmp_path: Path) -> None:
    write_tree(tmp_path, {"secret.d.ts": "export declare const secret: 1;"})
    folder = write_npm_package(
        tmp_path / "pack", {"index.d.ts": "export * from './link'; export const a: 1;"}
    )
    (folder / "link.d.ts").symlink_to(tmp_path / "secret.d.ts")
    assert not any("secret" in name for name in read_npm_api(str(folder)).names)
