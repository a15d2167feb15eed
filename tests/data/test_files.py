import hashlib
import tracemalloc
import zipfile

import numpy as np
import pytest

from physdfa.data.files import Archive, digest_of, find_all, find_file, read_bytes, read_uncompressed
from physdfa.errors import DataError

VALUES = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)


def test_the_gzipped_file_is_found_first_then_the_plain_one(save_idx, tmp_path):
    plain, file = save_idx(VALUES, compressed=False)
    assert find_file(tmp_path, file) == plain
    zipped, _ = save_idx(VALUES, compressed=True)
    assert find_file(tmp_path, file) == zipped


def test_a_missing_file_is_not_found(save_idx, tmp_path):
    _, file = save_idx(VALUES, compressed=True)
    assert find_file(tmp_path / "elsewhere", file) is None


def test_a_file_in_the_archive_is_found_where_it_does_not_lie_beside_it(zipped, tmp_path):
    folder, file = zipped.write_archive(tmp_path), zipped.published.files[0]
    member = find_file(folder, file, zipped.published.archive)
    assert isinstance(member, zipfile.Path)
    assert read_bytes(member) == zipped.gzipped[member.name]
    (folder / f"{file.filename}.gz").write_bytes(b"beside")
    assert find_file(folder, file, zipped.published.archive) == folder / f"{file.filename}.gz"


def test_what_the_archive_lacks_is_not_found(zipped, tmp_path):
    folder = zipped.write_archive(tmp_path)
    other = Archive(filename="gzip.zip", folder="elsewhere/", sha256="")
    assert find_file(folder, zipped.published.files[0], other) is None


def test_an_archive_that_is_none_is_refused_with_the_way_out(zipped, tmp_path):
    (zipped.write_archive(tmp_path) / "gzip.zip").write_bytes(b"<html>404</html>")
    with pytest.raises(DataError, match=r"gzip\.zip is not a whole zip archive.*physdfa data fetch zipped"):
        find_all(zipped.published, tmp_path)


def test_damage_within_the_archive_is_refused(zipped, tmp_path):
    """A byte of a stored member is changed: the archive's own sum of the member tells."""
    folder, file = zipped.write_archive(tmp_path), zipped.published.files[0]
    content = bytearray(zipped.archive)
    content[zipped.archive.index(zipped.gzipped[f"{file.filename}.gz"]) + 20] ^= 0xFF
    (folder / "gzip.zip").write_bytes(bytes(content))
    member = find_file(folder, file, zipped.published.archive)
    assert member is not None
    for read in (read_bytes, read_uncompressed):
        with pytest.raises(DataError, match=file.filename):
            read(member)


def test_a_whole_archive_verifies_and_another_does_not(zipped, tmp_path):
    path = zipped.write_archive(tmp_path) / "gzip.zip"
    zipped.published.archive.verify(path)
    path.write_bytes(zipped.archive + b"0")
    with pytest.raises(DataError, match="not the published file: its SHA-256"):
        zipped.published.archive.verify(path)


def test_a_digest_holds_a_megabyte_of_the_file_at_a_time(tmp_path):
    content = bytes(range(256)) * (32 << 12)  # 32 MB
    (tmp_path / "large").write_bytes(content)
    expected = hashlib.md5(content, usedforsecurity=False).hexdigest()
    tracemalloc.start()
    try:
        assert digest_of(tmp_path / "large", "md5") == expected
        assert tracemalloc.get_traced_memory()[1] < 3 << 20
    finally:
        tracemalloc.stop()
