// What a program is right about itself, and what of a library is not known as a whole.
"use strict";

const fs = require("fs");

const MAX_ENTRIES = 60_000;
const MAX_BYTES = 300_000_000;
const MAX_DEPTH = 12;
const ADDED = /\bdeclare\s{1,5}(global|module|namespace)\b\s{0,5}(?:["']([^"'\n]{1,200})["'])?/g;
const NOT_READ = /\/node_modules\/(?:@types\/node|typescript|\.cache)$/;

// Return the names that a file assigns, asks for, or calls only if they are there.
function ownNames(ts, file) {
  if (file.ragOwnNames) return file.ragOwnNames;
  const found = new Set();
  const add = (node) => node && ts.isPropertyAccessExpression(node) && found.add(node.name.text);
  const visit = (node) => {
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken.kind;
      if (ts.isAssignmentOperator(operator)) add(node.left);
      if (operator === ts.SyntaxKind.InKeyword && ts.isStringLiteralLike(node.left)) found.add(node.left.text);
      if (ts.isLogicalOrCoalescingBinaryOperator(operator)) add(node.left);
    } else if (ts.isIfStatement(node)) add(node.expression);
    else if (ts.isConditionalExpression(node)) add(node.condition);
    else if (ts.isTypeOfExpression(node) || ts.isDeleteExpression(node)) add(node.expression);
    else if (ts.isPrefixUnaryExpression(node)) add(node.operand);
    else if (node.questionDotToken) add(node.expression);
    else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      if (/^(?:defineProperty|hasOwnProperty|hasOwn|has|get|set|spyOn)$/.test(node.expression.name.text))
        node.arguments.filter(ts.isStringLiteralLike).forEach((one) => found.add(one.text));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  file.ragOwnNames = found;
  return found;
}

// Return whether a node stands in a `try` whose failure is caught.
function isTried(ts, node) {
  for (; node.parent; node = node.parent) {
    if (ts.isTryStatement(node.parent) && node.parent.tryBlock === node && node.parent.catchClause) return true;
  }
  return false;
}

// Return whether all bases of a class or interface are known, and all that a module exports by a star.
function isWhole(ts, checker, symbol, depth = 0) {
  if (depth > MAX_DEPTH) return false;
  const star = symbol.exports && symbol.exports.get("__export");
  for (const one of (star && star.declarations) || []) {
    const module = one.moduleSpecifier && checker.getSymbolAtLocation(one.moduleSpecifier);
    if (!module || !isWhole(ts, checker, module, depth + 1)) return false;
  }
  for (const declaration of symbol.declarations || []) {
    for (const clause of declaration.heritageClauses || []) {
      for (const base of clause.types) {
        const type = checker.getTypeAtLocation(base);
        if (type.flags & ts.TypeFlags.Any) return false;
        if (type.symbol && type.symbol !== symbol && !isWhole(ts, checker, type.symbol, depth + 1)) return false;
      }
    }
  }
  return true;
}

// Return a function that tells whether an installed package may add a name to what a library declares: the
// file that imports it, as the set-up of tests, need not be among the programs. What the compiler has loaded
// has added its names already. If there is too much to read, the answer is yes.
function additions(folders, isLoaded) {
  let texts = null;
  return (library, name, isGlobal) => {
    texts = texts || read(folders, isLoaded);
    if (texts.isCut) return true;
    const quoted = name.replace(/[^\w]/g, "\\$&");
    const declared = new RegExp(`(?:^|[;{},*/]|\\b(?:readonly|[gs]et|function|const|let|var|class|interface|type))\\s{0,20}${quoted}\\s{0,5}[?(:<;={]`, "m");
    return texts.found.some((one) => one.text.includes(name) && addsTo(one, library, isGlobal) && declared.test(one.text));
  };
}

// Only what is global itself can be added to by what is: a class that a module exports cannot.
function addsTo({ text, place }, library, isGlobal) {
  for (const [, kind, quoted] of text.matchAll(ADDED)) {
    if (kind !== "module" || !quoted) {
      if (isGlobal) return true;
    } else if (quoted === library || quoted.startsWith(`${library}/`)) return true;
    else if (quoted.startsWith(".") && place.includes(`/node_modules/${library}/`)) return true;
  }
  return false;
}

// Return whether something is declared for all files, not by a module.
function isGlobal(ts, symbol) {
  return (symbol.declarations || []).some((one) => {
    if (!ts.isExternalModule(one.getSourceFile())) return true;
    return !!ts.findAncestor(one, (above) => ts.isModuleDeclaration(above) && ts.isGlobalScopeAugmentation(above));
  });
}

function read(folders, isLoaded) {
  const found = [];
  const todo = [...folders];
  const seen = new Set();
  let entries = 0;
  let bytes = 0;
  while (todo.length) {
    const folder = todo.pop();
    let listed = [];
    try {
      const real = fs.realpathSync.native(folder);
      if (seen.has(real) || NOT_READ.test(folder)) continue;
      seen.add(real);
      listed = fs.readdirSync(folder, { withFileTypes: true });
    } catch {
      continue;
    }
    entries += listed.length;
    for (const entry of listed) {
      const place = `${folder}/${entry.name}`;
      const isModules = /\/node_modules(?:\/@[^/]+)?$/.test(folder);
      if (entry.isDirectory() || (entry.isSymbolicLink() && isModules)) todo.push(place);
      else if (/\.d\.[cm]?ts$/.test(entry.name)) {
        try {
          const text = fs.readFileSync(place, "utf8");
          bytes += text.length;
          if (text.includes("declare ") && !isLoaded(place)) found.push({ text, place });
        } catch {
          // (what cannot be read adds nothing)
        }
      }
    }
    if (entries > MAX_ENTRIES || bytes > MAX_BYTES) return { found, isCut: true };
  }
  return { found, isCut: false };
}

module.exports = { additions, isGlobal, isTried, isWhole, ownNames };
