"""Read the API of a library at one version, whatever its language."""

from pathlib import Path

from corpora.api.model import ApiModel
from corpora.npm.api.read import is_npm_location, read_npm_api
from corpora.python.api.read import read_python_api


def read_api(location: str, *, python: str = "", folder: Path | None = None) -> ApiModel:
    """Return the API of a library at one version.

    It is kept in the cache, under a hash of what it was read from. Nothing of the library is run.

    Args:
        location: of a package of Python, `pandas==1.5.3`, which is the installed version if it is that one,
            else a wheel that pip fetches; `pandas`, as it is installed in the environment of the project or
            with this program; the path of a wheel, a source distribution, a package or the folder of a
            project; or `PATH@REVISION`, a commit, branch or tag of the git repository that a folder is in.
            `pkg:` in front is left out. Of a package of npm, `npm:zod==4.1.0`, `npm:zod` as it is installed
            here, or the path of a `.tgz` or of a folder with a package.json.
        python: the environment in which a name is looked for: its folder or its interpreter, which is not
            run.
        folder: where the project is, for its environment; by default the working folder.

    Raises:
        CorpusError: there is no such package, or it cannot be read.
    """
    if is_npm_location(location):
        return read_npm_api(location)
    return read_python_api(location, python=python, folder=folder)
