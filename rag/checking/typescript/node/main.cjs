// Run by node inside a room that rag/checking/typescript/room.py made: check programs with the compiler of
// TypeScript, and print what concerns a library, one line of JSON for each program.
"use strict";

const fs = require("fs");
const { boundedHost, packagesOf } = require("./host.cjs");
const { findingsIn } = require("./findings.cjs");
const { ownNames } = require("./guards.cjs");

const request = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const ts = require(request.compiler);

// No tsconfig is read. Both ways of strictness are checked, see below; what else there is concerns the
// program's own types.
const options = {
  allowJs: true,
  alwaysStrict: true,
  checkJs: true,
  esModuleInterop: true,
  experimentalDecorators: true,
  jsx: ts.JsxEmit.Preserve,
  module: ts.ModuleKind.ESNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ESNext,
  typeRoots: request.typeRoots,
};
const host = boundedHost(ts, options, request.allowed);
const packages = packagesOf(ts, host);
const roots = [...request.files, ...request.context];
const programs = {};
const used = new Map();

function programWith(strict) {
  if (!programs[strict]) {
    programs[strict] = ts.createProgram({ rootNames: roots, options: { ...options, strict }, host });
  }
  return programs[strict];
}

function found(path, strict) {
  const program = programWith(strict);
  const file = program.getSourceFile(path);
  return findingsIn({ ts, program, checker: program.getTypeChecker(), file, packages, host, request });
}

function noteImports(program, file) {
  for (const specifier of file.imports || []) {
    const module = program.getTypeChecker().getSymbolAtLocation(specifier);
    for (const one of (module && module.declarations) || []) {
      const owner = packages.ownerOf(one.getSourceFile().fileName);
      if (owner) used.set(owner.name, owner.version);
    }
  }
}

function checked(path) {
  const file = programWith(true).getSourceFile(path);
  if (!file) return { unread: "it cannot be read" };
  noteImports(programWith(true), file);
  const wrong = file.parseDiagnostics[0];
  if (wrong) {
    const line = file.getLineAndCharacterOfPosition(wrong.start).line + 1;
    return { unread: `it cannot be parsed (line ${line})` };
  }
  let findings = found(path, true).filter((one) => !ownNames(ts, file).has(one.part));
  // Conditional types of libraries depend on strictness, which the project decides: both have to agree.
  if (findings.some((one) => one.rule !== "deprecated")) {
    const loose = new Set(found(path, false).map((one) => `${one.rule} ${one.start} ${one.part}`));
    findings = findings.filter((one) => loose.has(`${one.rule} ${one.start} ${one.part}`));
  }
  return { findings };
}

function write(line) {
  // (`console.log` to a pipe may be cut off when the process ends, or is ended.)
  const data = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < data.length; ) at += fs.writeSync(1, data, at);
}

request.files.forEach((path, number) => {
  let said;
  try {
    said = checked(path);
  } catch (error) {
    said = { unread: `the compiler failed on it (${String(error && error.message).slice(0, 200)})` };
  }
  write({ file: number, ...said });
});
write({ libraries: [...used] });
