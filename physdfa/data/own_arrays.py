"""The arrays of a user's own file, a NumPy `.npz` archive or HDF5: their names, their sizes and their values.

In HDF5 the name of an array is its path, "spikes/times"; an attribute `time_unit` of the file counts as an array. What
another file holds, by a link or as external or virtual storage, is not read.
"""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from physdfa.bounded import UNREADABLE_HEADER, UNREADABLE_ZIP, check_array, memory_share
from physdfa.data.files import check_packing
from physdfa.errors import DataError, MissingExtraError, home_expanded, shortened

NPZ, HDF = (".npz",), (".h5", ".hdf5")
PLACE = "{part}"
"""What a path has in the place of "train" and "test", where each part has a file of its own."""

TIME_UNIT = "time_unit"
_UNREADABLE_HDF = (OSError, KeyError, RuntimeError, ValueError, TypeError)


def is_path(name: str) -> bool:
    """Whether a data set is named by the path of its file."""
    return name.endswith(NPZ + HDF)


def paths_of(name: str) -> dict[str, Path]:
    """The file of each part, "train" and "test"; under "" the one that holds both."""
    if PLACE not in name:
        return {"": home_expanded(name)}
    return {part: home_expanded(name.replace(PLACE, part)) for part in ("train", "test")}


def array_names(path: Path) -> list[str]:
    """The names of the arrays in a file.

    **Raises:** `DataError` for a file that is missing or damaged; `MissingExtraError` without h5py.
    """
    if path.suffix in HDF:
        with _opened_hdf(path) as file:
            return list(_datasets(file)) + [TIME_UNIT] * (TIME_UNIT in file.attrs)
    with _opened_npz(path) as archive:
        return list(archive.files)


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays of these names; one with a list of values for each sample is an array of arrays (`dtype=object`).

    **Raises:** `DataError`, if the file or an array is missing or damaged, or takes more than half of the memory.
    """
    if path.suffix in HDF:
        with _opened_hdf(path) as file:
            found = _datasets(file)
            _check_size(path, _hdf_bytes(path, found))
            read = {name: np.asarray(found[name][()]) for name in names if name in found}
            if TIME_UNIT in names and TIME_UNIT in file.attrs:
                read[TIME_UNIT] = np.asarray(file.attrs[TIME_UNIT])
            return read
    with _opened_npz(path) as archive:
        assert archive.zip is not None, "it is open"
        check_packing(path, archive.zip.infolist())
        for name in names:
            _check_claim(archive, name)
        return {name: archive[name] for name in names}


def unpacked_bytes(name: str) -> int:
    """Declared bytes of all arrays in the file or files of this name. 0 where they cannot be read."""
    return sum(_declared_bytes(path) for path in paths_of(name).values())


def _declared_bytes(path: Path) -> int:
    try:
        if path.suffix in HDF:
            with _opened_hdf(path) as file:
                return _hdf_bytes(path, _datasets(file))
        with zipfile.ZipFile(path) as archive:
            return sum(member.file_size for member in archive.infolist())
    except (OSError, DataError, MissingExtraError, *UNREADABLE_ZIP):  # in words when the data are read
        return 0


@contextmanager
def _opened_npz(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    try:
        # Opened here: NumPy leaves the file open when the archive in it turns out to be damaged.
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(f"{path} holds a single array, without a name: write named ones with numpy.savez.")
            yield archive
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: give the path of an .npz file.") from error
    except DataError:
        raise
    except (*UNREADABLE_ZIP, ValueError, *UNREADABLE_HEADER) as error:
        what = shortened(" ".join(str(error).split()) or type(error).__name__).strip("'")
        raise DataError(f"{shortened(path)} is not a whole .npz archive of plain arrays ({what}).") from error
    except OSError as error:
        raise DataError(f"{shortened(path)} cannot be read: {error.strerror or error}.") from error


def _check_claim(archive: np.lib.npyio.NpzFile, key: str) -> None:
    """Refuse a member that is no array, or that claims more numbers than its bytes can hold.

    **Raises:** `ValueError` saying so.
    """
    zipped = archive.zip
    assert zipped is not None, "open"
    members = {member.filename: member for member in zipped.infolist()}
    member = members.get(f"{key}.npy") or members.get(key)
    if member is None:  # NumPy has found it, under a name that we do not know
        return
    with zipped.open(member) as stream:
        check_array(stream, member.file_size, key)


@contextmanager
def _opened_hdf(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise DataError(f"{path} does not exist: give the path of an HDF5 file.")
    try:
        import h5py  # an optional extra, for these files only
    except ModuleNotFoundError as error:
        raise MissingExtraError("h5py", "events") from error
    try:
        with h5py.File(path, "r") as file:
            yield file
    except DataError:
        raise
    except _UNREADABLE_HDF as error:
        what = shortened(" ".join(str(error).split()) or type(error).__name__).strip("'")
        raise DataError(f"{shortened(path)} is not a whole HDF5 file of plain arrays ({what}).") from error


def _datasets(file: Any) -> dict[str, Any]:
    """The arrays of an HDF5 file that lie within it, by path."""
    found: dict[str, Any] = {}

    def note(name: str, item: Any) -> None:
        if hasattr(item, "dtype") and not item.is_virtual and not item.external:
            found[name] = item

    file.visititems(note)
    return found


def _hdf_bytes(path: Path, found: dict[str, Any]) -> int:
    """Bytes of the arrays, as they are declared; lists of any length lie in the file unpacked."""
    is_list = {name: item.dtype.hasobject for name, item in found.items()}
    declared = sum(item.nbytes for name, item in found.items() if not is_list[name])
    return declared + path.stat().st_size * any(is_list.values())


def _check_size(path: Path, declared: int) -> None:
    if declared > memory_share():
        raise DataError(
            f"{path} declares {declared / 1e9:,.3g} GB of numbers, more than half of the memory of this machine: it is "
            "not read. Store fewer samples."
        )
