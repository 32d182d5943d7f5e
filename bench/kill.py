"""Kill `rag index` at random instants, and check what is left.

    python -m bench.kill [--kills 200] [--files 300] [--seed 0] [--engine embedded]

Kinds of run, in turn: a first build and an update, each as usual and with a commit after every few files in
worker processes (`bench.checkpoint_often`), a rebuild, a repair. Half of the kills take the whole process
group, the others only the main process, as the kernel does when memory runs out.

After each kill: none of its processes is alive; the index opens and is sound; each file is in it either as it
was before the run or as it is now, and without checkpoints all files are in the same state; searches find
exactly what the catalog holds; the next run ends with the answers of an index that was built in one go.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import NamedTuple

from bench.arguments import argument_parser
from corpora.errors import IndexNotFound
from indexers.encoders import Question
from indexers.index import Index
from indexers.layout import Layout
from indexers.search.lexical_query import word_query
from indexers.tokens import tokenize
from indexers.verify import verify

REPOSITORY = Path(__file__).parents[1]
EVERYWHERE = "payload"  # a word in every file: a search for it finds every chunk
QUERIES = (EVERYWHERE, "parse the amber payload", "store copper and slate", "granite")
WORDS = ("amber", "basalt", "copper", "dune", "ember", "flint", "granite", "harbor", "kelp", "slate")
ORPHAN_SECONDS = 10.0

# The chunks of each file, and what each query finds: by words as a set, since BM25 counts deleted chunks
# until their segment is merged; by meaning in order, with scores.
Contents = dict[str, frozenset[str]]
Found = tuple[frozenset[str], tuple[tuple[str, float], ...]]


class Kind(NamedTuple):
    """A way to run `rag index`: whether there is an index already, and whether the tree has changed since."""

    module: str = "rag.cli.main"
    options: tuple[str, ...] = ()
    has_index: bool = True
    has_changes: bool = True

    @property
    def checkpoints(self) -> bool:
        """Return whether the run commits on the way."""
        return self.module != "rag.cli.main"


KINDS = {
    "build": Kind(has_index=False, has_changes=False),
    "build, checkpoints": Kind("bench.checkpoint_often", has_index=False, has_changes=False),
    "update": Kind(),
    "update, checkpoints": Kind("bench.checkpoint_often"),
    "rebuild": Kind(options=("--rebuild",)),
    "repair": Kind(options=("--repair",), has_changes=False),
}


class State(NamedTuple):
    """What an index holds and answers."""

    contents: Contents
    found: tuple[Found, ...]


class Scene(NamedTuple):
    """A tree before and after its changes, an index of the first, and the right state for each.

    `spans` holds the seconds after which a kind of run begins to write and after which it ends, for those of
    `KINDS` that have been killed. `engine` is that of all indexes.
    """

    folder: Path
    states: tuple[State, State, State]
    spans: dict[str, tuple[float, float]]
    engine: str = ""


def write_trees(folder: Path, files: int, random: Random) -> None:
    """Write the trees `before` and `after`, which differ by edits, deletions, renames and new files."""
    before = {f"part{n % 7}/module{n}.py": _module(n, random) for n in range(files)}
    after = {}
    for number, (name, text) in enumerate(before.items()):
        action = number % 10
        if action == 0:
            after[name] = _module(number, random)
        elif action == 1:
            after[f"moved/{Path(name).name}"] = text
        elif action != 2:
            after[name] = text
    after |= {f"new/module{n}.py": _module(n, random) for n in range(files, files + files // 10)}
    for tree, texts in (("before", before), ("after", after)):
        for name, text in texts.items():
            path = folder / tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _module(number: int, random: Random) -> str:
    functions = []
    for part in range(random.randint(1, 4)):
        lines = "".join(f"    {random.choice(WORDS)} = {random.choice(WORDS)}({n})\n" for n in range(40))
        functions.append(f"def {random.choice(WORDS)}_{number}_{part}({EVERYWHERE}):\n{lines}")
    return "\n\n".join(functions)


def show(folder: Path, tree: str) -> None:
    """Put the files of `tree` into `folder`/app; files that stay the same keep their times."""
    app, source = folder / "app", folder / tree
    for path in list(app.rglob("*.py")):
        if not (source / path.relative_to(app)).exists():
            path.unlink()
    for path in source.rglob("*.py"):
        target = app / path.relative_to(source)
        if not target.exists() or target.read_bytes() != path.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


def state_of(path: Path) -> State:
    """Return what the index at `path` holds and answers; empty if there is no index or no commit yet."""
    try:
        index = Index.open(path)
    except IndexNotFound:
        return State({}, ())
    with index:
        if index.status().generation == 0:
            return State({}, ())
        chunks = index.chunks(index.catalog.chunk_ids().tolist())
        contents: dict[str, set[str]] = {}
        names = {}
        for chunk_id, chunk in chunks.items():
            contents.setdefault(chunk.origin.path, set()).add(chunk.text)
            names[chunk_id] = chunk.location
        found = tuple(_search(index, query, names) for query in QUERIES)
        return State({name: frozenset(texts) for name, texts in contents.items()}, found)


def _search(index: Index, query: str, names: Mapping[int, str]) -> Found:
    """Return everything that is found.

    Raises:
        KeyError: the catalog does not know a hit.
    """
    tokens = tokenize(query)
    vector = index.encoder.encode_query(Question(query, tokens))
    lexical = index.lexical.search(word_query(tokens), len(names) + 100)
    dense = index.dense.search(vector, len(names) + 100)
    by_meaning = sorted((-round(hit.score, 5), names[hit.chunk_id]) for hit in dense)
    return frozenset(names[hit.chunk_id] for hit in lexical), tuple(
        (name, -score) for score, name in by_meaning
    )


def problems(path: Path, scene: Scene, kind: Kind) -> tuple[str, list[str]]:
    """Return the state of the index, as a word for the table, and all that is wrong with it."""
    state = state_of(path)
    before, after = scene.states[kind.has_index], scene.states[1 + kind.has_changes]
    wrong = _unsound(path, state)
    if state == after:
        return "as after", wrong
    if state == before:
        return "as before", wrong
    if not kind.checkpoints:
        wrong.append("neither as before nor as after")
    for name, texts in state.contents.items():
        if texts not in (before.contents.get(name), after.contents.get(name)):
            wrong.append(f"{name} is neither as before nor as after")
    return "between", wrong


def _unsound(path: Path, state: State) -> list[str]:
    if not state.contents:
        return []
    with Index.open(path) as index:
        wrong = verify(index)
        chunks = index.chunks(index.catalog.chunk_ids().tolist()).values()
    wrong += [f"{chunk.location} has no text" for chunk in chunks if not chunk.text]
    everything = {chunk.location for chunk in chunks}
    by_words, by_meaning = state.found[QUERIES.index(EVERYWHERE)]
    if by_words != everything:
        wrong.append(f"{len(by_words ^ everything)} chunks differ in the lexical part")
    if {name for name, _ in by_meaning} != everything or len(by_meaning) != len(everything):
        wrong.append("the dense part holds other chunks than the catalog")
    return wrong


def start(kind: Kind, folder: Path, index: Path, engine: str = "") -> subprocess.Popen[bytes]:
    """Start `rag index` in its own process group."""
    command = [sys.executable, "-m", kind.module, "index", "--json", "--index", str(index), *kind.options]
    command += [] if "--repair" in kind.options else [str(folder / "app"), "--engine", engine]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=quiet, stderr=quiet, start_new_session=True)


def alive_in_session(session: int) -> list[int]:
    """Return the processes of a session that still run, from /proc."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            # "PID (NAME) STATE PARENT GROUP SESSION ...", where NAME may hold blanks and parentheses
            status = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(status[3]) == session and status[0] not in "ZX":
            found.append(int(folder.name))
    return found


def kill(process: subprocess.Popen[bytes], *, whole_group: bool) -> list[str]:
    """Kill a run by SIGKILL; return what is wrong if processes survive it."""
    if whole_group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    return orphans_of(process)


def orphans_of(process: subprocess.Popen[bytes]) -> list[str]:
    """Return what is wrong if processes outlive the one that ended; after a moment, they are killed."""
    end = monotonic() + ORPHAN_SECONDS
    while (orphans := alive_in_session(process.pid)) and monotonic() < end:
        sleep(0.05)
    for orphan in orphans:
        os.kill(orphan, signal.SIGKILL)
    return [f"{len(orphans)} processes outlived the kill"] if orphans else []


def make_scene(folder: Path, files: int, random: Random, engine: str = "") -> Scene:
    """Write the trees and build the right indexes."""
    write_trees(folder, files, random)
    show(folder, "after")
    Index.build(folder / "right_after", [folder / "app"], engine=engine).close()
    show(folder, "before")
    Index.build(folder / "right_before", [folder / "app"], engine=engine).close()
    states = (State({}, ()), state_of(folder / "right_before"), state_of(folder / "right_after"))
    return Scene(folder, states, {}, engine)


def _span(kind: Kind, folder: Path, engine: str) -> tuple[float, float]:
    index = prepare(folder, kind)
    begun = monotonic()
    process = start(kind, folder, index, engine)
    while not Layout(index).lock.exists() and process.poll() is None:
        sleep(0.005)
    writes = monotonic() - begun
    if process.wait():
        sys.exit(f"{kind} failed")
    return writes, monotonic() - begun


def prepare(folder: Path, kind: Kind) -> Path:
    """Set up the tree and the index for the start of such a run; return the folder of the index."""
    index = folder / "index"
    for left in (index, folder / "index.old", folder / "index.new"):
        shutil.rmtree(left, ignore_errors=True)
    show(folder, "before")
    if kind.has_index:
        shutil.copytree(folder / "right_before", index, ignore=shutil.ignore_patterns("writer.lock"))
    if kind.has_changes:
        show(folder, "after")
    return index


def one_kill(scene: Scene, number: int, random: Random) -> tuple[str, str, list[str]]:
    """Kill once; return the kind of run, the state that was left, and all that was wrong."""
    name = list(KINDS)[number % len(KINDS)]
    kind = KINDS[name]
    if name not in scene.spans:
        scene.spans[name] = _span(kind, scene.folder, scene.engine)
    writes, ends = scene.spans[name]
    index = prepare(scene.folder, kind)
    process = start(kind, scene.folder, index, scene.engine)
    sleep(random.uniform(0.8 * writes, ends))
    wrong = kill(process, whole_group=bool(number // len(KINDS) % 2))
    left, unsound = problems(index, scene, kind)
    Index.build(index, [scene.folder / "app"], engine=scene.engine).close()
    if state_of(index) != scene.states[1 + kind.has_changes]:
        unsound.append("the next run did not end as one built in one go")
    return name, left, wrong + unsound


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--kills", type=int, default=200, help="number of kills")
    parser.add_argument("--files", type=int, default=300, help="number of files in the tree")
    parser.add_argument("--seed", type=int, default=0, help="of files and instants")
    parser.add_argument("--engine", default="", help="of all indexes; default: embedded")
    options = parser.parse_args()
    random = Random(options.seed)
    states: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        scene = make_scene(Path(folder), options.files, random, options.engine)
        for number in range(options.kills):
            kind, left, wrong = one_kill(scene, number, random)
            states.setdefault(kind, Counter()).update([left, *(["wrong"] if wrong else [])])
            for problem in wrong:
                print(f"kill {number} ({kind}, {left}): {problem}", flush=True)
    columns = ("as before", "between", "as after", "wrong")
    print("| killed | kills | " + " | ".join(columns) + " |\n|---|---|" + "---|" * len(columns))
    for kind, counts in sorted(states.items()):
        kills = counts.total() - counts["wrong"]
        print(f"| {kind} | {kills} | " + " | ".join(str(counts[column]) for column in columns) + " |")


if __name__ == "__main__":
    main()
