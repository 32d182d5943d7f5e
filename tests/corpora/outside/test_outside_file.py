"""Files from outside are opened without blocking: only regular files, within bounds, inside their root."""

import os
import socket
from pathlib import Path

import pytest

from corpora.outside.files import OutsideFileError, open_outside, read_outside


def test_a_regular_file_is_read_completely(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_outside(tmp_path / "a", max_bytes=5) == b"12345"


def test_a_file_above_the_bound_is_refused_without_reading_the_rest(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(60 << 30)
    with pytest.raises(OutsideFileError, match="more than 100 bytes"):
        read_outside(tmp_path / "sparse", max_bytes=100)


def test_a_pipe_a_socket_a_device_and_a_folder_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in (tmp_path / "pipe", tmp_path / "socket", tmp_path / "folder", Path("/dev/zero")):
            with pytest.raises(OutsideFileError, match="not a regular file"):
                open_outside(name)


def test_a_link_is_followed_only_where_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text")
    (tmp_path / "link").symlink_to("a")
    assert read_outside(tmp_path / "link", max_bytes=9) == b"text"
    with pytest.raises(OSError, match="regular file"):
        read_outside(tmp_path / "link", max_bytes=9, follow_links=False)


def test_a_link_out_of_the_root_is_refused_and_one_within_is_not(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (root / "a").write_bytes(b"inside")
    (tmp_path / "secret").write_bytes(b"outside")
    (root / "deep" / "in").symlink_to("../a")
    (root / "out").symlink_to("../secret")
    (root / "folder").symlink_to("..")
    assert read_outside(root / "deep" / "in", max_bytes=9, root=root) == b"inside"
    for name in ("out", "folder/secret", "../secret"):
        with pytest.raises(OutsideFileError, match="outside of its folder"):
            read_outside(root / name, max_bytes=9, root=root)


def test_a_missing_file_is_an_ordinary_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_outside(tmp_path / "nothing")
