"""The full scale of own samples: the value that stands for 1, and remarks on unusual sizes."""

import numpy as np

NEARLY_FULL = 0.9
"""Share of 2^bits - 1 from which values count as those of a converter of so many bits. Images of 12 bits hardly ever
reach 4095 itself, and 0 ... 16, of 31, are not 5-bit values but steps of a sixteenth.
"""

LARGEST_RMS = 4.0
"""Root mean square from which real inputs are remarked on. Values in 0 to 1 have at most 1, standardised ones 1, pixels
of 0 to 255 about 80 (8 for 0 to 16 in the digits).
"""

SMALLEST_PEAK = 0.1
"""Largest input below which samples are remarked on. Pixels divided by 255 twice reach 0.004, the digits' 0 to 16 taken
for 8-bit pixels 0.06; images of a camera reach most of its range.
"""

LARGEST_RATIO = 4.0
"""Ratio of root mean squares from which training and test samples seem to be in different units. 8-bit pixels and the
same ones divided by 255 differ by 255, parts of one set by a few per cent.
"""


def full_scale_of(samples: np.ndarray) -> float:
    """The value that stands for 1: the largest of an integer type, 1 itself for real numbers and truth values.

    - 255 of uint8, the type of 8-bit images, whatever its values are;
    - the largest value of another type, where the largest magnitude needs all of its bits: 65535 for 16 bits in uint16;
    - else 2^b - 1, b the bits of the largest magnitude, where that comes near to it: 4095 for 12 bits in uint16;
    - else the largest magnitude, and 1 where all is 0.
    """
    if samples.dtype.kind not in "iu":
        return 1.0
    largest, known = _largest_magnitude(samples), int(np.iinfo(samples.dtype).max)
    whole = (1 << largest.bit_length()) - 1
    if whole >= known or samples.dtype == np.uint8:
        return float(known)
    return float((whole if largest > NEARLY_FULL * whole else largest) or 1)


def scale_remarks(name: str, x_train: np.ndarray, x_test: np.ndarray, full_scale: float) -> tuple[str, ...]:
    """Remarks on unusual sizes of the samples in the file `name`, one sentence each.

    **Arguments:**

    - `x_train`, `x_test`: as stored, not empty.
    - `full_scale`: by which they will be divided.
    """
    found, dtype = [], x_train.dtype
    train_rms, test_rms = _rms(x_train), _rms(x_test)
    peak = max(abs(float(x_train.min())), abs(float(x_train.max()))) / full_scale
    known = float(np.iinfo(dtype).max) if dtype.kind in "iu" else 1.0
    if dtype.kind in "iu" and full_scale not in (1.0, known):
        found.append(
            f"{name}: `x_train` holds {dtype}, but its largest value is {_largest_magnitude(x_train)}: all samples are "
            f"divided by {full_scale:.10g}, not by the {known:.10g} of the type. If another value stands for 1, store "
            "float32 divided by it."
        )
    elif dtype.kind == "f" and train_rms > LARGEST_RMS:
        found.append(
            f"{name}: `x_train` holds {dtype} from {float(x_train.min()):.4g} to {float(x_train.max()):.4g}, used as "
            f"it is: inputs of a root mean square of {train_rms:.3g}, where values in 0 to 1 are usual. Divide all "
            "samples by the value that stands for 1, or store whole numbers as an integer type, which is scaled."
        )
    elif dtype.kind != "b" and peak < SMALLEST_PEAK:
        divided = "used as it is" if full_scale == 1 else f"divided by {full_scale:.10g}"
        found.append(
            f"{name}: `x_train` holds {dtype}, {divided}, whose largest input then is {peak:.3g}, where values in 0 "
            "to 1 are usual. Store float32 divided by the value that stands for 1, or raise network.input_scale."
        )
    smaller, larger = sorted((train_rms, test_rms))
    if larger > LARGEST_RATIO * smaller:
        found.append(
            f"{name}: the root mean square of `x_train` is {train_rms / full_scale:.3g} and that of `x_test` "
            f"{test_rms / full_scale:.3g}, after both are divided by {full_scale:.10g}: they seem to be in different "
            "units. Store both in the same."
        )
    return tuple(found)


def _largest_magnitude(samples: np.ndarray) -> int:
    # As Python's integers: the magnitude of the least int64 is none.
    return max(int(samples.max()), -int(samples.min()))


def _rms(samples: np.ndarray) -> float:
    flat = samples.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused when the set is made
        return float(np.sqrt(np.einsum("i,i->", flat, flat, dtype=np.float64, casting="unsafe") / flat.size))
