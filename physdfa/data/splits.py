"""Training and validation samples: seeded choices that keep the share of every class.

Every choice draws one uniform number per sample and takes the lowest; numbers rather than `Generator.permutation`,
whose stream NumPy may change between versions. Different purposes draw from independent streams of the same seed.
"""

import numpy as np
from jaxtyping import Int, Integer

from physdfa.errors import InputError

VALIDATION, TRAINING_SUBSET, DIGITS_TEST, OWN_TEST = 1, 2, 3, 4
"""Purposes: each is a stream of its own. Never renumber them, it would change every published split."""


def split_validation(
    num_samples: int, validation_size: int, seed: int, *, labels: Integer[np.ndarray, " samples"] | None = None
) -> tuple[Int[np.ndarray, " train"], Int[np.ndarray, " validation"]]:
    """Indices of the training and of the validation samples: disjoint, together complete, each in rising order.

    **Arguments:**

    - `num_samples`: number of samples to divide, >= 1.
    - `validation_size`: number of validation samples, 0 to `num_samples` - 1.
    - `seed`: of the experiment, >= 0; the same seed gives the same split.
    - `labels`: where given, each class keeps its share in both parts, to less than one sample.

    **Raises:** `InputError`, if a value leaves its range.
    """
    if not 0 <= validation_size < num_samples:
        raise InputError(
            f"validation_size = {validation_size} does not fit {num_samples} training samples: at least one must be "
            f"left to train on. Give 0 to {num_samples - 1}."
        )
    labels = np.zeros(num_samples, dtype=np.int32) if labels is None else labels
    if len(labels) != num_samples:
        raise InputError(f"{len(labels)} labels were given for {num_samples} samples; each sample needs exactly one.")
    validation = stratified_choice(labels, validation_size, seed=seed, purpose=VALIDATION)
    is_train = np.ones(num_samples, dtype=bool)
    is_train[validation] = False
    return np.flatnonzero(is_train), validation


def choose_subset(labels: Integer[np.ndarray, " samples"], size: int, seed: int) -> Int[np.ndarray, " chosen"]:
    """Indices, in rising order, of `size` training samples (1 to all) that keep the share of every class.

    **Raises:** `InputError`, if `size` does not fit or `seed` is negative.
    """
    if not 1 <= size <= len(labels):
        raise InputError(f"train_size = {size} does not fit {len(labels)} training samples. Give 1 to {len(labels)}.")
    return stratified_choice(labels, size, seed=seed, purpose=TRAINING_SUBSET)


def stratified_choice(
    labels: Integer[np.ndarray, " samples"], size: int, *, seed: int, purpose: int
) -> Int[np.ndarray, " chosen"]:
    """Indices, in rising order, of `size` samples, of each class its share rounded down or up.

    **Arguments:**

    - `labels`: class of each sample.
    - `size`: number of samples to choose, 0 to all.
    - `seed`: >= 0.
    - `purpose`: one of the purposes above: choices for different purposes are independent.

    **Raises:** `InputError`, if `seed` is negative.
    """
    if seed < 0:
        raise InputError(f"seed = {seed} is negative; give an integer >= 0.")
    ranks = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose,))).random(len(labels))
    _, class_index, class_sizes = np.unique(labels, return_inverse=True, return_counts=True)
    by_class_then_rank = np.lexsort((ranks, class_index))
    starts = np.cumsum(class_sizes) - class_sizes
    chosen = [by_class_then_rank[i : i + n] for i, n in zip(starts, _apportion(size, class_sizes), strict=True)]
    return np.sort(np.concatenate(chosen))


def _apportion(size: int, class_sizes: np.ndarray) -> np.ndarray:
    """Largest-remainder shares: each class gets `size` times its share, rounded down or up, and the sum is `size`."""
    shares, remainders = np.divmod(size * class_sizes, class_sizes.sum())
    shares[np.argsort(-remainders, kind="stable")[: size - shares.sum()]] += 1
    return shares
