"""A user's own data: a NumPy `.npz` archive with the arrays `x_train`, `y_train`, `x_test`, `y_test`."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from physdfa.data.dataset import Dataset
from physdfa.data.files import check_packing
from physdfa.errors import DataError

KEYS = ("x_train", "y_train", "x_test", "y_test")


def load_npz(name: str) -> Dataset:
    """The data set in the `.npz` archive at the path `name`.

    - `x_train`, `x_test`: [samples, inputs], or [samples, height, width] for images. Unsigned bytes are kept and taken
      as 8-bit pixels (`full_scale` 255); every other real type becomes float32 with `full_scale` 1, as it is.
    - `y_train`, `y_test`: [samples], integers 0 to K - 1; each of the K >= 2 classes occurs in `y_train`.

    **Raises:** `DataError`, if the file or an array is missing, damaged, or of another shape, type or range.
    """
    arrays = _read_arrays(Path(name).expanduser())
    for key in KEYS:
        _check_array(name, key, arrays[key])
    x_train, y_train, x_test, y_test = (arrays[key] for key in KEYS)
    if x_train.shape[1:] != x_test.shape[1:]:
        raise DataError(
            f"{name}: a sample of `x_train` has shape {x_train.shape[1:]}, one of `x_test` {x_test.shape[1:]}; "
            "both must be the same."
        )
    is_bytes = x_train.dtype == np.uint8
    if is_bytes != (x_test.dtype == np.uint8):
        raise DataError(
            f"{name}: `x_train` holds {x_train.dtype} and `x_test` {x_test.dtype}, but uint8 is scaled by 255 and "
            "other types are not; store both as the same type."
        )
    num_classes = _count_classes(name, y_train, y_test)
    return Dataset(
        name=name,
        train_images=_flatten(x_train),
        train_labels=y_train.astype(np.int32),
        test_images=_flatten(x_test),
        test_labels=y_test.astype(np.int32),
        image_shape=(x_train.shape[1], x_train.shape[2]) if x_train.ndim == 3 else None,
        num_classes=num_classes,
        full_scale=255.0 if is_bytes else 1.0,
    )


def unpacked_bytes(name: str) -> int:
    """Bytes of all arrays in the archive at the path `name`, as it declares them; 0 where it cannot be read."""
    try:
        with zipfile.ZipFile(Path(name).expanduser()) as archive:
            return sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile):  # in words when the data are read
        return 0


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    needed = f"An .npz data set needs the arrays {', '.join(KEYS)}"
    try:
        # Opened here: NumPy leaves the file open when the archive in it turns out to be damaged.
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(f"{path} holds a single array. {needed}: write it with numpy.savez.")
            missing = [key for key in KEYS if key not in archive.files]
            if missing:
                raise DataError(f"{path} lacks {', '.join(missing)}. {needed}; found: {', '.join(archive.files)}.")
            assert archive.zip is not None, "it is open"
            check_packing(path, archive.zip.infolist())
            return {key: archive[key] for key in KEYS}
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: give the path of an .npz file.") from error
    except DataError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        raise DataError(f"{path} is not a whole .npz archive of plain arrays ({error}).") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def _check_array(name: str, key: str, array: np.ndarray) -> None:
    is_samples = key.startswith("x")
    axes, kinds, types = ((2, 3), "fiub", "real numbers") if is_samples else ((1,), "iu", "integers")
    shape = "[samples, inputs] or [samples, height, width]" if is_samples else "[samples]"
    if array.dtype.kind not in kinds:
        raise DataError(f"{name}: `{key}` holds {array.dtype}; it must hold {types}.")
    if array.ndim not in axes:
        raise DataError(f"{name}: `{key}` has shape {array.shape}; it must be {shape}.")
    if array.size == 0:
        raise DataError(f"{name}: `{key}` is empty (shape {array.shape}); give at least one sample.")


def _count_classes(name: str, y_train: np.ndarray, y_test: np.ndarray) -> int:
    """K, if the labels are 0 to K - 1 without a gap: a stray label 999 must not make a network of 1000 outputs."""
    lowest, highest = int(min(y_train.min(), y_test.min())), int(max(y_train.max(), y_test.max()))
    present = np.unique(y_train)
    if lowest < 0 or len(present) != highest + 1:
        raise DataError(
            f"{name}: labels run from {lowest} to {highest} and {len(present)} different ones occur in `y_train`; they "
            "must be 0 to K - 1, each of them in `y_train`: renumber the classes."
        )
    return highest + 1


def _flatten(samples: np.ndarray) -> np.ndarray:
    flat = samples.reshape(len(samples), -1)
    if flat.dtype == np.uint8:
        return flat
    with np.errstate(
        over="ignore"
    ):  # beyond float32 becomes infinite, which the data set refuses with the sample's number
        return flat.astype(np.float32)
