// What the compiler may read, and which package a file belongs to.
"use strict";

const path = require("path");
const { builtinModules } = require("module");

const MAX_FILE_BYTES = 8_000_000;
const BUILTIN = new Set([...builtinModules, "node"]);

// Return a host of the compiler that sees only files below the allowed folders, by their real paths: neither
// a link nor a path in a program leads elsewhere. Parsed files are kept for the second program.
function boundedHost(ts, options, allowed) {
  const host = ts.createCompilerHost(options, true);
  const fs = require("fs");
  const inside = (real) => allowed.some((folder) => real === folder || real.startsWith(folder + path.sep));
  const mayRead = (name) => {
    try {
      return inside(fs.realpathSync.native(name));
    } catch {
      return false;
    }
  };
  const { fileExists, directoryExists, getDirectories, getSourceFile } = host;
  const parsed = new Map();
  host.fileExists = (name) => fileExists(name) && mayRead(name);
  host.directoryExists = (name) => directoryExists(name) && (mayRead(name) || allowed.some((one) => one.startsWith(name)));
  host.getDirectories = (name) => (mayRead(name) ? getDirectories(name) : []);
  host.readFile = (name) => {
    try {
      if (!mayRead(name) || fs.statSync(name).size > MAX_FILE_BYTES) return undefined;
      return fs.readFileSync(name, "utf8");
    } catch {
      return undefined;
    }
  };
  host.getSourceFile = (name, ...rest) => {
    if (!parsed.has(name)) parsed.set(name, mayRead(name) ? getSourceFile.call(host, name, ...rest) : undefined);
    return parsed.get(name);
  };
  host.writeFile = () => {};
  host.getCurrentDirectory = () => "/";
  return host;
}

// Return a finder of packages by the files that lie in them.
function packagesOf(ts, host) {
  const known = new Map();
  const facts = (folder) => {
    if (!known.has(folder)) {
      let read = {};
      try {
        read = JSON.parse(host.readFile(`${folder}/package.json`) || "{}") || {};
      } catch {
        // (as a package without a version)
      }
      known.set(folder, read);
    }
    return known.get(folder);
  };
  // Return name, folder and version of the package of a file; null if it is in none, or if its types are
  // those of another version: what they lack, the package may have.
  function ownerOf(file) {
    const mark = file.lastIndexOf("/node_modules/");
    if (mark < 0) return null;
    const parts = file.slice(mark + 14).split("/");
    const installed = parts[0].startsWith("@") ? `${parts[0]}/${parts[1]}` : parts[0];
    const modules = file.slice(0, mark + 13);
    const folder = `${modules}/${installed}`;
    const version = String(facts(folder).version || "");
    if (!installed.startsWith("@types/")) return { name: installed, folder, version };
    const name = installed.slice(7).includes("__") ? `@${installed.slice(7).replace("__", "/")}` : installed.slice(7);
    if (BUILTIN.has(name)) return null;
    const real = String(facts(`${modules}/${name}`).version || "");
    return !real ? { name, folder, version } : isAsNew(version, real) ? { name, folder, version: real } : null;
  }
  return { ownerOf, facts, isBuiltin: (name) => BUILTIN.has(name) || name.includes(":") };
}

function isAsNew(types, real) {
  const [major, minor] = types.split(".").map(Number);
  const [realMajor, realMinor] = real.split(".").map(Number);
  return major === realMajor && minor >= realMinor;
}

module.exports = { boundedHost, packagesOf };
