"""What `rag docs sync` prints of few and of many packages."""

from corpora.dependencies.lock_file import Pinned
from rag.docs import Synced, SyncReport
from rag.rendering.documentation import synced


def printed(count: int) -> list[str]:
    packages = tuple(Synced(Pinned(f"part{n:03}", "1.0"), "added", units=n) for n in range(count))
    return synced(SyncReport(packages, (), ()), json=False).splitlines()


def test_each_of_a_few_packages_is_named() -> None:
    lines = printed(20)
    assert lines[0].startswith("20 packages: 20 added")
    assert lines[1:3] == ["  part000 1.0: 0 units", "  part001 1.0: 1 unit"]
    assert len(lines) == 21


def test_of_many_packages_the_largest_are_named_and_the_others_counted() -> None:
    lines = printed(640)
    assert lines[1] == "  part620 1.0: 620 units"
    assert lines[-1] == "  and 620 more  (rag docs list has all)"
    assert len(lines) == 22


def test_a_reason_is_shown_where_there_is_one() -> None:
    report = SyncReport((), ("scipy>=1: no exact version", "'1; x' is not an exact version of a"), ())
    assert synced(report, json=False).splitlines()[1:] == [
        "left out: scipy>=1: no exact version",
        "left out: '1; x' is not an exact version of a",
    ]
