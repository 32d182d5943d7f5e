"""Analyse a question before the search: its tokens, its kind, and the libraries that it names."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from corpora.syntax.languages import LANGUAGES
from corpora.syntax.python_imports import imported_names_in_lines, resolve_name
from indexers.encoders import Question
from indexers.tokens import query_tokens, spaced, tokenize
from rag.retrieval.questions.asked_names import ASKED_NAME_CHARS, AskedName, as_symbol, asked_names, option_of
from rag.retrieval.questions.log_lines import without_times
from rag.retrieval.questions.mentioned_places import MentionedPlace, mentioned_places
from rag.retrieval.questions.missing_names import missing_names
from rag.retrieval.questions.names_in_code import (
    at_hand,
    names_defined,
    unfinished_call,
    unfinished_member,
    unused_imports,
)
from rag.retrieval.questions.phrases import worth_comparing
from rag.retrieval.questions.query_parts import split_query
from rag.retrieval.questions.quoted import quoted_in

# Names under which libraries are imported or talked of, and those under which they are installed.
OTHER_NAMES: Final[dict[str, str]] = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "drf": "django-rest-framework",
    "jnp": "jax",
    "mpl": "matplotlib",
    "np": "numpy",
    "pd": "pandas",
    "pil": "pillow",
    "pl": "polars",
    "plt": "matplotlib",
    "pyplot": "matplotlib",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sns": "seaborn",
    "tf": "tensorflow",
    "torch": "pytorch",
    "yaml": "pyyaml",
}
# What several libraries have, and only they.
_OF_SEVERAL: Final[dict[str, tuple[str, ...]]] = {
    "dataframe": ("dask", "pandas", "polars", "pyspark"),
    "dataframes": ("dask", "pandas", "polars", "pyspark"),
}
_WORD = re.compile(r"[A-Za-z_][\w-]*")
# One word of more characters is a sentence of a script without spaces: 如何读取文件内容.
_MAX_NAME_CHARS: Final = 7
_MAX_LIBRARY_CHARS: Final = 20_000  # of a question; what is behind is rather a log


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the ranking takes it.

    Args:
        text: the question as it was asked, without the times of a log.
        tokens: its tokens, for BM25.
        name: the name that a one-word question is, dotted as symbols are: `read_csv`, `os.path.join`,
            `Vec.push` for `Vec::push`; or an option with its command, `git-log --author`; else empty.
        libraries: the libraries of the index, spelled as there, that the question is about.
        names: the names of code in it, the one that it is among them.
        places: the files that it names, as tracebacks do.
        is_place: whether it is nothing but a line of a file: `main.go:300`.
        quoted: what it means literally.
        unfinished: what the code in it ends in asking a member of: `numpy` for `return np.`
        at_hand: the modules and classes whose members its code may call next.
        imports: the packages that the file imports which the question comes from.
        asks_commits: whether the messages of commits count for the files that these changed.
        compares_topics: whether the libraries of candidates are compared by what they are about.
        patterns: the regular expressions in it, without `re:`; the other fields are about the rest.
        in_a_row: the tokens whose neighbourhood counts, with stop words, in the order of the question.
        question: its parts, for the encoder.
        coverage: share of its words that the encoder knows, from 0 to 1.
    """

    text: str
    tokens: tuple[str, ...]
    name: str
    libraries: frozenset[str]
    question: Question
    coverage: float = 1.0
    names: tuple[AskedName, ...] = ()
    in_a_row: tuple[str, ...] = ()
    places: tuple[MentionedPlace, ...] = ()
    is_place: bool = False
    quoted: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    unfinished: str = ""
    at_hand: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    asks_commits: bool = True
    compares_topics: bool = True

    def is_name_of(self, symbol: str, aliases: Iterable[str] = ()) -> bool:
        """Return whether it names `symbol` or one of `aliases`.

        It does so in full or by the end: `Vec::push` names `std.vec.Vec.push`.
        """
        if not self.is_name:
            return False
        end = f".{self.name}"
        return any(known == self.name or known.endswith(end) for known in (symbol, *aliases))

    @property
    def is_name(self) -> bool:
        """Return whether it is a name, not a sentence."""
        return bool(self.name)

    @property
    def is_problem(self) -> bool:
        """Return whether it is a long question, which was split into prose and code."""
        return bool(self.question.asking or self.question.code)


def read_query(text: str, libraries: Iterable[str] = (), *, coverage: float = 1.0) -> Query:
    """Analyse `text`, a question to an index that documents `libraries`."""
    text = without_times(text)
    places = mentioned_places(text)
    is_name = len(spaced(text).split()) == 1 and (spaced(text) == text or len(text) <= _MAX_NAME_CHARS)
    is_place = is_name and any(place.line for place in places)
    is_name = is_name and not is_place
    name = as_symbol(text) if is_name else option_of(text)
    tokens = tuple(query_tokens(text))
    parts = split_query(text)
    if parts.prose == text:
        question = Question(text, tokens)
    else:
        prose, asking, code = map(query_tokens, parts)
        question = Question(text, prose, asking, code, parts.prose)
    own = (AskedName(name[:ASKED_NAME_CHARS]),) if name else ()
    names = own if is_name and name else tuple(dict.fromkeys([*own, *_names_in(text, parts.code)]))
    in_a_row = tuple(tokenize(worth_comparing(text, parts.asking)))
    unfinished = unfinished_member(text) if parts.code else ""
    return Query(
        text,
        tokens,
        name,
        libraries_meant(text, libraries),
        question,
        coverage,
        names,
        in_a_row,
        places,
        is_place=is_place,
        quoted=quoted_in(text),
        unfinished=unfinished,
        at_hand=at_hand(text) if parts.code and not unfinished else frozenset(),
    )


def _names_in(text: str, code: str) -> list[AskedName]:
    """Return the names of code in a question; first what is to be written next, or an error lacks.

    Of `module 'networkx' has no attribute 'info'` it is `networkx.info`, which another version may have. A
    name that its code defines is made up by whoever asks; a library may still have one like it.
    """
    made_up = names_defined(code)
    imports = imported_names_in_lines(code)
    names = [
        name
        for one in asked_names(text)
        for name in (
            [AskedName(one.name, is_certain=False)] if one.name in made_up else _of_imports(one, imports)
        )
    ]
    is_last = bool(code) and text.rstrip("`\n ").endswith(code.rstrip("`\n ").rpartition("\n")[2])
    first = [unfinished_call(code)] if is_last else []
    first += [name for name in missing_names(text) if "." in name]
    first += unused_imports(text) if code else ()
    known = list(dict.fromkeys(name for one in first if (name := one[:ASKED_NAME_CHARS])))
    return [*map(AskedName, known), *(one for one in names if one.name not in known)]


def _of_imports(asked: AskedName, imports: Mapping[str, str]) -> list[AskedName]:
    """Return a name with the package that imports lead to; of one that is imported, the full name, too.

    Of `np.mean` the full name is not asked for: what a question calls its author knows already.
    """
    if full := resolve_name(asked.name, imports)[:ASKED_NAME_CHARS]:
        names = (asked.name,) if "." in asked.name else (full, asked.name)
        return [asked._replace(name=name, package=full.partition(".")[0]) for name in dict.fromkeys(names)]
    if any(asked.name == one.rpartition(".")[0] for one in imports.values()):
        return []  # the module in `from shop.carts import Cart`, which is only where `Cart` is found
    first, dot, _ = asked.name.partition(".")
    if dot and any(first == one.partition(".")[0] for one in imports.values()):  # `from first.x import y`
        return [asked._replace(package=first)]
    return [asked]


def libraries_meant(text: str, libraries: Iterable[str]) -> frozenset[str]:
    """Return those of `libraries` that `text` names: as installed, as imported, or by a usual alias.

    A name of several words may be spelled with blanks (`git log`, `scikit learn`), and then its words name no
    other. That of a programming language is meant by no name: "in python" is said
    of code that uses a library, too.
    """
    in_order = [word.lower() for word in _WORD.findall(spaced(text[:_MAX_LIBRARY_CHARS]))]
    libraries = [*libraries]
    joined = _joined(in_order, {plain_name(library) for library in libraries})
    words = {word for word in in_order if not any(word in one.split("-") for one in joined)} | joined
    named = {plain_name(word) for word in words} | {
        plain_name(OTHER_NAMES[word]) for word in words & OTHER_NAMES.keys()
    }
    named.update(name for word in words & _OF_SEVERAL.keys() for name in _OF_SEVERAL[word])
    own = {library: plain_name(library) for library in libraries}
    languages = {library for library, plain in own.items() if plain in LANGUAGES}
    return frozenset(library for library, plain in own.items() if plain in named) - languages


def _joined(words: Sequence[str], libraries: Collection[str]) -> set[str]:
    """Return the libraries whose names are two or three words in a row."""
    return {
        name
        for count in (2, 3)
        for at in range(len(words) - count + 1)
        if (name := "-".join(words[at : at + count])) in libraries
    }


def plain_name(name: str) -> str:
    """Normalise the name of a library: `Scikit_Learn` is `scikit-learn`, and `torch` is `pytorch`."""
    plain = name.lower().replace("_", "-").replace(".", "-")
    return "pytorch" if plain == "torch" else plain
