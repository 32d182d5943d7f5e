"""The language of a file, from its name, its first line or its first characters."""

import re
from typing import Final

# One row per language: suffixes with a dot in front, whole file names without one; all in lower case.
LANGUAGES: Final[dict[str, str]] = {
    # Cut by their syntax (`corpora.syntax.grammars` has a grammar for each of these).
    "python": ".py .pyi .pyw",
    "javascript": ".js .mjs .cjs .jsx .es6",
    "typescript": ".ts .mts .cts",
    "tsx": ".tsx",
    "java": ".java",
    "go": ".go",
    "rust": ".rs",
    "c": ".c .h",
    "cpp": ".cc .cpp .cxx .c++ .hh .hpp .hxx .h++ .ipp .inl .tcc .cu .cuh .ino",
    "c_sharp": ".cs .csx",
    "ruby": ".rb .rake .gemspec .podspec .ru gemfile rakefile podfile vagrantfile fastfile brewfile",
    "php": ".php .phtml",
    "kotlin": ".kt .kts",
    "scala": ".scala .sc .sbt",
    "swift": ".swift",
    "bash": ".sh .bash .zsh .ksh .bats .bashrc .bash_profile .profile .zshrc .zshenv pkgbuild",
    "lua": ".lua .luau",
    "haskell": ".hs",
    "elixir": ".ex .exs",
    "zig": ".zig .zon",
    # Cut by their headings.
    "markdown": ".md .markdown .mdx .mdown .rmd .qmd",
    "rst": ".rst",
    # Cut by lines.
    "ada": ".ada .adb .ads",
    "agda": ".agda",
    "asciidoc": ".adoc .asciidoc",
    "assembly": ".s .asm .nasm",
    "astro": ".astro",
    "avro": ".avdl .avsc",
    "awk": ".awk",
    "batch": ".bat .cmd",
    "bibtex": ".bib",
    "bicep": ".bicep",
    "cairo": ".cairo",
    "capnproto": ".capnp",
    "clojure": ".clj .cljs .cljc .edn",
    "cmake": ".cmake cmakelists.txt",
    "cobol": ".cob .cbl",
    "common_lisp": ".lisp .cl",
    "crystal": ".cr",
    "css": ".css",
    "csv": ".csv .tsv",
    "cython": ".pyx .pxd .pxi",
    "d": ".d",
    "dart": ".dart",
    "diff": ".diff .patch",
    "dockerfile": ".dockerfile dockerfile containerfile",
    "eex": ".eex .heex .leex",
    "ejs": ".ejs",
    "elm": ".elm",
    "emacs_lisp": ".el",
    "erb": ".erb",
    "erlang": ".erl .hrl",
    "f_sharp": ".fs .fsi .fsx",
    "fish": ".fish",
    "flatbuffers": ".fbs",
    "fortran": ".f .f77 .f90 .f95 .f03",
    "gdscript": ".gd",
    "gettext": ".po .pot",
    "gherkin": ".feature",
    "glsl": ".glsl .vert .frag",
    "go_module": "go.mod go.work",
    "go_template": ".tmpl .gotmpl",
    "graphql": ".graphql .gql",
    "groovy": ".groovy .gradle jenkinsfile",
    "haml": ".haml",
    "handlebars": ".hbs .mustache",
    "hcl": ".hcl .tf .tfvars .nomad",
    "hlsl": ".hlsl",
    "html": ".html .htm .xhtml",
    "idris": ".idr",
    "ignore_list": ".gitignore .dockerignore .ragignore .gitattributes codeowners",
    "ini": ".ini .cfg .conf .editorconfig .gitconfig .gitmodules",
    "jinja": ".j2 .jinja .jinja2",
    "json": ".json .json5 .jsonc .jsonl .ndjson .geojson .webmanifest .ipynb",
    "julia": ".jl",
    "just": "justfile",
    "latex": ".tex .sty",
    "lean": ".lean",
    "less": ".less",
    "liquid": ".liquid",
    "llvm": ".ll",
    "m4": ".m4 .ac",
    "makefile": ".mk .mak makefile gnumakefile",
    "meson": "meson.build meson_options.txt",
    "metal": ".metal",
    "move": ".move",
    "nim": ".nim",
    "ninja": ".ninja",
    "nix": ".nix",
    "objective_c": ".m .mm",
    "ocaml": ".ml .mli",
    "org": ".org",
    "pascal": ".pas",
    "perl": ".pl .pm",
    "pod": ".pod",
    "powershell": ".ps1 .psm1 .psd1",
    "properties": ".properties",
    "protobuf": ".proto",
    "pug": ".pug",
    "purescript": ".purs",
    "r": ".r",
    "racket": ".rkt",
    "rego": ".rego",
    "requirements": "requirements.txt constraints.txt",
    "sass": ".sass",
    "scheme": ".scm",
    "scss": ".scss",
    "sed": ".sed",
    "shell_variables": ".env",
    "solidity": ".sol",
    "sql": ".sql .ddl .psql",
    "starlark": ".bzl .bazel .star build workspace tiltfile",
    "stylus": ".styl",
    "svelte": ".svelte",
    "tcl": ".tcl",
    "text": ".txt .text .log",
    "textile": ".textile",
    "thrift": ".thrift",
    "toml": ".toml",
    "twig": ".twig",
    "typst": ".typ",
    "verilog": ".v .sv .svh",
    "vhdl": ".vhd .vhdl",
    "vim": ".vim .vimrc",
    "visual_basic": ".vb",
    "vue": ".vue",
    "webassembly": ".wat",
    "wgsl": ".wgsl",
    "xml": ".xml .xsd .xsl .xslt .wsdl .plist .csproj .fsproj .vbproj .vcxproj .props .targets .xaml .resx",
    "yaml": ".yaml .yml",
}

# The commands that a `#!` line names, for files without a known suffix.
INTERPRETERS: Final[dict[str, str]] = {
    "python": "python pypy uv",
    "javascript": "node nodejs",
    "typescript": "deno bun ts-node",
    "ruby": "ruby",
    "php": "php",
    "scala": "scala",
    "swift": "swift",
    "bash": "sh bash dash zsh ksh ash bats",
    "lua": "lua luajit",
    "haskell": "runhaskell runghc stack",
    "elixir": "elixir",
    "awk": "awk gawk",
    "erlang": "escript",
    "fish": "fish",
    "groovy": "groovy",
    "julia": "julia",
    "makefile": "make",
    "perl": "perl",
    "powershell": "pwsh",
    "r": "rscript",
    "sed": "sed",
    "tcl": "tclsh",
}

_LANGUAGE_OF_NAME = {name: language for language, names in LANGUAGES.items() for name in names.split()}
_LANGUAGE_OF_INTERPRETER = {
    name: language for language, names in INTERPRETERS.items() for name in names.split()
}

# `Dockerfile.dev`, `Makefile.am`: names that keep their meaning with a suffix.
_STEMS = ("dockerfile", "containerfile", "makefile", "jenkinsfile")

# `#!/usr/bin/env -S LANG=C python3.11 -u` -> `python`: env, its flags and settings are skipped.
_SHEBANG = re.compile(
    r"#![ \t]*+(?>(?:\S*/)?)(?>(?:env[ \t]++(?:-\S++[ \t]++|\w++=\S*+[ \t]++)*+(?:\S*/)?)?)"
    r"(?P<name>[A-Za-z](?:\d*+(?:[^\W\d]|-)++)*+)[\d.]*+(?=\s|$)"
)

# Syntax of C++ that C headers cannot have. `extern "C"` is no sign: C headers have it for C++ callers.
_CPP_HEADER = re.compile(
    r"^[ \t]*(?:template[ \t]*<|namespace\b|using[ \t]+\w|class[ \t]+\w+[^;()\n]*$|enum[ \t]+class\b"
    r"|(?:public|private|protected)[ \t]*:|constexpr\b|#[ \t]*include[ \t]*<\w+>)|\bstd::",
    re.MULTILINE,
)


def language_of(path: str, head: str = "") -> str:
    """Return the language of a file, a key of `LANGUAGES`; "text" where it is not known.

    Args:
        path: with forward slashes.
        head: the beginning of the text. It is used for files without a known suffix (`#!` lines) and to tell
            C++ headers from C headers.
    """
    name = path.rpartition("/")[2].lower()
    _, dot, suffix = name.rpartition(".")
    language = _LANGUAGE_OF_NAME.get(name) or _LANGUAGE_OF_NAME.get(dot and dot + suffix)
    if language is None and name.startswith(_STEMS):
        language = _LANGUAGE_OF_NAME.get(name.partition(".")[0])
    if language is None:
        shebang = _SHEBANG.match(head)
        return _LANGUAGE_OF_INTERPRETER.get(shebang["name"].lower(), "text") if shebang else "text"
    if language == "c" and name.endswith(".h") and _CPP_HEADER.search(head):
        return "cpp"
    return language
