"""Several libraries as one model: classes inherit from those of others, and names lead into them."""

from collections.abc import Iterator, Mapping, Sequence

from corpora.api.model import ApiModel, ApiObject


class JoinedObjects(Mapping[str, ApiObject]):
    """The objects of several models by their paths, and by the names under which others import them.

    `werkzeug.wrappers.Response`, which flask inherits from, is `werkzeug.wrappers.response.Response`.
    """

    def __init__(self, models: Sequence[ApiModel]) -> None:
        self._models: dict[str, list[ApiModel]] = {}
        for model in models:
            for top in model.tops:
                self._models.setdefault(top, []).append(model)
        self._all = tuple(models)

    def __getitem__(self, path: str) -> ApiObject:
        """Return the object that a path or a name leads to."""
        for model in self._models.get(path.partition(".")[0], ()):
            if (known := model.objects.get(path)) is not None:
                return known
            found = model.find(path)
            if found is not None and found.object is not None:
                return found.object
        raise KeyError(path)

    def __iter__(self) -> Iterator[str]:
        """Yield the paths of all objects."""
        return iter(dict.fromkeys(path for model in self._all for path in model.objects))

    def __len__(self) -> int:
        """Return the number of objects."""
        return len({path for model in self._all for path in model.objects})


def joined_models(models: Sequence[ApiModel]) -> ApiModel:
    """Return the model of several libraries, each at one version; it is named after the first."""
    first = models[0]
    names = {name: path for model in reversed(models) for name, path in model.names.items()}
    best = {path: name for model in reversed(models) for path, name in model.best.items()}
    tops = tuple(dict.fromkeys(top for model in models for top in model.tops))
    return ApiModel(first.library, first.version, tops, JoinedObjects(models), names, best)
