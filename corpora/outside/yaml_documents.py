"""YAML that somebody else wrote, read without what makes a few lines a bomb."""

from typing import Any, Final

_MAX_DEPTH: Final = 100
_MAX_EVENTS: Final = 2_000_000  # scalars, and beginnings and ends of lists and tables


def parsed_yaml(text: str) -> Any:
    """The content of a YAML text, with all scalars as texts. Raises `ValueError`, with a reason.

    No tag is followed. An alias is the very value that it stands for, and no merge multiplies it. The values
    are made as the parser goes: its own tree of nodes would take ten times as much.
    """
    import yaml  # (heavy: loaded with the first page)

    builder = _Builder()
    try:
        for number, event in enumerate(
            yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        ):
            if number > _MAX_EVENTS:
                raise ValueError(f"YAML with more than {_MAX_EVENTS} parts")
            if isinstance(event, yaml.ScalarEvent):
                builder.add(event.anchor, builder.text(event.value))
            elif isinstance(event, yaml.AliasEvent):
                builder.add_alias(event.anchor)
            elif isinstance(event, yaml.CollectionStartEvent):
                builder.open(event.anchor, {} if isinstance(event, yaml.MappingStartEvent) else [])
            elif isinstance(event, yaml.CollectionEndEvent):
                builder.close()
            elif isinstance(event, yaml.DocumentEndEvent):
                break
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"no YAML: {' '.join(str(error).split())}") from error
    return builder.content


class _Builder:
    """Puts values into the list or table that is open."""

    def __init__(self) -> None:
        self.content: Any = None
        self._open: list[tuple[str | None, Any, list[Any]]] = []  # anchor, value, and a key that waits
        self._anchors: dict[str, Any] = {}
        self._texts: dict[str, str] = {}

    def text(self, value: str) -> str:
        """The same text, once for all places that hold it: keys repeat."""
        return self._texts.setdefault(value, value) if len(value) < 40 else value

    def open(self, anchor: str | None, value: Any) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise ValueError(f"YAML with more than {_MAX_DEPTH} levels")
        self._open.append((anchor, value, []))

    def close(self) -> None:
        anchor, value, _ = self._open.pop()
        self.add(anchor, value)

    def add_alias(self, anchor: str) -> None:
        if anchor not in self._anchors:
            raise ValueError(f"no YAML: an alias of {anchor!r}, which stands for nothing before it")
        self.add(None, self._anchors[anchor])

    def add(self, anchor: str | None, value: Any) -> None:
        if anchor:
            self._anchors[anchor] = value
        if not self._open:
            self.content = value
            return
        _, holder, waiting = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif not waiting:
            if not isinstance(value, str):
                raise ValueError("no YAML of an API: a key that is no text")
            waiting.append(value)
        else:
            holder[waiting.pop()] = value
