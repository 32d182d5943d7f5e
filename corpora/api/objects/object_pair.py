"""An object in two versions of a library, as it is compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corpora.api.changes import ApiChange, ChangeKind
from corpora.api.model import ApiModel, ApiObject


@dataclass(frozen=True, slots=True)
class ObjectPair:
    """An object in two versions.

    Attributes:
        name: its public name.
        before, after: the object in the older and in the newer version.
        old, new: these versions.
        now_at: for paths of the older version where the same object is in the newer one.
    """

    name: str
    before: ApiObject
    after: ApiObject
    old: ApiModel
    new: ApiModel
    now_at: Mapping[str, str]

    def change(self, kind: ChangeKind, **fields: Any) -> ApiChange:
        """Return a change of the object; `fields` are those of `ApiChange`."""
        before = self.before
        return ApiChange(
            kind, self.name, before.path, before.kind, file=before.file, line=before.line, **fields
        )
