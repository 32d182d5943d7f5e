// Say for each name whether a module of an installed package has it, by the compiler of TypeScript.
//
//     node npm_names.js FOLDER PROJECT < QUESTIONS
//
// FOLDER/node_modules/typescript is the compiler, PROJECT/node_modules has the package. QUESTIONS is a list of
// {module, name, rest}; the answer is a list of booleans. A name of a member is looked up in the type of
// instances and in that of the value.
const fs = require("fs");
const path = require("path");
const [folder, project] = process.argv.slice(2);
const ts = require(path.resolve(folder, "node_modules", "typescript"));
const questions = JSON.parse(fs.readFileSync(0, "utf8"));
const modules = [...new Set(questions.map((one) => one.module))];
const asking = path.resolve(project, "ask.ts");
fs.writeFileSync(asking, modules.map((one, at) => `import * as m${at} from ${JSON.stringify(one)};\nexport { m${at} };`).join("\n"));
const answers = {};
for (const kind of ["Node16", "Bundler"]) {
  const program = ts.createProgram([asking], {
    module: kind === "Node16" ? ts.ModuleKind.Node16 : ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind[kind],
    esModuleInterop: true, allowSyntheticDefaultImports: false, skipLibCheck: true, strict: true, types: [],
    target: ts.ScriptTarget.ES2022, noEmit: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(asking);
  const found = {};
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      const symbol = checker.getSymbolAtLocation(statement.moduleSpecifier);
      if (symbol) found[statement.moduleSpecifier.text] = symbol;
    }
  }
  const real = (symbol) => (symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const exported = (symbol, name) => {
    const whole = real(symbol);
    const direct = checker.getExportsOfModule(whole).find((one) => one.name === name);
    if (direct) return direct;
    const equals = whole.exports && whole.exports.get("export=");
    if (equals && name === "default") return equals;
    return equals ? checker.tryGetMemberInModuleExports(name, whole) : undefined;
  };
  const parts = (symbol) => {
    const kinds = [];
    if (symbol.flags & ts.SymbolFlags.Type) kinds.push(checker.getDeclaredTypeOfSymbol(symbol));
    if (symbol.flags & (ts.SymbolFlags.Value)) kinds.push(checker.getTypeOfSymbolAtLocation(symbol, source));
    return kinds;
  };
  const member = (symbol, name) => {
    const whole = real(symbol);
    if (whole.exports && whole.exports.get(name)) return whole.exports.get(name);
    if (whole.flags & ts.SymbolFlags.ValueModule) {
      const one = exported(whole, name);
      if (one) return one;
    }
    for (const type of parts(whole)) {
      const one = checker.getPropertyOfType(type, name);
      if (one && one.parent && /^(Callable|Newable)?Function$/.test(one.parent.name)) continue; // name, length
      if (one) return one;
    }
    return undefined;
  };
  questions.forEach((one, at) => {
    let symbol = found[one.module];
    if (symbol && one.name) symbol = exported(symbol, one.name);
    for (const part of one.rest ? one.rest.split(".") : []) symbol = symbol && member(symbol, part);
    answers[at] = answers[at] || Boolean(symbol);
  });
}
fs.unlinkSync(asking);
console.log(JSON.stringify(questions.map((_, at) => answers[at])));
