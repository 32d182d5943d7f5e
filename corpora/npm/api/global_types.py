"""The members of classes that every JavaScript program has, which those of packages extend."""

from functools import lru_cache
from typing import Final

from corpora.api.model import ApiObject

_PREFIX: Final = "global."
_OBJECT: Final = (
    "constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf"
)
_MEMBERS: Final = {
    "Object": _OBJECT,
    "Error": "name message stack cause captureStackTrace prepareStackTrace stackTraceLimit isError",
    "Function": "apply call bind prototype length arguments caller name",
    "Promise": "then catch finally all allSettled any race reject resolve withResolvers try",
    "Map": "clear delete forEach get has set size entries keys values groupBy",
    "Set": "add clear delete forEach has size entries keys values union intersection difference "
    "symmetricDifference isSubsetOf isSupersetOf isDisjointFrom",
    "WeakMap": "delete get has set",
    "WeakSet": "add delete has",
    "ReadonlyMap": "forEach get has size entries keys values",
    "ReadonlySet": "forEach has size entries keys values union intersection difference symmetricDifference "
    "isSubsetOf isSupersetOf isDisjointFrom",
    "Array": "at concat copyWithin entries every fill filter find findIndex findLast findLastIndex flat "
    "flatMap forEach includes indexOf join keys lastIndexOf length map pop push reduce reduceRight reverse "
    "shift slice some sort splice toReversed toSorted toSpliced unshift values with from fromAsync "
    "isArray of",
    "PromiseLike": "then",
    "Iterable": "",
    "AsyncIterable": "",
    "Iterator": "next return throw",
    "AsyncIterator": "next return throw",
    "IterableIterator": "next return throw",
    "EventTarget": "addEventListener dispatchEvent removeEventListener",
}
_LIKE: Final = {
    **dict.fromkeys(
        ("TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError"), "Error"
    ),
    "ReadonlyArray": "Array",
}


@lru_cache(maxsize=64)
def global_object(path: str) -> ApiObject | None:
    """Return a class of JavaScript itself, given as `global.Error`; None for any other name."""
    name = path.removeprefix(_PREFIX)
    if name in _LIKE:
        return ApiObject(path, "class", bases=(f"{_PREFIX}{_LIKE[name]}",))
    if name not in _MEMBERS:
        return None
    members = {one: f"{path}.{one}" for one in _MEMBERS[name].split()}
    return ApiObject(path, "class", bases=() if name == "Object" else (f"{_PREFIX}Object",), members=members)
