"""API models in the cache: what is written is read again, and nothing that somebody else has written."""

import json
from copy import copy
from functools import partial
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.api.model import NOTE_KINDS, OBJECT_KINDS, ApiModel, ApiObject, Note
from corpora.api.signature import PARAMETER_KINDS, Parameter, Signature
from corpora.api.store import (
    FORMAT,
    from_bytes,
    kept_model,
    kept_versions,
    known_model,
    model_in,
    to_bytes,
)
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder

names = st.from_regex(r"[a-zé_][a-z0-9é_]{0,8}", fullmatch=True)
paths = st.lists(names, min_size=1, max_size=4).map(".".join)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
parameters = st.builds(Parameter, names, st.sampled_from(PARAMETER_KINDS), st.none() | texts, texts)
signatures = st.lists(
    st.builds(Signature, st.lists(parameters, max_size=4).map(tuple), texts), max_size=3
).map(tuple)
objects = st.builds(
    ApiObject,
    paths,
    st.sampled_from(OBJECT_KINDS),
    signatures=signatures,
    bases=st.lists(paths | st.just(""), max_size=3).map(tuple),
    members=st.dictionaries(names, paths, max_size=5),
    is_open=st.booleans(),
    annotation=texts,
    value=texts,
    deprecated=texts,
    summary=texts,
    notes=st.lists(st.builds(Note, st.sampled_from(NOTE_KINDS), texts, texts, texts), max_size=3).map(tuple),
    sketch=st.lists(st.integers(0, 65535), max_size=16).map(tuple),
    file=texts,
    line=st.integers(0, 10**6),
    labels=st.lists(texts, max_size=3).map(tuple),
    why_open=texts,
    decorators=st.lists(paths, max_size=3).map(tuple),
    written=signatures,
    maybe=st.lists(names, max_size=3).map(tuple),
)


@st.composite
def models(draw: st.DrawFn) -> ApiModel:
    """Return any model."""
    found = {one.path: one for one in draw(st.lists(objects, max_size=6))}
    shown = draw(st.dictionaries(paths, st.sampled_from([*found]) if found else paths, max_size=5))
    best = {path: name for name, path in reversed(shown.items())}
    tops = tuple(sorted({path.partition(".")[0] for path in found}))
    return ApiModel(draw(names), draw(texts), tops, found, shown, best)


def small_model() -> ApiModel:
    """Return a model of two objects."""
    found = [
        ApiObject("shop", "module", members={"run": "shop.run"}),
        ApiObject("shop.run", "function", (Signature((Parameter("a", "keyword only", "1"),)),)),
    ]
    return ApiModel(
        "shop",
        "1",
        ("shop",),
        {one.path: one for one in found},
        {"shop.run": "shop.run"},
        {"shop.run": "shop.run"},
    )


def with_digest(rest: bytes) -> bytes:
    """Return a file whose hash is right, whatever it holds."""
    digest = blake2b(rest, digest_size=16).hexdigest()
    return f"docprompting api {FORMAT} {digest}\n".encode() + rest


@settings(max_examples=25, deadline=None)
@given(models())
def test_what_is_written_is_read_again(model: ApiModel) -> None:
    read = from_bytes(to_bytes(model))
    assert (read.library, read.version, read.tops) == (model.library, model.version, model.tops)
    assert dict(read.objects) == dict(model.objects)
    assert (read.names, read.best) == (model.names, model.best)
    assert [*read.objects] == [*model.objects] and len(read.objects) == len(model.objects)


def test_a_package_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    assert known_model("key") is None
    assert kept_model("key", small_model) == small_model()

    def fails() -> ApiModel:
        raise AssertionError("it is in the cache")

    assert dict(kept_model("key", fails).objects) == dict(small_model().objects)
    assert known_model("other") is None


def test_only_the_newest_models_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    for number in range(205):
        kept_model(f"{number}", small_model)
    assert len([*cache_folder("api").iterdir()]) == 200
    assert known_model("204") is not None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.binary(min_size=1, max_size=3))
def test_a_file_that_was_altered_is_not_read(place: int, put: bytes) -> None:
    data = to_bytes(small_model())
    start = place % len(data)
    altered = data[:start] + put + data[start + len(put) :]
    if altered != data:
        with pytest.raises(ValueError, match=r"no model|altered"):
            from_bytes(altered)


def test_a_file_that_is_cut_short_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    kept_model("key", small_model)
    (file,) = cache_folder("api").iterdir()
    for data in (file.read_bytes()[:-5], b"", b"\n", b"docprompting api 0 x\n", b"\0" * 100):
        file.write_bytes(data)
        assert known_model("key") is None
    file.unlink()
    file.mkdir()
    assert known_model("key") is None


def header(objects: object = 0, sizes: str = "[0,0,0,0,0,0]", version: str = '""') -> bytes:
    """Return the line of JSON before the parts of a file."""
    text = f'{{"library":"a","version":{version},"tops":[],"objects":{objects},"sizes":{sizes}}}'
    return text.encode() + b"\n"


HOSTILE = {
    "no header": b"",
    "no JSON": b"{\n",
    "deeply nested": b"[" * 100_000 + b"\n",
    "a list": b"[]\n",
    "sizes that are negative": header(sizes="[-1,0,0,0,0,0]"),
    "sizes beyond the end": header(1, "[99,4,0,0,0,0]"),
    "too few sizes": header(sizes="[]"),
    "a size that is a text": header(sizes='["1",0,0,0,0,0]'),
    "a version that is a number": header(version="1"),
    "half a number": header(sizes="[0,3,0,0,0,0]") + b"abc",
    "a name of nothing": header(sizes="[0,0,1,4,0,0]") + b"x\x09\0\0\0",
    "records without paths": header(1, "[0,4,0,0,0,0]") + b"\x02\0\0\0[]",
    "bytes that are no text": header(sizes="[1,0,0,0,0,0]") + b"\xff",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_somebody_else_wrote_is_not_read(case: str) -> None:
    with pytest.raises(ValueError):
        from_bytes(with_digest(HOSTILE[case]))


RECORDS = {
    "no list": "{}",
    "too short": "[1]",
    "another kind": 9,
    "a negative kind": -1,
    "members that are no texts": {"a": 1},
}


@pytest.mark.parametrize("case", RECORDS)
def test_a_record_that_somebody_else_wrote_is_an_error_that_names_the_file(case: str) -> None:
    data = to_bytes(small_model()).partition(b"\n")[2]
    header, _, rest = data.partition(b"\n")
    known = json.loads(header)
    start = sum(known["sizes"])
    length = int.from_bytes(rest[len("shop\nshop.run") :][:4], "little")
    record = json.loads(rest[start : start + length])
    value = RECORDS[case]
    if isinstance(value, str):
        new = value.encode()
    else:
        record[3 if isinstance(value, dict) else 0] = value
        new = json.dumps(record, separators=(",", ":")).encode()
    new = new.ljust(length)
    known["sizes"][1] = 8
    lengths = len(new).to_bytes(4, "little") + rest[len("shop\nshop.run") + 4 :][:4]
    place = len("shop\nshop.run")
    altered = rest[:place] + lengths + rest[place + 8 : start] + new + rest[start + length :]
    model = from_bytes(with_digest(json.dumps(known).encode() + b"\n" + altered), "/cache/x.api")
    with pytest.raises(CorpusError, match="damaged") as caught:
        _ = model.objects["shop"]
    assert "/cache/x.api" in caught.value.fix


def test_the_versions_of_a_library_that_are_kept_are_found_without_reading_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    for library, version in (("shop", "1.0"), ("shop", "2.0"), ("stock", "1.0")):
        model = ApiModel(library, version, (library,), {}, {}, {})
        kept_model(f"{library} {version}", partial(copy, model))
    (cache_folder("api") / "broken.api").write_bytes(b"docprompting api 2 0\n[1, 2]\n")
    kept = kept_versions("shop")
    assert sorted(kept) == ["1.0", "2.0"]
    found = model_in(kept["1.0"])
    assert found is not None and (found.library, found.version) == ("shop", "1.0")
    kept["2.0"].write_bytes(b"")
    assert model_in(kept["2.0"]) is None and sorted(kept_versions("shop")) == ["1.0"]
