"""The parser of the command line: options on demand, examples in the help, and what a typing error meant."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NoReturn

from rag.cli.rendering.help_examples import help_examples
from rag.cli.terminal import note, show
from rag.version import PACKAGE, installed_version

_SIMILARITY: Final = 0.6
# What other programs call our commands.
_OTHER_WORDS: Final = {
    "rag": {
        "add": "docs add",
        "ask": "generate",
        "build": "index",
        "find": "search",
        "grep": "search",
        "info": "status",
        "list": "docs list",
        "query": "search",
        "remove": "docs remove",
        "rm": "docs remove",
        "sync": "docs sync",
        "update": "index",
    },
    "rag docs": {"delete": "remove", "install": "add", "ls": "list", "rm": "remove", "update": "sync"},
}
_REQUIRED: Final = "the following arguments are required: "  # argparse's own words


class Parser(argparse.ArgumentParser):
    """A parser that adds its own options only when its command is used, by calling `fill`.

    A command whose choices come from heavy modules thus costs the other commands nothing. A parser with
    commands of its own may have a `default_command`, for arguments that do not begin with one of them, unless
    the first of them is spelled like one of its commands and is nothing that `is_default_argument` knows.
    """

    def __init__(
        self, *args: Any, fill: Callable[[argparse.ArgumentParser], None] | None = None, **known: Any
    ) -> None:
        known.setdefault("formatter_class", _HelpFormatter)
        super().__init__(*args, **known)
        self.epilog = help_examples(self.prog)
        self._fill = fill
        self._given: list[str] = []
        self.default_command = ""
        self.is_default_argument: Callable[[str], bool] = bool

    def complete(self) -> None:
        """Add the options that are added when the command is used; once is enough."""
        fill, self._fill = self._fill, None
        if fill:
            fill(self)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as the base class does, with all options added first; unknown arguments are errors here.

        The parser of the command knows which options it could have been.
        """
        self.complete()
        self._given = list(args or ())
        if self.default_command and not self._begins_with_command(self._given):
            args = [self.default_command, *self._given]
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            near = self._near_options(unknown[0])
            hint = f"did you mean {near[0]}?" if near else f"see: {self.prog} --help"
            if not near and any(action.dest == "query" for action in self._actions):
                hint = f"put a question with dashes in quotes, or {hint}"  # rag search git log -n
            self.error(f"unrecognized arguments: {' '.join(unknown)}; {hint}")
        return found, unknown

    def _near_options(self, given: str) -> list[str]:
        """Return the options that `given`, such as `--lnguage=go`, may be meant as."""
        named = given.partition("=")[0]
        options = [option for option in self._option_string_actions if option.startswith("--")]
        return near_names(named, options) if named.startswith("--") and named not in options else []

    def _begins_with_command(self, args: Sequence[str]) -> bool:
        """Return whether the first of `args` is a command, or asks for help; exit if it is one misspelled."""
        if not args or args[0] in {"-h", "--help"}:
            return bool(args)
        for group in self._actions:
            if isinstance(group, argparse._SubParsersAction):
                if args[0] in group.choices:
                    return True
                if near_names(args[0], group.choices) and not self.is_default_argument(args[0]):
                    self._check_value(group, args[0])
        return False

    def error(self, message: str) -> NoReturn:
        """Exit with 2 and one line, without showing a key that an argument may hold.

        What is missing may have been given, and misspelled.
        """
        if message.startswith(_REQUIRED):
            missing = message.removeprefix(_REQUIRED).split(", ")
            meant = (near[0] for given in self._given if (near := self._near_options(given)))
            option = next((name for name in meant if name in missing), "")
            message += f"; did you mean {option}?" if option else ""
        from corpora.redaction.credentials import without_credentials  # only mistakes pay for its patterns

        note(f"{self.prog}: error: {without_credentials(message)}")
        raise SystemExit(2)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        names = [str(choice) for choice in action.choices]
        near = near_names(str(value), names)
        if isinstance(action, argparse._SubParsersAction):
            meant = _OTHER_WORDS.get(self.prog, {}).get(value, "") or next(iter(near), "")
            hint = f"did you mean {self.prog} {meant}?" if meant else f"see: {self.prog} --help"
            self.error(f"unknown command {value!r}; {hint}")
        hint = f"; did you mean {near[0]}?" if near else ""
        raise argparse.ArgumentError(action, f"invalid choice: {value!r}{hint} (one of {', '.join(names)})")


class _HelpFormatter(argparse.HelpFormatter):
    """Wraps everything but examples, which are lines of their own."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return "\n".join(indent + line for line in text.splitlines())
        return super()._fill_text(text, width, indent)


class ShowVersion(argparse.Action):
    """`--version`, which reads the metadata of the package only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **known: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **known)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        """Print the version and exit with 0."""
        show(f"{PACKAGE} {installed_version()}")
        parser.exit()


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that `name` may have been meant as, the likeliest first."""
    from difflib import get_close_matches  # only mistakes pay for it

    known = list(names)
    begun = [other for other in known if len(name) > 2 and other.startswith(name)]
    return list(dict.fromkeys([*begun, *get_close_matches(name, known, n=3, cutoff=_SIMILARITY)]))
