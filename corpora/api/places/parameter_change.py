"""The record of what happened to a parameter."""

from dataclasses import dataclass

from corpora.api.changes import ChangeKind


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """What happened to a parameter; the fields are those of `corpora.api.changes.ApiChange`."""

    kind: ChangeKind
    parameter: str
    old: str = ""
    new: str = ""
    detail: str = ""
    is_breaking: bool = True
    is_certain: bool = True
