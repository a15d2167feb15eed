import gzip
from dataclasses import replace

import numpy as np
import pytest

from physdfa.data.idx import read_idx
from physdfa.errors import DataError

VALUES = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)


def rewrite(path, change):
    """Apply `change` to the uncompressed bytes of the file at `path`."""
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()))))
    else:
        path.write_bytes(change(path.read_bytes()))


@pytest.fixture(params=[True, False], ids=["gzip", "plain"])
def saved(request, save_idx):
    return save_idx(VALUES, compressed=request.param)


def test_reading_returns_what_was_written(saved):
    path, file = saved
    np.testing.assert_array_equal(read_idx(path, file), VALUES)


def test_labels_have_one_axis(save_idx):
    labels = np.array([3, 1, 2], dtype=np.uint8)
    np.testing.assert_array_equal(read_idx(*save_idx(labels, compressed=True)), labels)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-1], "truncated: it holds 39 bytes of 40"),
        (lambda content: content[:9], "truncated: it ends within its header, after 9 bytes"),
        (lambda content: b"", "not an IDX file"),
        (lambda content: b"PK" + content[2:], "not an IDX file: it begins with the bytes '504b0803'"),
        (lambda content: content[:2] + b"\x0d" + content[3:], "type 13 with 3 axes"),
        (lambda content: content[:3] + b"\x01" + content[4:], "type 8 with 1 axes"),
        (lambda content: content[:7] + b"\x05" + content[8:], r"shape \(5, 2, 3\); the published file .*\(4, 2, 3\)"),
        (lambda content: content + b"\0", "too long"),
        (lambda content: content[:-1] + b"\xff", "not the published file: .* SHA-256"),
    ],
)
def test_a_file_that_differs_from_the_published_one_is_refused(saved, change, message):
    path, file = saved
    rewrite(path, change)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path, file)
    assert str(path) in str(caught.value)


def test_a_truncated_gzip_stream_is_refused(save_idx):
    path, file = save_idx(VALUES, compressed=True)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match="truncated: its gzip stream ends early"):
        read_idx(path, file)


def test_an_empty_gzip_file_is_refused(save_idx):
    path, file = save_idx(VALUES, compressed=True)
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"x-ubyte\.gz"):
        read_idx(path, file)


def test_a_web_page_saved_under_the_name_is_refused(save_idx):
    path, file = save_idx(VALUES, compressed=True)
    path.write_bytes(b"<html>404</html>")
    with pytest.raises(DataError, match="not a whole gzip file"):
        read_idx(path, file)


def test_a_flipped_byte_inside_the_gzip_stream_is_refused(save_idx):
    path, file = save_idx(VALUES, compressed=True)
    content = bytearray(path.read_bytes())
    content[-8] ^= 0xFF  # the checksum in the gzip trailer
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match="not a whole gzip file"):
        read_idx(path, file)


def test_the_hash_alone_decides_when_everything_else_fits(saved):
    path, file = saved
    with pytest.raises(DataError, match="SHA-256"):
        read_idx(path, replace(file, sha256="0" * 64))


def test_without_a_sum_of_the_contents_the_gzip_file_alone_is_known_to_the_last_byte(save_idx):
    for compressed in (True, False):
        path, file = save_idx(VALUES, compressed=compressed)
        unknown = replace(file, sha256=None, gzip_md5="0" * 32)
        if compressed:
            with pytest.raises(DataError, match="not the published file: its MD5"):
                read_idx(path, unknown)
        else:
            np.testing.assert_array_equal(read_idx(path, unknown), VALUES)


def test_a_path_that_cannot_be_read_is_refused(save_idx, tmp_path):
    _, file = save_idx(VALUES, compressed=False)
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(tmp_path, file)
