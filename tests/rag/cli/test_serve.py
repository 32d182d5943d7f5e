"""`rag serve` answers until it is interrupted, and keeps indexes fresh meanwhile."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.cli.main import main

Captured = pytest.CaptureFixture[str]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(found: Callable[[], Any]) -> Any:
    """Return what `found` returns once that is something."""
    for _ in range(300):
        try:
            if value := found():
                return value
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError("it never came")


def interrupted_after(call: Callable[[], None]) -> threading.Thread:
    """Interrupt this process once `call` has returned in a thread; what it raises is kept there."""

    def run() -> None:
        try:
            call()
        except BaseException as error:
            failures.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    failures: list[BaseException] = []
    thread = threading.Thread(target=run)
    thread.failures = failures  # type: ignore[attr-defined]
    thread.start()
    return thread


@pytest.mark.slow(6)
def test_a_project_is_indexed_served_and_kept_fresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAG_TOKEN", raising=False)
    (tmp_path / "dates.py").write_text("def parse_date(text):\n    return text\n")
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    def search(query: str) -> list[str]:
        body = {"project": tmp_path.name, "query": query}
        answer = httpx.post(f"{address}/api/search", json=body, timeout=10)
        return [hit["symbol"] for hit in answer.json().get("hits", [])]

    def use() -> None:
        assert until(lambda: search("parse_date")) == ["parse_date"]
        (tmp_path / "times.py").write_text("def parse_time(text):\n    return text\n")
        assert until(lambda: "parse_time" in search("parse_time"))

    user = interrupted_after(use)
    assert main(["serve", "--port", str(port), "--allow-index"]) == 0
    user.join()
    assert not user.failures  # type: ignore[attr-defined]
    assert f"serving at {address}/" in capsys.readouterr().err


def test_a_service_that_others_could_reach_wants_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAG_TOKEN", raising=False)
    assert main(["serve", "--host", "0.0.0.0"]) == 1
    assert "without a token" in capsys.readouterr().err
    monkeypatch.setenv("RAG_TOKEN", "short")
    assert main(["serve"]) == 1
    assert "too short" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [["nowhere"], ["--backend", "localhost:8080"], ["a=.", "a=.."], ["--gate", "2"]]
)
def test_what_cannot_be_served_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, wrong: list[str]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    try:
        code = main(["serve", "--no-watch", *wrong])
    except SystemExit as error:  # of the parser
        code = int(error.code or 0)
    assert code in (1, 2)
    assert "error" in capsys.readouterr().err
