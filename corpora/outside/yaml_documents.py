"""Parse YAML that somebody else wrote, without the features that turn a few lines into gigabytes."""

from typing import Any, Final

_MAX_DEPTH: Final = 100
_MAX_EVENTS: Final = 2_000_000  # scalars, and starts and ends of lists and mappings


def parsed_yaml(text: str) -> Any:
    """Parse a YAML text; all scalars stay texts (`"2"`, `"true"`).

    Tags are ignored. An alias is the same object as its anchor, not a copy. A merge key (`<<: *base`) adds
    the entries of other mappings to its own, which take precedence, then those of the first that is named.
    Values are built from the parser's events, as its own tree of nodes would take ten times the memory.

    Raises:
        ValueError: with the reason: it is no YAML, it is nested too deeply, or has too many values.
    """
    import yaml  # heavy: loaded with the first page

    builder = _Builder()
    try:
        for number, event in enumerate(
            yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        ):
            if number > _MAX_EVENTS:
                raise ValueError(f"YAML with more than {_MAX_EVENTS} values")
            if isinstance(event, yaml.ScalarEvent):
                is_merge = event.value == "<<" and event.implicit[0]  # not in quotes
                builder.add(event.anchor, _MERGE if is_merge else builder.text(event.value))
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


class _MergeKey(str):
    """The key `<<` without quotes, which merges other mappings into its own."""


_MERGE: Final = _MergeKey("<<")


class _Sources(list[Any]):
    """What the merge keys of one mapping name, in order."""


class _Builder:
    """Builds lists and mappings from the parser's events; the innermost open one takes the next value."""

    def __init__(self) -> None:
        self.content: Any = None
        # The anchor, the list or mapping itself, and a list with the key that waits for its value, if any.
        self._open: list[tuple[str | None, Any, list[Any]]] = []
        self._anchors: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._merged = 0

    def text(self, value: str) -> str:
        """Return one shared object for equal short texts: keys repeat thousands of times."""
        return self._texts.setdefault(value, value) if len(value) < 40 else value

    def open(self, anchor: str | None, value: Any) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise ValueError(f"YAML with more than {_MAX_DEPTH} levels")
        self._open.append((anchor, value, []))

    def close(self) -> None:
        anchor, value, _ = self._open.pop()
        if isinstance(value, dict) and "<<" in value:
            self._merge(value)
        self.add(anchor, value)

    def _merge(self, holder: dict[str, Any]) -> None:
        """Replace the merge key of a mapping by the entries it stands for, which are shared, not copied."""
        sources = holder["<<"]
        if not isinstance(sources, _Sources):  # the key is in quotes
            return
        del holder["<<"]
        own = dict(holder)
        holder.clear()
        for source in sources:
            if not isinstance(source, dict):
                own.setdefault("<<", source)
                continue
            self._merged += len(source)
            if self._merged > _MAX_EVENTS:
                raise ValueError(f"YAML whose merge keys add more than {_MAX_EVENTS} values")
            for key, value in source.items():
                holder.setdefault(key, value)
        holder.update(own)

    def add_alias(self, anchor: str) -> None:
        if anchor not in self._anchors:
            raise ValueError(f"no YAML: the alias {anchor!r} is used before it is defined")
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
                raise ValueError("YAML with a key that is not a text")
            waiting.append(value)
        elif (key := waiting.pop()) is _MERGE:
            holder.setdefault("<<", _Sources()).extend(value if isinstance(value, list) else [value])
        else:
            holder[key] = value
