import hashlib

import numpy as np
import pytest
from sklearn.datasets import load_digits as read_sklearn_digits

from physdfa.data.digits import load_digits


@pytest.fixture(scope="module", name="digits")
def make_digits():
    return load_digits()


def test_sizes_are_1437_and_360(digits):
    assert digits.train_images.shape == (1437, 64)
    assert digits.test_images.shape == (360, 64)
    assert (digits.image_shape, digits.num_classes, digits.full_scale) == ((8, 8), 10, 16.0)


def test_pixels_fill_the_range_of_the_full_scale(digits):
    assert digits.train_images.dtype == np.uint8
    assert (digits.train_images.min(), digits.train_images.max()) == (0, digits.full_scale)


def test_training_and_test_together_are_the_published_samples(digits):
    pixels, labels = read_sklearn_digits(return_X_y=True)
    published = np.column_stack([pixels, labels]).astype(int)
    loaded = np.concatenate(
        [
            np.column_stack([digits.train_images, digits.train_labels]),
            np.column_stack([digits.test_images, digits.test_labels]),
        ]
    ).astype(int)
    assert sorted(map(tuple, loaded)) == sorted(map(tuple, published))


def test_each_class_keeps_its_share_of_the_test_set(digits):
    in_test = np.bincount(digits.test_labels, minlength=10)
    in_all = in_test + np.bincount(digits.train_labels, minlength=10)
    assert np.all(np.abs(in_test - 360 * in_all / 1797) < 1)


def test_the_test_set_is_the_same_for_everybody_for_ever(digits):
    """Pinned: another choice would make every published number on `digits` incomparable."""
    content = digits.test_images.tobytes() + digits.test_labels.astype("<i4").tobytes()
    assert hashlib.sha256(content).hexdigest() == "683b9eeb1a48fb30752a64e31d53d4ee46dbfa469359c5fd75a2a918afee335b"
