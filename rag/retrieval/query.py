"""What a question is, before anything is searched: its tokens, its kind, the libraries that it names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from corpora.syntax.languages import LANGUAGES
from indexers.encoders import Question
from indexers.tokens import query_tokens
from rag.retrieval.query_parts import split_query

# How a library is called where it is imported or talked of, and what it is called where it is installed.
OTHER_NAMES: Final[dict[str, str]] = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dataframe": "pandas",
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
_SEPARATOR = re.compile(r"::|->|\\|(?<=\w)#")  # between the parts of a name, where it is not a dot
_WORD = re.compile(r"[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as ranking takes it.

    `name` is that of a single word, dotted, as symbols are: `read_csv`, `os.path.join`, `Vec.push` for
    `Vec::push`; it is empty for a sentence. `libraries` are those of the index, as spelled there, that the
    question is about; `tokens` are for BM25, `question` is for the encoder, and `coverage` is the share of
    the words that it knows.
    """

    text: str
    tokens: tuple[str, ...]
    name: str
    libraries: frozenset[str]
    question: Question
    coverage: float = 1.0

    def is_name_of(self, symbol: str) -> bool:
        """Whether it is the name, or the end of it, of `symbol`: `Vec::push` that of `std.vec.Vec.push`."""
        return self.is_name and (symbol == self.name or symbol.endswith(f".{self.name}"))

    @property
    def is_name(self) -> bool:
        """Whether it is a name, not a sentence."""
        return bool(self.name)

    @property
    def is_problem(self) -> bool:
        """Whether it is a long one that was taken apart, not a sentence."""
        return bool(self.question.asking or self.question.code)


def read_query(text: str, libraries: Iterable[str] = (), *, coverage: float = 1.0) -> Query:
    """Understand `text`, asked of an index that documents `libraries`."""
    name = _SEPARATOR.sub(".", text.strip()).strip(".()") if len(text.split()) == 1 else ""
    tokens = tuple(query_tokens(text))
    parts = split_query(text)
    question = Question(text, *map(query_tokens, parts)) if parts.prose != text else Question(text, tokens)
    return Query(text, tokens, name, libraries_meant(text, libraries), question, coverage)


def libraries_meant(text: str, libraries: Iterable[str]) -> frozenset[str]:
    """Those of `libraries` that `text` names: as installed, as imported, or by the usual alias.

    Where it names none, those are meant that are the documentation of a language itself.
    """
    words = {word.lower() for word in _WORD.findall(text)}
    named = {_plain(word) for word in words} | {
        _plain(OTHER_NAMES[word]) for word in words & OTHER_NAMES.keys()
    }
    own = {library: _plain(library) for library in libraries}
    languages = {library for library, plain in own.items() if plain in LANGUAGES}
    found = frozenset(library for library, plain in own.items() if plain in named) - languages
    return found or frozenset(languages)


def _plain(name: str) -> str:
    """`Scikit_Learn` and `scikit-learn` are one; `pytorch` is what is imported as `torch`."""
    plain = name.lower().replace("_", "-").replace(".", "-")
    return "pytorch" if plain == "torch" else plain
