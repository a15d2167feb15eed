"""Files of a stranger: none is read that is larger than it can need to be, or that never ends."""

import os
import zipfile
from pathlib import Path

import pytest

from physdfa.bounded import archive_of, is_packed, read_bounded, read_packed


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


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "mine.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner/a.csv", b"12345")
    return path


def test_a_path_leads_into_an_archive(archive):
    assert archive_of(archive / "inner" / "a.csv") == (archive, "inner/a.csv")
    assert read_packed(archive / "inner" / "a.csv", 5) == b"12345"
    assert is_packed(archive / "inner" / "a.csv")
    assert archive_of(archive) is None


def test_a_folder_that_is_called_as_an_archive_is_a_folder(tmp_path):
    (tmp_path / "mine.zip").mkdir()
    (tmp_path / "mine.zip" / "a.csv").write_bytes(b"123")
    assert read_packed(tmp_path / "mine.zip" / "a.csv") == b"123"
    assert not is_packed(tmp_path / "mine.zip" / "a.csv")


def test_of_an_archive_no_more_is_unpacked_than_the_limit(archive):
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(1 << 20))
    with pytest.raises(OSError, match="more than the 100 bytes"):
        read_packed(archive / "zeros", 100)


def test_what_is_not_in_an_archive_and_an_archive_that_is_none_are_refused(archive):
    with pytest.raises(FileNotFoundError):
        read_packed(archive / "b.csv")
    archive.write_bytes(b"no archive")
    with pytest.raises(OSError, match="its zip archive is damaged"):
        read_packed(archive / "inner" / "a.csv")
    assert not is_packed(archive / "inner" / "a.csv")
