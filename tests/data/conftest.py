"""A small published set and its files, so that every fault of a file can be made in a temporary folder."""

import gzip
import hashlib
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from physdfa.data.files import Archive
from physdfa.data.idx import IdxFile
from physdfa.data.published import PublishedSet


def idx_bytes(values: np.ndarray) -> bytes:
    """The IDX file of an array of unsigned bytes, written independently of the code under test."""
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


MIRRORS = ("https://first.example/", "https://second.example/")


class TinySet(NamedTuple):
    """A published set of 12 training and 6 test images of 2 x 3 pixels in 3 classes, and its uncompressed files."""

    published: PublishedSet
    arrays: dict[str, np.ndarray]
    contents: dict[str, bytes]

    def write(self, data_dir: Path, *, compressed: bool = True) -> Path:
        folder = data_dir / self.published.name
        folder.mkdir(parents=True)
        for filename, content in self.contents.items():
            if compressed:
                (folder / f"{filename}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / filename).write_bytes(content)
        return folder


@pytest.fixture(name="tiny")
def make_tiny_set() -> TinySet:
    rng = np.random.default_rng(0)
    arrays = {
        "train_images": rng.integers(0, 256, (12, 2, 3), dtype=np.uint8),
        "train_labels": np.arange(12, dtype=np.uint8) % 3,
        "test_images": rng.integers(0, 256, (6, 2, 3), dtype=np.uint8),
        "test_labels": np.arange(6, dtype=np.uint8) % 3,
    }
    contents = {f"{key}-ubyte": idx_bytes(array) for key, array in arrays.items()}
    files = {
        key: IdxFile(
            filename=f"{key}-ubyte",
            shape=array.shape,
            sha256=hashlib.sha256(contents[f"{key}-ubyte"]).hexdigest(),
        )
        for key, array in arrays.items()
    }
    return TinySet(PublishedSet(name="tiny", num_classes=3, mirrors=MIRRORS, **files), arrays, contents)


class ZippedSet(NamedTuple):
    """The tiny set as EMNIST is published: in one archive, rows and columns exchanged, sums of the gzip files only."""

    published: PublishedSet
    arrays: dict[str, np.ndarray]
    gzipped: dict[str, bytes]
    archive: bytes

    def write_files(self, data_dir: Path) -> Path:
        folder = data_dir / self.published.name
        folder.mkdir(parents=True)
        for filename, content in self.gzipped.items():
            (folder / filename).write_bytes(content)
        return folder

    def write_archive(self, data_dir: Path) -> Path:
        folder = data_dir / self.published.name
        folder.mkdir(parents=True)
        (folder / "gzip.zip").write_bytes(self.archive)
        return folder


@pytest.fixture(name="zipped")
def make_zipped_set(tiny: TinySet) -> ZippedSet:
    gzipped = {f"{filename}.gz": gzip.compress(content) for filename, content in tiny.contents.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for filename, content in gzipped.items():
            archive.writestr(f"gzip/{filename}", content)
        archive.writestr("gzip/another-set.gz", b"of no interest")
    files = {
        key: IdxFile(
            filename=f"{key}-ubyte",
            shape=array.shape,
            gzip_md5=hashlib.md5(gzipped[f"{key}-ubyte.gz"]).hexdigest(),
        )
        for key, array in tiny.arrays.items()
    }
    published = PublishedSet(
        name="zipped",
        num_classes=3,
        mirrors=MIRRORS,
        archive=Archive(filename="gzip.zip", folder="gzip/", sha256=hashlib.sha256(stream.getvalue()).hexdigest()),
        is_transposed=True,
        **files,
    )
    return ZippedSet(published, tiny.arrays, gzipped, stream.getvalue())


@pytest.fixture
def save_idx(tmp_path: Path) -> Callable[..., tuple[Path, IdxFile]]:
    """Writes an array as an IDX file (gzipped or not) and says what is known of it beforehand."""

    def save(values: np.ndarray, *, compressed: bool) -> tuple[Path, IdxFile]:
        content = idx_bytes(values)
        file = IdxFile(filename="x-ubyte", shape=values.shape, sha256=hashlib.sha256(content).hexdigest())
        path = tmp_path / (f"{file.filename}.gz" if compressed else file.filename)
        path.write_bytes(gzip.compress(content) if compressed else content)
        return path, file

    return save
