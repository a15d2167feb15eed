import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physdfa.data import choose_subset, split_validation
from physdfa.data.splits import TRAINING_SUBSET, VALIDATION, stratified_choice
from physdfa.errors import InputError

LABELS = np.repeat(np.arange(10), np.arange(50, 150, 10))
"""950 samples of 10 classes, 50 of the first to 140 of the last."""

labels_and_size = st.lists(st.integers(0, 4), min_size=1, max_size=60).flatmap(
    lambda labels: st.tuples(st.just(np.array(labels)), st.integers(0, len(labels) - 1))
)


@settings(max_examples=60, deadline=None)
@given(labels_and_size, st.integers(0, 2**32), st.booleans())
def test_parts_are_disjoint_complete_and_of_the_stated_size(labels_and_size, seed, is_stratified):
    labels, size = labels_and_size
    train, validation = split_validation(len(labels), size, seed, labels=labels if is_stratified else None)
    assert len(validation) == size
    np.testing.assert_array_equal(np.sort(np.concatenate([train, validation])), np.arange(len(labels)))


@settings(max_examples=60, deadline=None)
@given(labels_and_size, st.integers(0, 2**32))
def test_each_class_gets_its_share_to_less_than_one_sample(labels_and_size, seed):
    labels, size = labels_and_size
    chosen = stratified_choice(labels, size, seed=seed, purpose=VALIDATION)
    counts = np.bincount(labels, minlength=5)
    got = np.bincount(labels[chosen], minlength=5)
    assert np.all(np.abs(got - size * counts / len(labels)) < 1)


def test_indices_rise():
    train, validation = split_validation(950, 100, seed=3, labels=LABELS)
    assert np.all(np.diff(train) > 0)
    assert np.all(np.diff(validation) > 0)


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    first, again, other = (split_validation(950, 100, seed, labels=LABELS)[1] for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_purposes_are_independent_streams_of_one_seed():
    """Two independent halves share a quarter of all samples, within 4 hypergeometric standard deviations."""
    num, size = 4000, 2000
    labels = np.zeros(num, int)
    one, two = (stratified_choice(labels, size, seed=1, purpose=purpose) for purpose in (VALIDATION, TRAINING_SUBSET))
    std = np.sqrt(size * 0.5 * 0.5 * (num - size) / (num - 1))
    assert abs(len(np.intersect1d(one, two)) - num / 4) < 4 * std


def test_every_sample_is_chosen_equally_often_over_seeds():
    """With 400 seeds each of 20 samples is chosen 100 times on average, standard deviation sqrt(400 * 1/4 * 3/4)."""
    labels = np.arange(20) % 2
    counts = np.zeros(20)
    for seed in range(400):
        counts[stratified_choice(labels, 5, seed=seed, purpose=VALIDATION)] += 1
    assert counts.mean() == pytest.approx(100)
    assert np.all(np.abs(counts - 100) < 4.5 * np.sqrt(400 * 0.25 * 0.75))


def test_no_validation_leaves_every_sample_for_training():
    train, validation = split_validation(950, 0, seed=0)
    assert (len(train), len(validation)) == (950, 0)


def test_a_subset_of_all_is_all():
    np.testing.assert_array_equal(choose_subset(LABELS, 950, seed=5), np.arange(950))


@pytest.mark.parametrize("size", [-1, 950, 951])
def test_a_validation_set_that_does_not_fit_is_refused(size):
    with pytest.raises(InputError, match=rf"validation_size = {size} does not fit 950 .* Give 0 to 949"):
        split_validation(950, size, seed=0)


@pytest.mark.parametrize("size", [-1, 0, 951])
def test_a_subset_that_does_not_fit_is_refused(size):
    with pytest.raises(InputError, match=rf"train_size = {size} does not fit 950 .* Give 1 to 950"):
        choose_subset(LABELS, size, seed=0)


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed = -1 is negative"):
        split_validation(950, 100, seed=-1)


def test_labels_of_other_samples_are_refused():
    with pytest.raises(InputError, match="950 labels were given for 900 samples"):
        split_validation(900, 100, seed=0, labels=LABELS)
