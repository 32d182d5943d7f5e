"""Make the tree, the questions and the pairs of one Python package, which is read and never imported."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from zipfile import ZipFile

from bench.made_questions.clean import as_asked, first_sentence, is_askable, key_of, without_subject
from bench.made_questions.drafting import MOST_PLACES, question_of, sampled, without_question
from bench.made_questions.name_forms import can_misspell, misspelled, words_of
from bench.made_questions.names import is_distinct
from bench.made_questions.outline import read_units
from bench.made_questions.output import Made, fresh_folder
from bench.made_questions.records import Doc, SourceFile
from bench.made_questions.removal import Edited, Removal, sentence_span
from corpora.document import Section
from corpora.python.package import PythonPackage
from corpora.spec import CorpusSpec

_SHARE: Final = 0.15
_BODY_SHARE: Final = 0.06
_MOST_NAMES: Final = 40
_TEXT_CHARS: Final = 400
_READ: Final = (".py", ".pyi", ".typed")
_MAX_FILE: Final = 1_000_000
_SECTION: Final = re.compile(
    r"\n[ \t]*(?:Args|Arguments|Parameters|Returns|Raises|Example|Note|Yields|See Also|Attributes)s?\b"
    r"|\n[ \t]*:|\n[ \t]*(?:>>>|\.\.)"
)


# Beginnings of sentences that say nothing without the sentence before.
_DANGLING: Final = re.compile(
    r"(?:This|It|That|Th[eo]se|If|See|Note|For|The (?:following|above|result|latter|former)|Results?|However"
    r"|Most|In (?:this|that|order)|But|And|So|Then|Also|Thus|Since|Here|Other(?:wise)?|By default|Currently"
    r"|Default|To|When|As|Both|Each|All|Please|Be|Unlike|More)\b"
)


class _Asked(NamedTuple):
    query: str
    kind: str
    symbols: tuple[str, ...]


def make_package(source: dict[str, Any], wheel: Path, trees: Path, seed: int) -> Made:
    """Write the modules of a wheel without what its questions were made of; return questions and pairs."""
    name = f"pkg-{source['name']}"
    folder = fresh_folder(trees / name)
    unpack(wheel, folder)
    sections = package_sections(folder)
    random = Random(f"{seed}:{name}")
    asked, edits = _drafts(folder, sections, random)
    for path, (data, removals) in edits.items():
        (folder / path).write_bytes(Edited(data, removals).data)
    left = package_sections(folder) if asked else []
    known = {symbol for _, section in left for symbol in (section.name, *section.aliases)}
    rest = " ".join(f" {key_of(section.text)} " for _, section in left)
    questions = [
        {"query": row.query, "kind": row.kind, "gold": [{"symbol": symbol} for symbol in row.symbols]}
        for row in [*asked, *_names(left, random)]
        if set(row.symbols) & known
        and (row.kind.startswith("docs_name") or f" {key_of(row.query)} " not in rest)
    ]
    split = {"split": source["split"]}
    return Made(name, [row | split for row in questions], _pairs(sections, source["split"]))


def make_package_pairs(source: dict[str, Any], wheel: Path) -> Made:
    """Return the pairs of a wheel, without questions."""
    with TemporaryDirectory() as folder:
        unpack(wheel, Path(folder))
        sections = package_sections(Path(folder))
    return Made(f"pkg-{source['name']}", [], _pairs(sections, source["split"]))


def _pairs(sections: Sequence[tuple[str, Section]], split: str) -> list[dict[str, Any]]:
    return [
        {
            "query": query,
            "name": section.name,
            "text": _text(section, first_sentence(section.text)),
            "kind": "docstring",
            "split": split,
        }
        for _, section in sections
        for query in [_question(section)]
        if not section.is_bare and is_askable(query)
    ]


def unpack(wheel: Path, folder: Path) -> None:
    """Write the Python source and the metadata of a wheel below `folder`."""
    with ZipFile(wheel) as archive:
        for info in archive.infolist():
            path = PurePosixPath(info.filename)
            if path.is_absolute() or ".." in path.parts or info.is_dir() or info.file_size > _MAX_FILE:
                continue
            if path.suffix in _READ or path.parts[0].endswith(".dist-info"):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(info))


def package_spec(folder: Path) -> CorpusSpec:
    """Return the corpus of the package that was unpacked into `folder`."""
    return CorpusSpec(folder.name, "package", str(next(folder.resolve().glob("*.dist-info"))))


def package_sections(folder: Path) -> list[tuple[str, Section]]:
    """Return the units of an unpacked package, each with the path of its module."""
    pages = PythonPackage(package_spec(folder)).units().pages
    return [
        (path, section)
        for path, sections in sorted(pages.items())
        if not isinstance(sections, str)
        for section in sections
    ]


def _drafts(
    folder: Path, sections: Sequence[tuple[str, Section]], random: Random
) -> tuple[list[_Asked], dict[str, tuple[bytes, list[Removal]]]]:
    """Return questions made of first sentences, and of others, with what to remove from which module."""
    symbols: defaultdict[str, list[str]] = defaultdict(list)
    for _, section in sections:
        if not section.is_bare:
            symbols[key_of(_question(section))].append(section.name)
    asked: list[_Asked] = []
    edits: dict[str, tuple[bytes, list[Removal]]] = {}
    documented = list(_documented(folder, sections))
    first = [
        item
        for item in documented
        if is_askable(item.query) and 1 <= len(symbols[key_of(item.query)]) <= MOST_PLACES
    ]
    for item in sampled(first, random, min(200, max(20, int(_SHARE * len(first))))):
        removals = without_question(item.file, item.doc, item.end, random)
        edits.setdefault(item.file.path, (item.file.data, []))[1].extend(removals)
        asked.append(_Asked(item.query, "docs_first", tuple(symbols[key_of(item.query)])))
    taken = {row.query for row in asked}
    later = [
        (item, sentence)
        for item in documented
        if item.query not in taken and (sentence := later_sentence(item.doc.text))
    ]
    for item, sentence in sampled(later, random, min(60, max(10, int(_BODY_SHARE * len(later))))):
        query = as_asked(sentence)
        names_itself = item.section.name.rpartition(".")[2].lower() in query.lower()
        span = sentence_span(item.file.data, item.doc.start, item.doc.end, sentence)
        if span and not names_itself:
            edits.setdefault(item.file.path, (item.file.data, []))[1].append(Removal(*span))
            asked.append(_Asked(query, "docs_body", (item.section.name,)))
    return asked, edits


def _question(section: Section) -> str:
    query = as_asked(first_sentence(section.text))
    return without_subject(query, section.name.rpartition(".")[2])


class _Item(NamedTuple):
    query: str
    file: SourceFile
    doc: Doc
    end: int
    section: Section


def _documented(folder: Path, sections: Sequence[tuple[str, Section]]) -> Iterator[_Item]:
    """Yield the docstrings of the modules that are the text of a unit."""
    by_path: defaultdict[str, dict[tuple[str, str], Section]] = defaultdict(dict)
    for path, section in sections:
        if not section.is_bare:
            text = key_of(first_sentence(section.text))
            by_path[path].setdefault((section.name.rpartition(".")[2], text), section)
    for path, found in by_path.items():
        if not path.endswith(".py"):
            continue
        file = SourceFile(path, "python", (folder / path).read_bytes(), False)
        if b"\r" in file.data or not read_units(file):
            continue
        for unit in file.units:
            if unit.doc is None:
                continue
            shown = found.get((unit.own_name, key_of(first_sentence(unit.doc.text))))
            if shown is not None:
                yield _Item(question_of(unit.doc, unit.own_name), file, unit.doc, unit.end, shown)


def later_sentence(text: str) -> str:
    """Return a sentence below the first paragraph of a docstring, before its lists; it may be empty."""
    paragraphs = _SECTION.split("\n" + text, maxsplit=1)[0].strip().split("\n\n")
    for paragraph in paragraphs[1:]:
        sentence = first_sentence(paragraph)
        if is_askable(as_asked(sentence), min_words=6) and not _DANGLING.match(sentence):
            return sentence
    return ""


def _names(sections: Sequence[tuple[str, Section]], random: Random) -> list[_Asked]:
    """Return questions that are names, whole, misspelled or as words, for the units with these names."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for _, section in sections:
        by_name[section.name.rpartition(".")[2]].append(section.name)
    names = [name for name in sorted(by_name) if is_distinct(name) and len(by_name[name]) <= MOST_PLACES]
    asked = [_Asked(name, "docs_name", tuple(by_name[name])) for name in sampled(names, random, _MOST_NAMES)]
    several = [name for name in names if len(words_of(name)) > 1]
    asked += [
        _Asked(" ".join(words_of(name)), "docs_name_words", tuple(by_name[name]))
        for name in sampled(several, random, _MOST_NAMES)
    ]
    asked += [
        _Asked(typo, "docs_name_typo", tuple(by_name[name]))
        for name in sampled([name for name in names if can_misspell(name)], random, _MOST_NAMES)
        for typo in [misspelled(name, random)]
        if typo not in by_name
    ]
    return asked


def _text(section: Section, sentence: str) -> str:
    """Return the first characters of a unit without the sentence that is asked."""
    words = [re.escape(word) for word in re.findall(r"\S+", sentence)]
    rest = re.sub(r"\s+".join(words), "", section.text, count=1).strip() if words else section.text
    return f"{section.signature or section.name}\n{rest}"[:_TEXT_CHARS]
