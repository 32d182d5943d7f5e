// The diagnostics of the compiler that concern a library, as records.
"use strict";

const { additions, isGlobal, isTried, isWhole } = require("./guards.cjs");
const { described, holderOf, lacks, optionsOwner } = require("./owners.cjs");

const NO_MODULE = new Set([2307, 2792]);
const NO_NAME = new Set([2305, 2339, 2551, 2614, 2694, 2724]);
const ARITY = new Set([2554, 2555, 2575]);
const NO_KEY = new Set([2353, 2561]);
const NO_OVERLOAD = 2769;
const DEPRECATED = new Set([6385, 6387]);
const MAX_FINDINGS = 500;
const MAX_NAMES = 2_000;
const IGNORED = /\/[/*]\s{0,5}(?:rag\s{0,5}:\s{0,5}ignore|@ts-ignore|@ts-expect-error)\b/;

function findingsIn(work) {
  const { program, checker, file } = work;
  const found = [];
  work.adds = work.packages.adds = work.packages.adds || additions(work.request.modules, loaded(work));
  const said = [...program.getSemanticDiagnostics(file), ...checker.getSuggestionDiagnostics(file)];
  for (const one of said) {
    if (found.length >= MAX_FINDINGS) break;
    if (one.start === undefined || one.file !== file) continue;
    const node = tokenAt(work, one.start, one.length);
    const record = node && recordOf(work, one, node);
    if (!record) continue;
    const { at, ...rest } = record;
    const place = at ? { start: at.getStart(file), length: at.text.length } : one;
    if (!isIgnored(file, place.start)) found.push({ ...rest, ...placeOf(file, place) });
  }
  return found;
}

function loaded({ program, host }) {
  const names = new Set(program.getSourceFiles().map((file) => host.realpath(file.fileName)));
  return (name) => names.has(host.realpath(name));
}

function tokenAt({ ts, file }, start, length) {
  let node = file;
  for (let inner = file; inner; ) {
    node = inner;
    inner = undefined;
    ts.forEachChild(node, (child) => {
      if (child.getStart(file) <= start && start + length <= child.end) inner = child;
    });
  }
  return node;
}

function placeOf(file, one) {
  const from = file.getLineAndCharacterOfPosition(one.start);
  const lineStart = one.start - from.character;
  const lineEnd = file.text.slice(one.start, one.start + one.length).search(/[\r\n\u2028\u2029]/);
  const end = one.start + (lineEnd < 0 ? one.length : lineEnd);
  // (in characters, not in units of UTF-16)
  const column = (at) => [...file.text.slice(lineStart, at)].length + 1;
  return { start: one.start, line: from.line + 1, column: column(one.start), end: column(end) };
}

function isIgnored(file, start) {
  const starts = file.getLineStarts();
  const { line } = file.getLineAndCharacterOfPosition(start);
  const text = (number) => file.text.slice(starts[number], starts[number + 1]).slice(0, 2_000);
  if (IGNORED.test(text(line))) return true;
  return line > 0 && /^\s*\/[/*]\s{0,5}(?:rag\s{0,5}:\s{0,5}ignore|@ts-)/.test(text(line - 1));
}

function recordOf(work, one, node) {
  const { code } = one;
  if (NO_MODULE.has(code)) return unknownModule(work, node);
  if (NO_NAME.has(code)) return unknownExport(work, node) || unknownMember(work, node);
  if (NO_KEY.has(code)) return unknownKey(work, node);
  if (code === NO_OVERLOAD) return keyOfNoOverload(work, one, node);
  if (ARITY.has(code)) return wrongArity(work, node);
  return DEPRECATED.has(code) ? deprecated(work, one, node) : null;
}

function unknownModule(work, node) {
  const { ts, file, host, packages, request } = work;
  const text = ts.isStringLiteralLike(node) ? node.text : "";
  const parts = text.split("/");
  const size = text.startsWith("@") ? 2 : 1;
  const name = parts.slice(0, size).join("/");
  const subpath = parts.slice(size).join("/");
  // (A path of the bundler may have any ending; a package without a main module has only types.)
  if (!subpath || packages.isBuiltin(name) || /\.(?!m?js$|cjs$)\w+$/.test(subpath) || isTried(ts, node)) return null;
  const folders = request.modules.filter((one) => file.fileName.startsWith(one.slice(0, -"node_modules".length)));
  const holder = folders.sort((a, b) => b.length - a.length).find((one) => host.fileExists(`${one}/${name}/package.json`));
  if (!holder || hasPath(work, `${holder}/${name}`, subpath)) return null;
  const version = String(packages.facts(`${holder}/${name}`).version || "");
  const names = Object.keys(exportsOf(packages.facts(`${holder}/${name}`))).map((key) => name + key.slice(1));
  return { rule: "unknown-module", kind: "module", holder: name, part: text, library: name, version, names };
}

function exportsOf(facts) {
  const { exports } = facts;
  return exports && typeof exports === "object" && !Array.isArray(exports) ? exports : {};
}

function hasPath({ host, packages }, folder, subpath) {
  for (const key of Object.keys(exportsOf(packages.facts(folder)))) {
    const [head, tail] = key.slice(2).split("*");
    if (tail === undefined ? head === subpath : subpath.startsWith(head) && subpath.endsWith(tail)) return true;
  }
  const bare = `${folder}/${subpath}`;
  const stem = bare.replace(/\.[mc]?js$/, "");
  const endings = ["", ".js", ".mjs", ".cjs", ".jsx", ".json", ".node", ".ts", ".tsx", ".d.ts", ".d.mts", ".d.cts"];
  return host.directoryExists(bare) || endings.some((end) => host.fileExists(bare + end) || host.fileExists(stem + end));
}

function unknownExport(work, node) {
  const { ts, checker } = work;
  const clause = node.parent;
  if (!ts.isImportSpecifier(clause) && !ts.isExportSpecifier(clause)) return null;
  const declaration = ts.findAncestor(clause, (one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one));
  const specifier = declaration && declaration.moduleSpecifier;
  const module = specifier && checker.getSymbolAtLocation(specifier);
  if (!module || specifier.text.startsWith(".")) return null;
  const part = (clause.propertyName || clause.name).text;
  const exported = checker.getExportsOfModule(module).map((one) => one.name);
  const owner = holderOf(work, module);
  if (!owner || exported.includes(part) || !isSurelyMissing(work, module, owner, part)) return null;
  return record("unknown-name", "module", specifier.text, part, owner, exported);
}

function record(rule, kind, holder, part, owner, names) {
  const listed = names.filter((name) => !name.startsWith("__")).slice(0, MAX_NAMES);
  return { rule, kind, holder, part, library: owner.name, version: owner.version, names: listed, source: owner.source };
}

function isSurelyMissing({ ts, checker, adds }, symbol, owner, part) {
  return isWhole(ts, checker, symbol) && !adds(owner.name, part, isGlobal(ts, symbol));
}

function unknownMember(work, node) {
  const { ts, checker } = work;
  const access = node.parent;
  if (ts.isQualifiedName(access) && access.right === node) return unknownType(work, access);
  const holder = holderNode(work, access, node);
  const type = holder && checker.getTypeAtLocation(holder);
  if (!type || !(ts.isIdentifier(node) || ts.isPrivateIdentifier(node))) return null;
  const part = node.text;
  const found = described(work, type);
  if (!found || !lacks(checker, type, part)) return null;
  if (found.symbols.some((symbol) => !isSurelyMissing(work, symbol, found.owner, part))) return null;
  const names = checker.getPropertiesOfType(type).map((one) => one.name);
  // What has no name of its own is called as the program calls it.
  const written = holder.getText();
  const shown = found.shown || (/^[\w$.]{1,100}$/.test(written) ? written : found.owner.name);
  return record("unknown-name", found.kind, shown, part, found.owner, names);
}

// Return the expression of which a member is taken: `a` of `a.b`, and of `const { b } = a`. What a parameter or
// a nested pattern binds has types of the program.
function holderNode({ ts }, access, node) {
  if (ts.isPropertyAccessExpression(access)) return access.name === node ? access.expression : undefined;
  if (!ts.isBindingElement(access) || access.dotDotDotToken || access.initializer) return undefined;
  const declaration = access.parent.parent;
  return ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
}

function unknownType(work, name) {
  const { ts, checker } = work;
  let symbol = checker.getSymbolAtLocation(name.left);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const owner = symbol && holderOf(work, symbol);
  const part = name.right.text;
  if (!owner || !(symbol.flags & ts.SymbolFlags.Module) || !isSurelyMissing(work, symbol, owner, part)) return null;
  const names = checker.getExportsOfModule(symbol).map((one) => one.name);
  return names.includes(part) ? null : record("unknown-name", "namespace", name.left.getText(), part, owner, names);
}

function unknownKey(work, node) {
  const { ts, checker } = work;
  const property = node.parent;
  const literal = property && property.parent;
  if (!literal || !ts.isObjectLiteralExpression(literal) || property.name !== node) return null;
  const type = checker.getContextualType(literal);
  const part = node.text;
  const call = ts.findAncestor(literal, (one) => ts.isCallExpression(one) || ts.isNewExpression(one));
  const found = type && part && optionsOwner(work, type, call);
  if (!found || !lacks(checker, type, part)) return null;
  if (found.symbols.some((symbol) => !isSurelyMissing(work, symbol, found.owner, part))) return null;
  const types = type.isUnion() ? type.types : [type];
  const names = types.flatMap((one) => checker.getPropertiesOfType(one).map((each) => each.name));
  return record("unknown-parameter", "options", found.shown, part, found.owner, [...new Set(names)]);
}

// Of a call that no overload takes, only a key counts that the compiler does not know in one of them, and that
// none of them has: each may fail for another reason.
function keyOfNoOverload(work, one, node) {
  const { ts, checker } = work;
  const call = ts.findAncestor(node, (each) => ts.isCallExpression(each) || ts.isNewExpression(each));
  if (!call || !call.arguments) return null;
  const kind = ts.isNewExpression(call) ? ts.SignatureKind.Construct : ts.SignatureKind.Call;
  const signatures = checker.getSignaturesOfType(checker.getTypeAtLocation(call.expression), kind);
  const said = keysIn(one.messageText, []);
  for (const [index, literal] of call.arguments.entries()) {
    if (!ts.isObjectLiteralExpression(literal)) continue;
    for (const property of literal.properties) {
      const name = property.name && ts.isIdentifier(property.name) ? property.name : null;
      if (!name || !said.some((text) => text.includes(`'${name.text}'`))) continue;
      const types = signatures.filter((each) => each.parameters[index]).map((each) => parameterType(work, each, index, call));
      const known = keyRecord(work, types, name.text, call);
      if (known) return { ...known, at: name };
    }
  }
  return null;
}

function keysIn(message, found) {
  if (typeof message === "string") return found;
  if (NO_KEY.has(message.code)) found.push(message.messageText);
  for (const inner of message.next || []) keysIn(inner, found);
  return found;
}

function parameterType({ ts, checker }, signature, index, call) {
  const symbol = signature.parameters[index];
  const { valueDeclaration } = symbol;
  const isRest = valueDeclaration && ts.isParameter(valueDeclaration) && valueDeclaration.dotDotDotToken;
  return isRest ? undefined : checker.getTypeOfSymbolAtLocation(symbol, call);
}

function keyRecord(work, types, part, call) {
  const { ts, checker } = work;
  if (types.some((type) => !type)) return null;
  const parts = types.flatMap((type) => {
    const whole = checker.getNonNullableType(type);
    return whole.isUnion() ? whole.types : [whole];
  });
  // (what is not of one kind in each overload: a number, a function)
  const options = parts.filter((type) => !(type.flags & ts.TypeFlags.Primitive) && !type.getCallSignatures().length);
  const owners = options.map((type) => optionsOwner(work, type, call));
  if (!owners.length || owners.some((each) => !each || each.owner.name !== owners[0].owner.name)) return null;
  if (!options.every((type) => lacks(checker, type, part))) return null;
  const { owner } = owners[0];
  if (owners.some((each) => each.symbols.some((symbol) => !isSurelyMissing(work, symbol, owner, part)))) return null;
  const names = options.flatMap((type) => checker.getPropertiesOfType(type).map((each) => each.name));
  const shown = call.expression.getText().replace(/\s+/g, " ").slice(-100);
  return record("unknown-parameter", "options", shown, part, owner, [...new Set(names)]);
}

function wrongArity(work, node) {
  const { ts, checker } = work;
  const isCall = (one) => ts.isCallExpression(one) || ts.isNewExpression(one);
  // The place is that of the first argument too many, or of the function where some are missing.
  const call = ts.findAncestor(node, isCall);
  if (!call || !call.arguments || call.arguments.some(ts.isSpreadElement)) return null;
  const type = checker.getTypeAtLocation(call.expression);
  const kind = ts.isNewExpression(call) ? ts.SignatureKind.Construct : ts.SignatureKind.Call;
  const signatures = type.flags & ts.TypeFlags.Any ? [] : checker.getSignaturesOfType(type, kind);
  const owners = signatures.map((one) => one.declaration && holderOf(work, { declarations: [one.declaration] }));
  if (!owners.length || owners.some((one) => !one || one.name !== owners[0].name)) return null;
  const taken = signatures.map((one) => range(ts, one.declaration));
  const most = Math.max(...taken.map((one) => one.most));
  const least = Math.min(...taken.map((one) => one.least));
  const given = call.arguments.length;
  if (least <= given && given <= most) return null;
  const rule = given > most ? "too-many-arguments" : "missing-argument";
  const shown = call.expression.getText().replace(/\s+/g, " ").slice(-100);
  const signature = checker.signatureToString(signatures[0]).slice(0, 1_000);
  return { ...record(rule, "function", shown, "", owners[0], []), signature, given, least, most: Math.min(most, 999) };
}

function range(ts, declaration) {
  const own = declaration.parameters.filter((one) => one.name.getText() !== "this");
  const isRest = own.some((one) => one.dotDotDotToken);
  const mayLack = (one) => one.questionToken || one.initializer || one.dotDotDotToken || isVoid(ts, one.type);
  let least = own.length;
  while (least > 0 && mayLack(own[least - 1])) least--;
  return { least, most: isRest ? Infinity : own.length };
}

function isVoid(ts, type) {
  // A parameter that may be `void`, or of a type that a user gives, may be left out.
  return !!type && (type.kind === ts.SyntaxKind.VoidKeyword || ts.isUnionTypeNode(type) && type.types.some((one) => isVoid(ts, one)));
}

function deprecated(work, one, node) {
  const { ts, checker } = work;
  const place = (one.relatedInformation || [])[0];
  if (!place || !place.file) return null;
  const owner = work.packages.ownerOf(place.file.fileName);
  let symbol = checker.getSymbolAtLocation(node);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  if (!owner || !symbol || !ts.isIdentifier(node)) return null;
  const tags = (symbol.declarations || []).map((each) => ts.getJSDocDeprecatedTag(each)).filter(Boolean);
  const said = tags.length ? ts.getTextOfJSDocComment(tags[0].comment) || "" : "";
  return { ...record("deprecated", "function", node.text, "", owner, []), said: said.slice(0, 1_000) };
}

module.exports = { findingsIn };
