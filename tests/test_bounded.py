"""Files of a stranger: none is read that is larger than it can need to be, or that never ends."""

import os
from pathlib import Path

import pytest

from physdfa.bounded import read_bounded


def test_a_file_of_the_largest_size_is_read_whole(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bounded(tmp_path / "a", 5) == b"12345"


def test_a_larger_file_is_refused_unread(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        file.truncate(1 << 42)  # four terabytes of holes, which takes no room on the disk
    with pytest.raises(OSError, match="more than the 5 bytes"):
        read_bounded(tmp_path / "a", 5)
    with pytest.raises(OSError, match="more than the"):
        read_bounded(tmp_path / "a")


def test_a_device_that_never_ends_is_read_no_further_than_the_limit():
    with pytest.raises(OSError, match="more than the 5 bytes"):
        read_bounded(Path("/dev/zero"), 5)


def test_a_pipe_is_refused_where_a_file_must_be(tmp_path):
    os.mkfifo(tmp_path / "a")
    with pytest.raises(OSError, match="no ordinary file"):
        read_bounded(tmp_path / "a", 5, ordinary=True)
