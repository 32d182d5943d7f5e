"""Make a first set of questions from a repository: from its commits, and from its documentation.

Such questions cost nothing and know the code, but they are not those of your users: the words of a docstring
stand beside its code, and a commit says what was done, not what was looked for. Add your own.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from corpora.comments.documented import Documented, documented
from corpora.comments.tree import left_out
from corpora.document import Document, Listed
from corpora.errors import CorpusError
from corpora.outside.child_process import ChildError
from corpora.redaction.redact import redact
from corpora.source_tree.git_log import commits_of
from corpora.source_tree.roles.test_paths import is_test_file
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.parse import NotParsed, reading_time_limit
from indexers.chunking.headings import find_markdown_headings, find_rst_headings
from rag.evaluation.questions.question import Gold, GoldQuestion

DEFAULT_QUESTIONS: Final = 100
"""The number of questions that are made."""
_MOST_COMMITS: Final = 20_000
_MOST_FILES_OF_COMMIT: Final = 5
_MIN_WORDS, _MAX_WORDS = 3, 30
_MIN_HEADING_WORDS: Final = 2
_MAX_CHARS: Final = 500
_HEADINGS: Final = {"markdown": find_markdown_headings, "rst": find_rst_headings}
# `feat(editor)!: ` before a subject, and ` (#123)` or a link after it.
_PREFIX: Final = re.compile(r"^(?:\[[^\]]{1,30}\]\s*|[\w./-]{1,30}(?:\([^)]{1,40}\))?!?:\s+)+")
_SUFFIX: Final = re.compile(r"\s?\((?:#\d{1,9}|[^()]{0,100}/\d{1,9})\)$")
_WORD: Final = re.compile(r"(?<!\S)[^\W\d_][\w'-]*(?!\S)")  # words, but neither dates nor versions
# What begins a comment that documents nothing.
_NO_SENTENCE: Final = re.compile(
    r"(?i)^(?:[\W\d]|args:|todo\b|fixme\b|copyright\b|deprecated\b|licen[cs]ed?\b|see\b)"
)
# Pages of which nobody asks: templates of issues, and lists of what changed.
_NO_PAGE: Final = re.compile(r"(?i)(?:^|/)(?:\.|(?:change(?:s|log)|news|history|releases?)(?:[._-]|/|$))")
# What says nothing of the files: releases, merges, updates of dependencies, corrections of earlier commits.
_EMPTY: Final = re.compile(
    r"(?i)^(?:merge|revert|release|fixup!|squash!|amend!|wip\b|v?\d+\.\d+|update (?:dependenc|version))"
    r"|\bbump\b|changelog|typos?\b"
)
_NO_DOCS: Final = (
    "no definition has a docstring or comment, and no page of Markdown or reStructuredText has headings"
)
# A line of a comment that describes a part: `@param name`, `:returns:`, `\return`.
_FIELD: Final = re.compile(r"^[ \t]*+(?:[@\\][A-Za-z]|:[A-Za-z]\w*[^:\n]{0,80}:)", re.MULTILINE)
_SENTENCE: Final = re.compile(r".+?[.!?](?=\s|$)")
_MARKS: Final = re.compile(r"[`*]{1,3}|<[^<>]{1,200}>|\{@\w+\s+([^{}]{1,200})\}|:\w+:(?=`)")


def questions_from_git(folder: Path, *, most: int = DEFAULT_QUESTIONS) -> list[GoldQuestion]:
    """Make questions of the newest commits: the subject is the question, the files it changed are the gold.

    Commits that say nothing of what they changed, changed many files or files that no longer exist, or only
    tests, are left out. Paths are relative to `folder`.

    Args:
        folder: a folder in a work tree of git.
        most: the number of questions.

    Raises:
        CorpusError: git cannot tell, or there is no such commit.
    """
    fix = "name a folder of a git repository whose commits are here"
    try:
        commits = commits_of(folder, _MOST_COMMITS)
    except ChildError as error:
        raise CorpusError(f"git does not answer in {folder}", why=str(error), fix=fix) from error
    if commits is None:
        raise CorpusError(f"{folder} has no commits", why="git does not know it as a repository", fix=fix)
    made = (
        GoldQuestion(subject, tuple(Gold(path) for path in files), "commit")
        for commit in commits
        if len(commit.files) <= _MOST_FILES_OF_COMMIT
        and (subject := _subject(commit.subject))
        and (files := [path for path in commit.files if _is_code(folder, path)])
    )
    return _or_error(_without_repeats(made)[:most], folder, "no commit says in words what it changed")


def questions_from_docs(folder: Path, *, most: int = DEFAULT_QUESTIONS) -> list[GoldQuestion]:
    """Make questions of the documentation in a tree: of headings, and of first sentences of docstrings.

    The gold is the section, or the definition that a docstring or comment documents. Tests are left out, and
    so is what is said of several places. Of more than `most` questions, those are kept that spread evenly
    over the tree.

    Args:
        folder: a folder of code or documentation; paths are relative to it.
        most: the number of questions.

    Raises:
        CorpusError: the folder cannot be read, or nothing in it is documented.
    """
    tree = CodeTree(CorpusSpec("questions", "code", str(folder.absolute())))
    made: list[GoldQuestion] = []
    for listed in tree.scan():
        if isinstance(listed, Listed) and not is_test_file(listed.path):
            with reading_time_limit(listed.size_bytes):
                document = tree.read(listed)
                if isinstance(document, Document):
                    made += _of_document(document)
    chosen = _without_repeats(made)
    step = max(1.0, len(chosen) / most)
    spread = [chosen[int(number * step)] for number in range(min(most, len(chosen)))]
    return _or_error(spread, folder, _NO_DOCS)


def _of_document(document: Document) -> Iterator[GoldQuestion]:
    language = document.origin.language
    text = redact(document.text)[0]
    if find := _HEADINGS.get(language):
        if _NO_PAGE.search(document.origin.path):
            return
        lines = text.split("\n")
        headings = list(find(lines))
        ends = [*(heading.line for heading in headings[1:]), len(lines)][: len(headings)]
        for heading, end in zip(headings, ends, strict=True):
            title = _plain(heading.title)
            if _is_told(title, _MIN_HEADING_WORDS):
                yield GoldQuestion(title, (Gold(document.origin.path, heading.line + 1, end),), "heading")
    elif language in GRAMMARS:
        data = text.encode()
        try:
            units = list(documented(data, language, document.origin.path))
        except NotParsed:
            return
        for unit in units:
            if unit.definition and (sentence := _sentence(unit.text)):
                yield GoldQuestion(sentence, (_place(data, unit, document.origin.path),), "docstring")


def _place(data: bytes, unit: Documented, path: str) -> Gold:
    """Return the lines of a definition and its documentation, without the members that it may have."""
    start = min(filter(None, (unit.text_span[1] and unit.text_span[0], unit.start_byte)), default=0)
    opens = unit.definition is not None and unit.definition.opens
    end = max(unit.text_span[1], unit.start_byte) if opens else max(unit.text_span[1], unit.end_byte)
    first = data.count(b"\n", 0, start) + 1
    last = first + data.count(b"\n", start, max(start, end - 1))
    return Gold(path, min(first, unit.line), max(last, unit.line))


def _subject(text: str) -> str:
    """Return what a commit did, in words; empty if it says too little.

    >>> _subject("feat(editor): keep the cursor in sight (#812)")
    'keep the cursor in sight'
    """
    plain = redact(_SUFFIX.sub("", _PREFIX.sub("", " ".join(text[:_MAX_CHARS].split()))))[0]
    is_told = _MIN_WORDS <= len(plain.split()) <= _MAX_WORDS and not _EMPTY.search(plain)
    return plain if is_told and not _EMPTY.search(text) else ""


def _sentence(text: str) -> str:
    """Return the first sentence of a documentation, without markup; empty if it is very short or long."""
    paragraph = text.strip().partition("\n\n")[0][:_MAX_CHARS]
    if field := _FIELD.search(paragraph):
        paragraph = paragraph[: field.start()]
    paragraph = " ".join(paragraph.split())
    found = _SENTENCE.match(paragraph)
    sentence = _plain(found[0] if found else paragraph).rstrip(".")
    return sentence if _is_told(sentence, _MIN_WORDS) else ""


def _is_told(text: str, least: int) -> bool:
    """Return whether a text has enough words to be a question, and not too many."""
    has_words = len(_WORD.findall(text)) >= least and len(text.split()) <= _MAX_WORDS
    return has_words and not _NO_SENTENCE.match(text)


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub(lambda found: found[1] or "", text).split())


def _is_code(folder: Path, path: str) -> bool:
    """Return whether a file is one that a question about code should find, and still exists."""
    return not left_out(path) and not is_test_file(path) and (folder / path).is_file()


def _without_repeats(made: Iterable[GoldQuestion]) -> list[GoldQuestion]:
    """Return the questions that are asked only once: what is said of several places asks for none of them."""
    questions = list(made)
    counts = Counter(question.text.lower() for question in questions)
    return [question for question in questions if counts[question.text.lower()] == 1]


def _or_error(made: Sequence[GoldQuestion], folder: Path, why: str) -> list[GoldQuestion]:
    if not made:
        fix = "name another folder, or write the questions yourself"
        raise CorpusError(f"no questions can be made of {folder}", why=why, fix=fix)
    return list(made)
