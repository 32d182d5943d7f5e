// Whose a type is: that of one library, or of the program, in which case nothing is said of it.
"use strict";

const MAX_DEPTH = 5;

// Return the package in which all declarations of a symbol lie, with the place of the first; null if that is
// not one package: what the program adds to a library is its own. What is added to a module is in its exports.
function holderOf({ ts, packages }, symbol) {
  let owner = null;
  const all = symbol.declarations || [];
  const files = all.filter(ts.isSourceFile);
  for (const declaration of files.length ? files : all) {
    const file = declaration.getSourceFile();
    const one = packages.ownerOf(file.fileName);
    if (!one || (owner && owner.name !== one.name)) return null;
    if (!owner) {
      const line = file.getLineAndCharacterOfPosition(declaration.getStart(file)).line + 1;
      owner = { ...one, source: `${one.name}${file.fileName.slice(one.folder.length)}:${line}` };
    }
  }
  return owner;
}

function partsOf(ts, checker, type) {
  const whole = checker.getNonNullableType(type);
  return whole.isUnion() ? whole.types : [whole];
}

// Return the library that declares a type, what it is and its symbols; null if it is not of one library.
function described(work, type, depth = 0) {
  const { ts, checker } = work;
  const found = partsOf(ts, checker, type).flatMap((one) => (one.isIntersection() ? one.types : [one]));
  const all = found.map((one) => ofOne(work, one, depth));
  if (!all.length || all.some((one) => !one || one.owner.name !== all[0].owner.name)) return null;
  return { ...all[0], symbols: all.flatMap((one) => one.symbols) };
}

function ofOne(work, type, depth) {
  const { ts, checker } = work;
  if (type.flags & ts.TypeFlags.TypeParameter) {
    const bound = checker.getBaseConstraintOfType(type);
    return bound && bound !== type && depth < MAX_DEPTH ? described(work, bound, depth + 1) : null;
  }
  const { symbol } = type;
  if (!symbol || !(type.flags & ts.TypeFlags.Object)) return null;
  const owner = holderOf(work, symbol);
  if (!owner) return null;
  const flags = ts.SymbolFlags;
  // A type without a name may be computed from the program's own: its members tell.
  if (symbol.flags & (flags.TypeLiteral | flags.ObjectLiteral)) {
    const computed = ts.ObjectFlags.Mapped | ts.ObjectFlags.ReverseMapped;
    const literal = type.aliasSymbol ? type.aliasSymbol.name : "";
    if (type.objectFlags & computed || !hasMembersOf(work, type, owner)) return null;
    return { owner, kind: "type", shown: literal, symbols: [symbol] };
  }
  if (symbol.flags & flags.ValueModule && !(symbol.flags & flags.NamespaceModule && symbol.name[0] !== '"'))
    return { owner, kind: "module", shown: "", symbols: [symbol] };
  const kinds = [["class", flags.Class], ["interface", flags.Interface], ["enum", flags.Enum], ["namespace", flags.Module], ["function", flags.Function]];
  const kind = kinds.find(([, flag]) => symbol.flags & flag);
  return kind ? { owner, kind: kind[0], shown: symbol.name, symbols: [symbol] } : null;
}

function hasMembersOf({ checker, packages }, type, owner) {
  const members = checker.getPropertiesOfType(type);
  const mine = (one) => (one.declarations || []).every((each) => {
    const found = packages.ownerOf(each.getSourceFile().fileName);
    return found && found.name === owner.name;
  });
  return members.length > 0 && members.every((one) => (one.declarations || []).length && mine(one));
}

// Return the library whose options an object literal gives: that of the type that it should have, where all
// of its keys are declared by that library.
function optionsOwner(work, type, call) {
  const { ts, checker } = work;
  const parts = partsOf(ts, checker, type).filter((one) => one.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection));
  const each = parts.flatMap((one) => (one.isIntersection() ? one.types : [one]));
  const symbols = [];
  let owner = null;
  for (const one of each) {
    const known = firstOwner(work, one);
    if (!known || (owner && owner.name !== known.name) || !hasMembersOf(work, one, known)) return null;
    owner = owner || known;
    symbols.push(...(one.symbol ? [one.symbol] : []), ...(one.aliasSymbol ? [one.aliasSymbol] : []));
  }
  if (!owner || checker.getIndexInfosOfType(type).length) return null;
  const [first] = parts;
  const named = parts.length === 1 ? first.aliasSymbol || first.symbol : type.aliasSymbol;
  const shown = named && named.name[0] !== "_" ? named.name : calledName(ts, call);
  return { owner, shown, symbols: symbols.filter((one) => holderOf(work, one)) };
}

function firstOwner(work, type) {
  for (const member of work.checker.getPropertiesOfType(type)) {
    const owner = holderOf(work, member);
    if (owner) return owner;
  }
  return null;
}

function calledName(ts, call) {
  return call ? call.expression.getText().replace(/\s+/g, " ").slice(-100) : "options";
}

function lacks(checker, type, name) {
  const whole = checker.getNonNullableType(type);
  return (whole.isUnion() ? whole.types : [whole]).every((one) => !checker.getPropertyOfType(one, name));
}

module.exports = { described, holderOf, lacks, optionsOwner };
