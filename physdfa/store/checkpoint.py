"""Named arrays on disk: one `.npz` per tree (opens with `numpy.load`), its hash in the manifest beside it.

The same tree gives the same bytes (fixed time stamps, no compression), so equal hashes mean equal checkpoints.
Nothing is pickled: reading a checkpoint cannot run code.
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np

from physdfa.bounded import UNREADABLE_HEADER, UNREADABLE_ZIP, check_array
from physdfa.errors import RunFolderError
from physdfa.store.files import read_recorded, write_recorded
from physdfa.store.records import canonical

METADATA = "metadata.json"
PLAIN_KINDS = "biufcSU"  # truth values, integers, floats, complex, bytes, text: what .npy keeps exactly


EPOCH = "epoch_"
"""How the names of what trainings keep after an epoch begin."""


def epoch_name(epoch: int | str, part: str = "") -> str:
    """The name of what a training keeps after an epoch.

    **Arguments:**

    - `part`: which training it is, of a run that has several.
    """
    return f"{EPOCH}{epoch}_of_{part}" if part else f"{EPOCH}{epoch}"


def epochs_in(folder: Path, part: str = "") -> list[int]:
    """The epochs after which a training has kept itself in `folder`, in order."""
    name = re.compile(epoch_name(r"(\d+)", re.escape(part)) + r"\.npz")
    return sorted(int(found[1]) for path in folder.glob(f"{EPOCH}*.npz") if (found := name.fullmatch(path.name)))


def save_tree(
    folder: Path, name: str, tree: Mapping[str, object], metadata: Mapping[str, object] | None = None
) -> Path:
    """Write the arrays of `tree`, and `metadata`, as `folder/name.npz` in one step; return that path.

    **Arguments:**

    - `name`: letters, digits, `.`, `_`, `-`; an older checkpoint of that name is replaced.
    - `tree`: key path to array, e.g. `"hidden/0/weight"`; anything `numpy.asarray` takes.
    - `metadata`: plain values (epoch, seed, …); NaN and infinities become null.

    **Raises:** `ValueError` for a name that is no file name, or an array whose type `.npy` cannot keep.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(f"a checkpoint's name is made of letters, digits, '.', '_' and '-'; got {name!r}.")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for key, value in tree.items():
            array = np.asarray(value)
            if array.dtype.kind not in PLAIN_KINDS:
                raise ValueError(
                    f"'{key}' has type {array.dtype}, which .npz cannot keep; convert it to float32 first."
                )
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{key}.npy"), member.getvalue())
        archive.writestr(zipfile.ZipInfo(METADATA), canonical(dict(metadata or {})))
    path = folder / f"{name}.npz"
    folder.mkdir(exist_ok=True)  # and none above: a run folder that is gone stays gone
    write_recorded(path, content.getvalue())
    return path


def load_tree(folder: Path, name: str) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """The arrays by key path, and the metadata, of a checkpoint that `save_tree` wrote.

    **Raises:** `RunFolderError` naming the file, if it is missing or a byte of it changed.
    """
    path = folder / f"{name}.npz"
    content = read_recorded(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise ValueError("its members are compressed")  # which could unpack to any size; ours never are
            tree = {
                member.removesuffix(".npy"): _array(archive.read(member), member)
                for member in archive.namelist()
                if member != METADATA
            }
            metadata = json.loads(archive.read(METADATA))
            if not isinstance(metadata, dict):
                raise ValueError(f"its {METADATA} is no table")
    except (*UNREADABLE_ZIP, ValueError, KeyError, *UNREADABLE_HEADER) as error:
        raise RunFolderError(f"{path} is not a checkpoint of physdfa: {error}.") from None
    return tree, metadata


def _array(content: bytes, name: str) -> np.ndarray:
    check_array(io.BytesIO(content), len(content), name)
    return cast(np.ndarray, np.lib.format.read_array(io.BytesIO(content), allow_pickle=False))
