"""The records of how the objects of an API are called."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

ParameterKind = Literal[
    "positional only",
    "positional or keyword",
    "variadic positional",
    "keyword only",
    "variadic keyword",
]

PARAMETER_KINDS: Final[tuple[ParameterKind, ...]] = get_args(ParameterKind)
MAX_DEFAULT_CHARS: Final = 200

_STARS: Final = {"variadic positional": "*", "variadic keyword": "**"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a call.

    Attributes:
        name: without stars.
        kind: how an argument for it is given.
        default: as it is written, cut at `MAX_DEFAULT_CHARS`; None if the parameter has none; empty if it may
            be left out, and nothing says what it is then (`b?: string`).
        annotation: as it is written; empty if there is none.
    """

    name: str
    kind: ParameterKind
    default: str | None = None
    annotation: str = ""

    @property
    def is_required(self) -> bool:
        """Return whether a call without an argument for it fails."""
        return self.default is None and self.kind not in _STARS

    def __str__(self) -> str:
        """Return it as it is written in a declaration."""
        annotation = f": {self.annotation}" if self.annotation else ""
        equals = " = " if annotation else "="
        default = f"{equals}{self.default}" if self.default is not None else ""
        return f"{_STARS.get(self.kind, '')}{self.name}{annotation}{default}"

    def in_place(self) -> str:
        """Return it as it is written where its name does not count: `b?: string`, `...rest: string[]`."""
        dots = "..." if self.kind == "variadic positional" else ""
        optional = "?" if self.default is not None else ""
        return f"{dots}{self.name}{optional}{f': {self.annotation}' if self.annotation else ''}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call an object, as users call it: the `self` of a method and the `cls` are left out.

    Attributes:
        parameters: in their order.
        returns: the type of the result, as it is written; empty if it is not.
        by_position: whether the language has no arguments by name (TypeScript), so that the names of
            parameters are no part of the API.
    """

    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    by_position: bool = False

    def __str__(self) -> str:
        """Return it as it is written in a declaration, without the name: `(a, /, *, b=1) -> int`."""
        if self.by_position:
            result = f": {self.returns}" if self.returns else ""
            return f"({', '.join(one.in_place() for one in self.parameters)}){result}"
        shown: list[str] = []
        before: ParameterKind | None = None
        has_star = False
        for parameter in self.parameters:
            if before == "positional only" != parameter.kind:
                shown.append("/")
            if parameter.kind == "keyword only" and not has_star:
                shown.append("*")
            has_star |= parameter.kind in {"keyword only", "variadic positional"}
            shown.append(str(parameter))
            before = parameter.kind
        if before == "positional only":
            shown.append("/")
        returns = f" -> {self.returns}" if self.returns else ""
        return f"({', '.join(shown)}){returns}"


CallWay = Literal["path", "self", "super", "held", "object"]

CALL_WAYS: Final[tuple[CallWay, ...]] = get_args(CallWay)
_SHOWN: Final[dict[CallWay, str]] = {
    "path": "", "self": "self.", "super": "super().", "held": "self.", "object": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A call that gets the keywords, as in `plot(x, color="red", **kwargs)`.

    Attributes:
        way: whether `name` is a dotted path, or a method of the object itself (`self.draw(**kwargs)`), or of
            what comes after its class (`super().__init__(**kwargs)`).
        name: what is called. A class, `cls(**kwargs)` as `__init__`, stands for its constructor.
        given: the keywords that the call has beside them, which users cannot give a second time.
        places: how many arguments it has by position.
    """

    way: CallWay
    name: str
    given: tuple[str, ...] = ()
    places: int = 0

    @property
    def shown(self) -> str:
        """Return what is called, as a program would write it."""
        return f"{_SHOWN[self.way]}{self.name}"


@dataclass(frozen=True, slots=True)
class KeywordUse:
    """What a function does with its keywords, where its body shows all of it.

    Attributes:
        taken: the names that it reads itself: `kwargs.pop("x")`, `"x" in kwargs`.
        calls: that get the rest. Without any, the function raises for what it has not taken.
    """

    taken: tuple[str, ...] = ()
    calls: tuple[PassedOn, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnedCall:
    """What a function returns, or an attribute holds: the result of a call, as in `return Pot(3)`.

    Attributes:
        way: see `PassedOn`; "held" is an attribute of the object itself, `return self.pot`, and "object" an
            object of a class that the docstring names, which counts where the others do not tell.
        name: what is called, held or named; with "self", empty for the object itself, `return self`.
    """

    way: CallWay
    name: str
