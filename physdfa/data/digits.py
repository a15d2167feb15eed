"""The embedded data set: real handwritten digits of 8 x 8 pixels that come with scikit-learn.

A module of its own because scikit-learn takes seconds to import: whoever loads another data set does not pay for it.
"""

import numpy as np
from sklearn.datasets import load_digits as read_sklearn_digits

from physdfa.data.dataset import Dataset
from physdfa.data.splits import DIGITS_TEST, stratified_choice

TEST_SIZE = 360
"""Test samples, a fifth of the 1797 samples; 1437 are left for training."""


def load_digits() -> Dataset:
    """1437 training and 360 test images of 8 x 8 pixels, values 0 to 16, 10 classes.

    The test images are chosen once and for all, the same share of each class, and do not depend on any seed: two
    results on `digits` are always results on the same test set.

    **Source:** E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository
    (1998), test part, as distributed by scikit-learn. The division into training and test is ours.
    """
    pixels, classes = read_sklearn_digits(return_X_y=True)
    images, labels = np.asarray(pixels, dtype=np.uint8), np.asarray(classes, dtype=np.int32)
    is_test = np.zeros(len(labels), dtype=bool)
    is_test[stratified_choice(labels, TEST_SIZE, seed=0, purpose=DIGITS_TEST)] = True
    return Dataset(
        name="digits",
        train_images=images[~is_test],
        train_labels=labels[~is_test],
        test_images=images[is_test],
        test_labels=labels[is_test],
        image_shape=(8, 8),
        num_classes=10,
        full_scale=16.0,
    )
