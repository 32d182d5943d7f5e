// Print what modules export, by the compiler of TypeScript: node npm_exports.js FOLDER SPECIFIER...
// FOLDER holds a node_modules with typescript and the packages. The result is JSON: names by specifier.
const path = require("path");
const fs = require("fs");
const folder = path.resolve(process.argv[2]);
const ts = require(path.join(folder, "node_modules", "typescript"));
const specifiers = process.argv.slice(3);
const file = path.join(folder, "npm_exports_probe.ts");
fs.writeFileSync(file, specifiers.map((one, n) => `import * as m${n} from ${JSON.stringify(one)};\n`).join(""));
const program = ts.createProgram([file], {
  module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ESNext,
  strict: true, skipLibCheck: true, esModuleInterop: true, noEmit: true, types: [],
});
const checker = program.getTypeChecker();
const found = {};
program.getSourceFile(file).statements.forEach((statement, n) => {
  const symbol = checker.getSymbolAtLocation(statement.moduleSpecifier);
  found[specifiers[n]] = symbol ? [...new Set(checker.getExportsAndPropertiesOfModule(symbol).map((one) => one.name))] : null;
});
fs.unlinkSync(file);
console.log(JSON.stringify(found));
