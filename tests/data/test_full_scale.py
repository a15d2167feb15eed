import re

import numpy as np
import pytest

from physdfa.data.full_scale import full_scale_of, scale_remarks


@pytest.mark.parametrize(
    ("dtype", "largest", "full_scale"),
    [
        ("uint8", 255, 255),
        ("uint8", 16, 255),  # bytes are 8-bit pixels
        ("uint16", 65520, 65535),
        ("uint16", 33000, 65535),
        ("uint16", 4080, 4095),  # 12 bits
        ("uint16", 1, 1),
        (">u2", 1023, 1023),
        ("uint32", 65000, 65535),
        ("uint32", 2**32 - 1, 2**32 - 1),
        ("uint64", 2**64 - 1, 2**64 - 1),
        ("int16", 32000, 32767),
        ("int64", 255, 255),
        ("int64", 250, 255),
        ("int64", 16, 16),  # of 31, far from 5 bits
        ("int64", 100, 100),
        ("int32", 0, 1),
        ("bool", 1, 1),
        ("float32", 255, 1),
        ("float16", 1, 1),
    ],
)
def test_what_stands_for_one(dtype, largest, full_scale):
    assert full_scale_of(np.array([[0, 0], [0, largest]], dtype)) == float(full_scale)


@pytest.mark.parametrize(("least", "full_scale"), [(-32768, 32767), (-2000, 2047), (-700, 700)])
def test_negative_values_count_by_their_magnitude(least, full_scale):
    assert full_scale_of(np.array([[0, least]], np.int16)) == full_scale


def test_the_least_number_of_a_type_has_a_magnitude():
    assert full_scale_of(np.array([[-(2**63), 0]])) == float(2**63 - 1)


def remarks_on(x_train, x_test=None):
    train = np.asarray(x_train)
    return scale_remarks("own.npz", train, train if x_test is None else np.asarray(x_test), full_scale_of(train))


UNIT = np.linspace(0, 1, 12).reshape(3, 4)


@pytest.mark.parametrize(
    "samples",
    [
        UNIT,
        UNIT.astype(np.float16),
        2 * UNIT - 1,
        3.5 * UNIT,
        np.round(255 * UNIT).astype(np.uint8),
        np.round(100 * UNIT).astype(np.uint8),  # a dim image
        np.round(65535 * UNIT).astype(np.uint16),
        UNIT > 0.5,
        (UNIT > 0.5).astype(np.int64),
        np.eye(1000),  # one input of a thousand at a time
    ],
)
def test_samples_of_a_usual_size_are_not_remarked_on(samples):
    assert remarks_on(samples) == ()


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (
            np.round(4095 * UNIT).astype(np.uint16),
            r"uint16, but its largest value is 4095: .* by 4095, not by the 65535",
        ),
        (np.round(255 * UNIT).astype(int), r"int64, but its largest value is 255: .* divided by 255, not"),
        (255 * UNIT, r"float64 from 0 to 255, used as it is: .* Divide all samples"),
        (np.round(16 * UNIT).astype(np.float32), "float32 from 0 to 16, used as it is"),
        (UNIT / 255, r"used as it is, whose largest input then is 0\.00392"),
        (0 * UNIT, "used as it is, whose largest input then is 0,"),
        (np.round(16 * UNIT).astype(np.uint8), r"uint8, divided by 255, whose largest input then is 0\.0627"),
    ],
)
def test_samples_of_an_unusual_size_are_remarked_on_with_the_way_out(samples, words):
    (sentence,) = remarks_on(samples)
    assert sentence.startswith("own.npz: `x_train` holds")
    assert re.search(words, sentence), sentence


def test_parts_in_different_units_are_remarked_on():
    (sentence,) = remarks_on(UNIT, 255 * UNIT)
    assert "is 0.59 and that of `x_test` 151, after both" in sentence  # sqrt(23 / 66) of a ramp of 12 points
    assert remarks_on(UNIT, 3 * UNIT) == ()
