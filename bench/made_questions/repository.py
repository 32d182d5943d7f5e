"""Make the tree, the questions and the pairs of one repository."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.made_questions.blobs import write_files
from bench.made_questions.clean import is_askable, key_of
from bench.made_questions.comments import (
    doc_comment_drafts,
    documented_units,
    inner_comment_drafts,
    remark_question,
)
from bench.made_questions.commits import commit_drafts, commits
from bench.made_questions.configuration import constant_drafts, variable_drafts
from bench.made_questions.drafting import question_of
from bench.made_questions.fragments import fragment_drafts
from bench.made_questions.messages import message_drafts
from bench.made_questions.names import name_drafts
from bench.made_questions.output import Made, fresh_folder
from bench.made_questions.prose import prose_drafts
from bench.made_questions.records import Draft, Pair, Place, SourceFile
from bench.made_questions.removal import Edited, Removal
from bench.made_questions.source_tree import Tree, read_tree
from bench.made_questions.tracebacks import traceback_drafts

_TEXT_CHARS: Final = 400
_REST_CHARS: Final = 150


def make_repository(source: dict[str, Any], repository: Path, trees: Path, seed: int) -> Made:
    """Write the tree of a repository without what its questions were made of; return questions and pairs."""
    folder = fresh_folder(trees / source["name"])
    write_files(repository, source["revision"], folder, source.get("exclude", ()))
    tree = read_tree(folder)
    log = list(commits(repository, source["revision"]))

    def random(kind: str) -> Random:
        return Random(f"{seed}:{source['name']}:{kind}")

    drafts = [
        *doc_comment_drafts(tree.files, random("doc")),
        *inner_comment_drafts(tree.files, random("inner")),
        *message_drafts(tree.files, random("message")),
        *name_drafts(tree.files, random("name")),
        *variable_drafts(tree.files, random("variable")),
        *constant_drafts(tree.files, random("constant")),
        *commit_drafts(tree.files, log, random("commit")),
        *prose_drafts(tree.files, tree.pages, random("prose")),
        *fragment_drafts(tree.files, random("fragment")),
        *traceback_drafts(tree.files, random("traceback")),
    ]
    edited = _edit(tree, drafts)
    for path, file in edited.items():
        (folder / path).write_bytes(file.data)
    questions = list(_questions(drafts, edited, folder, source["split"]))
    return Made(source["name"], questions, _pairs(tree, source))


def make_repository_pairs(source: dict[str, Any], repository: Path) -> Made:
    """Return the pairs of a repository, without questions."""
    with TemporaryDirectory() as folder:
        write_files(repository, source["revision"], Path(folder), source.get("exclude", ()))
        return Made(source["name"], [], _pairs(read_tree(Path(folder)), source))


def _pairs(tree: Tree, source: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**_as_row(pair), "split": source["split"]} for pair in repository_pairs(tree.files)]


def _edit(tree: Tree, drafts: Sequence[Draft]) -> dict[str, Edited]:
    """Return the files of which something is removed, or asked for, as they are afterwards."""
    removals: defaultdict[str, list[Removal]] = defaultdict(list)
    for draft in drafts:
        for path, removal in draft.removals:
            removals[path].append(removal)
    contents = {file.path: file.data for file in tree.files} | tree.pages
    asked = {place.path for draft in drafts for place in draft.gold}
    return {path: Edited(contents[path], removals[path]) for path in sorted(asked | removals.keys())}


def _questions(
    drafts: Sequence[Draft], edited: dict[str, Edited], folder: Path, split: str
) -> Iterator[dict[str, Any]]:
    """Yield the questions with the lines that answer them; leave out what the tree still says verbatim."""
    rest = " ".join(
        f" {key_of(path.read_bytes().decode(errors='replace'))} "
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    for draft in drafts:
        if draft.verbatim and f" {draft.verbatim} " in rest:
            continue
        gold = [_lines(place, edited[place.path]) for place in draft.gold]
        yield {"query": draft.query, "kind": draft.kind, "split": split, "gold": gold}


def _lines(place: Place, file: Edited) -> dict[str, Any]:
    if not place.end:
        return {"path": place.path}
    first, last = file.line(place.start), file.line(max(place.end - 1, place.start))
    return {"path": place.path, "start_line": first, "end_line": max(first, last)}


def repository_pairs(files: Sequence[SourceFile]) -> Iterator[Pair]:
    """Yield all documentation and inner comments of the files with what they describe."""
    for file, unit in documented_units(files):
        assert unit.doc is not None
        query = question_of(unit.doc, unit.own_name)
        if is_askable(query):
            inside = [
                Removal(start - unit.start, end - unit.start)
                for start, end in unit.doc.parts
                if unit.start <= start < unit.end
            ]
            code = Edited(file.data[unit.start : unit.end], inside).data.decode(errors="replace")
            yield Pair(query, unit.name, described(code, unit.doc.text, query), "doc_comment")
    for file in files:
        for remark in [] if file.is_test else file.remarks:
            query = remark_question(remark)
            if is_askable(query, min_words=4):
                around = file.function_around(remark.start)
                code = file.text(remark.below[0], remark.below[0] + _TEXT_CHARS)
                yield Pair(query, around.name if around else "", code, "inner_comment")


def described(code: str, doc: str, query: str) -> str:
    """Return the first characters of a unit: its first line, what else its documentation says, its body."""
    head, _, body = code.partition("\n")
    words = [re.escape(word) for word in re.findall(r"\w+", query)]
    rest = re.sub(r"\W+".join(words), "", doc, count=1).strip(" .\n")[:_REST_CHARS] if words else doc
    return "\n".join(filter(str.strip, (head, rest, body)))[:_TEXT_CHARS]


def _as_row(pair: Pair) -> dict[str, Any]:
    return {"query": pair.query, "name": pair.name, "text": pair.text, "kind": pair.kind}
