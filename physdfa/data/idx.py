"""IDX files, the format in which MNIST and its successors are published, plain or gzipped, read with every check.

A file is: two zero bytes, a byte for the number type (8: unsigned byte), a byte for the number of axes, each axis'
length as a big-endian 32-bit integer, then the values in row-major order.

**Source:** Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "File formats".
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from physdfa.data.files import Location, check_digest, digest_of, read_uncompressed
from physdfa.errors import DataError

UNSIGNED_BYTE = 8
"""The code of the only number type that the published sets use."""


@dataclass(frozen=True, kw_only=True)
class IdxFile:
    """Known facts of one published file.

    **Arguments:**

    - `filename`: published name without `.gz`.
    - `shape`: length of each axis.
    - `sha256`: SHA-256 of the uncompressed bytes, in hexadecimal. The gzip wrapper differs between mirrors.
    - `gzip_md5`: where no SHA-256 of the uncompressed bytes is published: MD5 of the gzip file, of which there is one
      wrapper only. The uncompressed file is then known by its format and its size alone.
    """

    filename: str
    shape: tuple[int, ...]
    sha256: str | None = None
    gzip_md5: str | None = None

    @property
    def num_bytes(self) -> int:
        """Size of the uncompressed file: header and values."""
        return 4 + 4 * len(self.shape) + math.prod(self.shape)

    def verify(self, path: Location) -> None:
        """Check a file as `read_idx` does, without returning its values."""
        read_idx(path, self)


def read_idx(path: Location, file: IdxFile) -> UInt8[np.ndarray, "..."]:
    """The values of the IDX file at `path`, checked to the last byte against the known facts of `file`.

    **Raises:** `DataError` naming the path and what is wrong: unreadable, truncated, another format, another size,
    other contents.
    """
    content = read_uncompressed(path, limit=file.num_bytes + 1)
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
    if file.sha256 is not None:
        check_digest(path, "SHA-256 without the gzip wrapper", hashlib.sha256(content).hexdigest(), file.sha256)
    elif file.gzip_md5 is not None and path.name.endswith(".gz"):
        check_digest(path, "MD5", digest_of(path, "md5"), file.gzip_md5)
    return np.frombuffer(content, dtype=np.uint8, offset=header_size).reshape(shape)
