"""IDX files, the format in which MNIST and its successors are published, plain or gzipped, read with every check.

A file is: two zero bytes, a byte for the number type (8: unsigned byte), a byte for the number of axes, each axis'
length as a big-endian 32-bit integer, then the values in row-major order.

**Source:** Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "File formats".
"""

import gzip
import hashlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from physdfa.errors import DataError

UNSIGNED_BYTE = 8
"""The code of the only number type that the published sets use."""


@dataclass(frozen=True, kw_only=True)
class IdxFile:
    """What is known beforehand of one published file.

    **Arguments:**

    - `filename`: published name without `.gz`.
    - `shape`: length of each axis.
    - `sha256`: SHA-256 of the uncompressed bytes, in hexadecimal. The gzip wrapper differs between mirrors.
    """

    filename: str
    shape: tuple[int, ...]
    sha256: str

    @property
    def gzip_filename(self) -> str:
        """The name under which the file is published."""
        return f"{self.filename}.gz"

    @property
    def num_bytes(self) -> int:
        """Size of the uncompressed file: header and values."""
        return 4 + 4 * len(self.shape) + math.prod(self.shape)


def find_idx(folder: Path, file: IdxFile) -> Path | None:
    """Where `file` lies in `folder`: the published gzip file first, then the uncompressed one; None without either."""
    for filename in (file.gzip_filename, file.filename):
        if (folder / filename).is_file():
            return folder / filename
    return None


def read_idx(path: Path, file: IdxFile) -> UInt8[np.ndarray, "..."]:
    """The values of the IDX file at `path`, which must be `file` to the last byte.

    **Raises:** `DataError` naming the path and what is wrong: unreadable, truncated, another format, another size,
    other contents.
    """
    content = _read_bytes(path, limit=file.num_bytes + 1)
    header_size = 4 + 4 * len(file.shape)
    if content[:2] != b"\0\0" or len(content) < 4:
        raise DataError(f"{path} is not an IDX file: it begins with the bytes '{content[:4].hex()}', not with '0000'.")
    if content[2] != UNSIGNED_BYTE or content[3] != len(file.shape):
        raise DataError(
            f"{path} holds IDX data of type {content[2]} with {content[3]} axes; expected are unsigned bytes "
            f"(type {UNSIGNED_BYTE}) with {len(file.shape)} axes."
        )
    if len(content) < header_size:
        raise DataError(f"{path} is truncated: it ends within its header, after {len(content)} bytes.")
    shape = tuple(int(length) for length in np.frombuffer(content[4:header_size], dtype=">u4"))
    if shape != file.shape:
        raise DataError(f"{path} holds an array of shape {shape}; the published file has shape {file.shape}.")
    if len(content) < file.num_bytes:
        raise DataError(f"{path} is truncated: it holds {len(content)} bytes of {file.num_bytes}.")
    if len(content) > file.num_bytes:
        raise DataError(f"{path} is too long: it goes on after the {file.num_bytes} bytes that its header announces.")
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != file.sha256:
        raise DataError(
            f"{path} is not the published file: its uncompressed bytes have the SHA-256 {sha256[:12]}…, "
            f"not {file.sha256[:12]}…"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=header_size).reshape(shape)


def _read_bytes(path: Path, limit: int) -> bytes:
    """At most `limit` uncompressed bytes: a damaged or hostile file cannot fill the memory."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            return stream.read(limit)
    except EOFError as error:
        raise DataError(f"{path} is truncated: its gzip stream ends early.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is not a whole gzip file: {error}.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
