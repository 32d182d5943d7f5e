"""What is left out of a tree of code, and why: by the name of a folder or a file, or by its text."""

import re
from typing import Final

from corpora.document import SkipReason, hash_bytes
from corpora.outside.pointers import pointer_in

# Folders of version control and of this program: never entered and never reported.
UNLISTED: Final = frozenset({".git", ".hg", ".svn", ".bzr", ".jj", "CVS", ".rag"})

# A folder that holds one of these is a virtual environment, whatever its name.
ENVIRONMENT_MARKERS: Final = frozenset({"pyvenv.cfg", "conda-meta"})

SKIPPED_FOLDERS: Final[dict[SkipReason, str]] = {
    "vendored": """
        node_modules bower_components jspm_packages vendor _vendor vendored third_party third-party
        thirdparty
        3rdparty 3rd-party site-packages dist-packages __pypackages__ Pods Carthage .venv venv .yarn
        .pnpm-store
        .bundle .cargo .eggs .m2 elm-stuff
    """,
    "generated": """
        __pycache__ .mypy_cache .pytest_cache .ruff_cache .hypothesis .tox .nox .ipynb_checkpoints htmlcov
        .cache
        .gradle .terraform .serverless .next .nuxt .svelte-kit .parcel-cache .turbo .angular .dart_tool
        .stack-work .zig-cache zig-cache __snapshots__ .pc
    """,
}
_FOLDER_SUFFIXES: Final[dict[str, SkipReason]] = {
    ".dist-info": "vendored",
    ".egg-info": "generated",
    ".xcassets": "binary",
}

SKIPPED_FILES: Final[dict[SkipReason, str]] = {
    "generated": """
        package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock poetry.lock pdm.lock
        uv.lock
        pipfile.lock cargo.lock gemfile.lock composer.lock podfile.lock package.resolved cartfile.resolved
        go.sum
        go.work.sum flake.lock mix.lock pubspec.lock conan.lock packages.lock.json deno.lock
        gradle.lockfile
        .terraform.lock.hcl paket.lock chart.lock module.bazel.lock pixi.lock stack.yaml.lock
        gradlew gradlew.bat mvnw mvnw.cmd
    """,
    "binary": ".ds_store thumbs.db",
}

SKIPPED_SUFFIXES: Final[dict[SkipReason, str]] = {
    "binary": """
        .png .jpg .jpeg .gif .bmp .ico .icns .webp .avif .heic .tif .tiff .psd .ai .eps .xcf .sketch .fig
        .svg .svgz
        .mp3 .mp4 .m4a .m4v .wav .flac .ogg .opus .avi .mov .mkv .webm .wmv
        .woff .woff2 .ttf .otf .eot .pfb
        .zip .gz .tgz .bz2 .tbz2 .xz .txz .zst .lz4 .7z .rar .tar .jar .war .ear .aar .apk .ipa .whl .egg
        .gem .nupkg
        .deb .rpm .dmg .iso .img .cab .msi .crx .xpi .vsix
        .exe .dll .so .dylib .a .o .obj .lib .pdb .pyc .pyo .pyd .class .dex .wasm .node .ko .bin .elf
        .beam .hi .dyn_hi
        .rlib .rmeta .swiftmodule .xcuserstate .pch .gch
        .pdf .doc .docx .xls .xlsx .ppt .pptx .odt .ods .odp .epub
        .db .sqlite .sqlite3 .mdb .parquet .feather .arrow .orc .avro .npy .npz .h5 .hdf5 .mat .rds .rdata
        .pkl .pickle
        .joblib .pt .pth .onnx .safetensors .gguf .tflite .pb .ckpt .tfrecord .faiss
        .mo .qm .jks .keystore .p12 .pfx .der .pcap .swp .swo .blend .fbx .glb .stl .unitypackage
    """,
    "generated": """
        _pb2.py _pb2.pyi _pb2_grpc.py .pb.go .pb.gw.go .pb.validate.go .pb.cc .pb.h .pb.swift .pbobjc.h
        .pbobjc.m
        _pb.js _pb.d.ts _grpc_pb.js .g.dart .freezed.dart .gr.dart .mocks.dart .designer.cs .g.cs .g.i.cs
        .generated.cs
        .generated.ts .generated.go _generated.go .js.map .mjs.map .cjs.map .css.map .ts.map .tsbuildinfo
        .snap .lock
    """,
    "minified": ".min.js .min.mjs .min.cjs .min.css .min.html -min.js -min.css .bundle.js .bundle.css",
}


def _reasons(table: dict[SkipReason, str]) -> dict[str, SkipReason]:
    return {name: reason for reason, names in table.items() for name in names.split()}


_REASON_OF_FOLDER = _reasons(SKIPPED_FOLDERS)
_REASON_OF_FILE = _reasons(SKIPPED_FILES)
_REASON_OF_SUFFIX = _reasons(SKIPPED_SUFFIXES)
# `.png` is looked up in a dictionary; `.min.js` and `_pb2.py` have to be compared with the end of the name.
_ENDINGS = tuple(ending for ending in _REASON_OF_SUFFIX if ending.rfind(".") > 0)


def rules_fingerprint() -> str:
    """Return a hash of the tables above, so that a newer program notices that it leaves out other names."""
    tables = (_REASON_OF_FOLDER, _FOLDER_SUFFIXES, _REASON_OF_FILE, _REASON_OF_SUFFIX)
    names = (sorted(UNLISTED), sorted(ENVIRONMENT_MARKERS))
    return hash_bytes(repr((tables, names)).encode())[:12]


def folder_reason(name: str) -> SkipReason | None:
    """Return why a folder called `name` is left out as a whole; None if it is read."""
    return _REASON_OF_FOLDER.get(name) or _FOLDER_SUFFIXES.get(name[max(name.rfind("."), 0) :])


def file_reason(name: str) -> SkipReason | None:
    """Return why a file called `name` is left out unread; None if it is read."""
    name = name.lower()
    if name.endswith(_ENDINGS):
        return next(_REASON_OF_SUFFIX[ending] for ending in _ENDINGS if name.endswith(ending))
    dot = name.rfind(".")
    return _REASON_OF_FILE.get(name) or (_REASON_OF_SUFFIX.get(name[dot:]) if dot >= 0 else None)


# Formats in which only programs write lines of 300 characters on average.
_WEB = frozenset(
    {"javascript", "typescript", "tsx", "vue", "svelte", "css", "scss", "less", "html", "xml", "json"}
)
# Prose is kept even where a program has made it, and in it `#` and `*` begin no comment.
_PROSE = frozenset({"markdown", "rst", "text", "asciidoc", "org", "latex"})
_MARKUP = frozenset({"html", "xml", "vue", "svelte"})
_MIN_MINIFIED_CHARS = 1_000
_MAX_AVERAGE_LINE_CHARS = 300
_GIANT_LINE_CHARS = 20_000

_HEAD_LINES = 5
_COMMENT = re.compile(r'\s*(?:#|//|/\*|\*|<!--|--|;|%|\(\*|\{-|"""|\'\'\'|rem\b|dnl\b)', re.IGNORECASE)
# Comments that run over several lines without a mark on each: what opens them and what closes them.
_BLOCKS = {"/*": "*/", "<!--": "-->", '"""': '"""', "'''": "'''", "(*": "*)", "{-": "-}"}
_GENERATED = re.compile(
    r"""
    ^\W*(?:this\ file\ is\ )?@(?:auto-?)?generated\b
  | \b(?:this|the)\ (?:following\ )?
    (?:file|code|module|source|class|header|script|document|package|page)\b.{0,40}?
    \b(?:is|was|has\ been|were)\ (?:\w+\ )?(?:auto-?|automatically[ -]|machine[ -])?generated\b
  | ^\W*(?:auto(?:matically)?|machine)[ -]?generated(?:\ (?:by|from|with|using)\b|\W*$)
  | \bgenerated\b.*\bdo\ not\ (?:edit|modify|change)\b
  | \bdo\ not\ (?:edit|modify|change)\b.*\bgenerated\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# The line that Go's tools agree on (https://go.dev/s/generatedcode). A licence may come before it.
_GO_MARK = re.compile(r"^(?://|#|--|;|/\*) ?Code generated .*DO NOT EDIT", re.MULTILINE)
_GO_MARK_CHARS = 4_000


def text_reason(text: str, language: str) -> tuple[SkipReason, str] | None:
    """Return why a file with this text is left out, and the detail; None if it is kept."""
    if not text or text.isspace():
        return "empty", ""
    if pointer := pointer_in(text):
        return "unreadable", pointer
    if detail := _minified(text, language):
        return "minified", detail
    if mark := _generated_mark(text, language):
        return "generated", mark
    return None


def _minified(text: str, language: str) -> str:
    average = len(text) / (text.count("\n") + 1)
    if average <= _MAX_AVERAGE_LINE_CHARS:
        return ""
    if language in _WEB and len(text) >= _MIN_MINIFIED_CHARS:
        return f"lines of {average:.0f} characters on average"
    longest = max(map(len, text.split("\n")))
    return f"a line of {longest} characters" if longest > max(_GIANT_LINE_CHARS, len(text) // 2) else ""


def _generated_mark(text: str, language: str) -> str:
    """Return the line that says that the file was generated; empty if there is none."""
    if language in _PROSE:
        return ""
    if go_mark := _GO_MARK.search(text[:_GO_MARK_CHARS]):
        return go_mark[0].strip()
    closing = ""
    for line in text[:2_000].lstrip().split("\n", _HEAD_LINES)[:_HEAD_LINES]:
        comment = line.lstrip().startswith("<!--") if language in _MARKUP else _COMMENT.match(line)
        if (closing or comment) and _GENERATED.search(line):
            return line.strip()[:120]
        closing = _open_block(line, closing)
    return ""


def _open_block(line: str, closing: str) -> str:
    """Return what closes the comment that is open after `line`; empty if none is. `closing`: before it."""
    if closing:
        return "" if closing in line else closing
    stripped = line.lstrip().removeprefix("r")
    for opening, end in _BLOCKS.items():
        if stripped.startswith(opening):
            return "" if end in stripped[len(opening) :] else end
    return ""
