"""A user's own arrays `x_train`, `y_train`, `x_test`, `y_test` as a data set."""

import numpy as np

from physdfa.data.dataset import Dataset
from physdfa.data.full_scale import full_scale_of, scale_remarks
from physdfa.errors import DataError

KEYS = ("x_train", "y_train", "x_test", "y_test")
MOST_SHOWN = 5
"""Labels that a sentence names one by one."""


def from_arrays(
    x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, *, name: str = "arrays"
) -> Dataset:
    """A data set of arrays in memory.

    - `x_train`, `x_test`: [samples, inputs], or [samples, height, width] for images. Real numbers are taken as they
      are, in float32; uint8 is divided by 255, another integer type by its largest value, or by that of `x_train`
      where that is far less (`full_scale_of`). Both arrays are divided by the same.
    - `y_train`, `y_test`: [samples], integers 0 to K - 1; each of the K >= 2 classes occurs in `y_train`.

    What the user must hear about the samples is in its `remarks`.

    **Raises:** `DataError`, if an array is of another shape, type or range.
    """
    for key, array in zip(KEYS, (x_train, y_train, x_test, y_test), strict=True):
        _check_array(name, key, array)
    if x_train.shape[1:] != x_test.shape[1:]:
        raise DataError(
            f"{name}: a sample of `x_train` has shape {x_train.shape[1:]}, one of `x_test` {x_test.shape[1:]}; "
            "both must be the same."
        )
    if x_train.dtype != x_test.dtype and not x_train.dtype.kind == x_test.dtype.kind == "f":
        raise DataError(
            f"{name}: `x_train` holds {x_train.dtype} and `x_test` {x_test.dtype}, but the values of each integer type "
            "are scaled in their own way; store both as the same type."
        )
    full_scale = full_scale_of(x_train)
    num_classes = count_classes(name, y_train, y_test)
    return Dataset(
        name=name,
        train_images=_flatten(x_train),
        train_labels=y_train.astype(np.int32),
        test_images=_flatten(x_test),
        test_labels=y_test.astype(np.int32),
        image_shape=(x_train.shape[1], x_train.shape[2]) if x_train.ndim == 3 else None,
        num_classes=num_classes,
        full_scale=full_scale,
        integer_type=x_train.dtype.name if x_train.dtype.kind in "iu" else None,
        remarks=scale_remarks(name, x_train, x_test, full_scale),
    )


def _check_array(name: str, key: str, array: np.ndarray) -> None:
    is_samples = key.startswith("x")
    axes, kinds, types = ((2, 3), "fiub", "real numbers") if is_samples else ((1,), "iu", "integers")
    shape = "[samples, inputs] or [samples, height, width]" if is_samples else "[samples]"
    if array.ndim not in axes:
        raise DataError(f"{name}: `{key}` has shape {array.shape}; it must be {shape}{_reshaped(key, array)}.")
    if array.dtype.kind not in kinds:
        way_out = ""
        if not is_samples:
            number = f": number the classes, numpy.unique({key}, return_inverse=True)[1]"
            way_out = f": convert it, {key}.astype(int)" if array.dtype.kind in "fb" else number
        raise DataError(f"{name}: `{key}` holds {array.dtype}; it must hold {types}{way_out}.")
    if array.size == 0:
        raise DataError(f"{name}: `{key}` is empty (shape {array.shape}); give at least one sample.")


def _reshaped(key: str, array: np.ndarray) -> str:
    """A sentence on how to reshape an array with a wrong number of axes, where a usual reason is known."""
    if key.startswith("y"):
        if array.ndim != 2:
            return ""
        return f": of one-hot labels store {key}.argmax(axis=1)" if array.shape[1] > 1 else f": store {key}.ravel()"
    if array.ndim != 4:
        return ""
    if 1 in (array.shape[1], array.shape[3]):
        return f": store {key}.squeeze(axis={3 if array.shape[3] == 1 else 1}) of images with one channel"
    return f": of colour images store their mean over the channels, or all values as {key}.reshape(len({key}), -1)"


def count_classes(
    name: str, train: np.ndarray, test: np.ndarray, *, keys: tuple[str, str] = ("`y_train`", "`y_test`")
) -> int:
    """The number of classes K, if the labels are 0 to K - 1 without a gap.

    A stray label 999 must not make a network of 1000 outputs. `keys` are what a sentence calls the labels.

    **Raises:** `DataError` for other labels, or test labels that do not occur in training.
    """
    of_train, of_test = keys
    present = np.unique(train)
    lowest, highest = int(present[0]), int(present[-1])
    unknown = np.setdiff1d(test, present)
    if len(unknown):
        shown = ", ".join(str(label) for label in unknown[:MOST_SHOWN]) + (", ..." if len(unknown) > MOST_SHOWN else "")
        raise DataError(
            f"{name}: {of_test} holds labels that do not occur in {of_train} ({shown}), where they run from {lowest} "
            f"to {highest}: no network can learn them. Add such samples to the training part, or leave them out of the "
            "test part."
        )
    if lowest < 0 or len(present) != highest + 1:
        gap = next(place for place, label in enumerate(present) if label != place)
        lack = f"{gap} is missing" if lowest >= 0 else f"{lowest} is negative"
        raise DataError(
            f"{name}: the {len(present)} different labels in {of_train} run from {lowest} to {highest}, but they must "
            f"be 0 to K - 1, and {lack}; renumber them, with numpy.unique({of_train.strip('`')}, return_inverse=True), "
            f"for one, and those of {of_test} alike."
        )
    return highest + 1


def _flatten(samples: np.ndarray) -> np.ndarray:
    flat = samples.reshape(len(samples), -1)
    if flat.dtype.kind == "b":
        return flat.astype(np.uint8)
    if flat.dtype.kind == "u" and flat.dtype.itemsize <= 2:
        return flat.astype(flat.dtype.newbyteorder("="), copy=False)
    with np.errstate(
        over="ignore"
    ):  # beyond float32 becomes infinite, which the data set refuses with the sample's number
        return flat.astype(np.float32)
