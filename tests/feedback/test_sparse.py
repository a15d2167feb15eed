"""Sparse feedback: how many connections and where, the spread they keep, and the dense limit."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.feedback import (
    BlockProjection,
    FanInProjection,
    RoundedError,
    SingleEntryProjection,
    SparseProjection,
)
from tests.feedback.projections import dense, draw, make_error


def matrix_of(projection, neurons=4000, classes=10, scale=1.0):
    return np.asarray(draw(projection, neurons=neurons, classes=classes, scale=scale).arrays()["matrix"])


def make_matrix(share, **values):
    return matrix_of(SparseProjection(share), **values)


PATTERNS = {
    "sparse": SparseProjection(0.3),
    "fan_in": FanInProjection(3),
    "single_entry": SingleEntryProjection(),
    "block": BlockProjection(4),  # of 10 classes: blocks of 2 and 3
}
EVERY_PATTERN = pytest.mark.parametrize("projection", PATTERNS.values(), ids=PATTERNS)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_the_share_of_connections_is_kept(share):
    matrix = make_matrix(share)
    kept, count = np.count_nonzero(matrix), matrix.size
    assert kept / count == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / count))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_the_variance_over_all_connections_is_that_of_dense_feedback(share):
    matrix = make_matrix(share, scale=2.0)
    # Var of b^2 m / share, b normal: (3 / share - 1) times the squared variance.
    spread = np.sqrt((3 / share - 1) / matrix.size)
    assert np.mean(matrix**2) == pytest.approx(2.0**2 / 10, rel=5 * spread)


def test_with_all_connections_it_is_dense_bit_for_bit():
    error = make_error()
    np.testing.assert_array_equal(draw(SparseProjection(1.0)).project(error), dense().project(error))


def test_a_smaller_share_keeps_some_of_the_same_connections_louder():
    few, many = make_matrix(0.2), make_matrix(0.6)
    assert np.all(many[few != 0] != 0)
    np.testing.assert_allclose(few[few != 0], many[few != 0] * np.sqrt(0.6 / 0.2), rtol=1e-5)


def test_the_mask_is_independent_of_the_values():
    whole, part = np.asarray(dense(neurons=4000).arrays()["matrix"]), make_matrix(0.5)
    kept = np.abs(whole[part != 0])
    assert kept.mean() == pytest.approx(np.abs(whole).mean(), rel=5 * 0.76 / np.sqrt(kept.size))


def test_a_search_may_vary_the_share_within_one_program():
    draws = jax.vmap(lambda share: draw(SparseProjection(share)).arrays()["matrix"])(jnp.array([0.2, 1.0]))
    np.testing.assert_allclose(draws[1], dense().arrays()["matrix"], rtol=1e-6)
    assert np.count_nonzero(draws[0]) < np.count_nonzero(draws[1])


@pytest.mark.parametrize("share", [0.0, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(InputError, match="`share` is the share of connections kept and must be > 0 and <= 1"):
        SparseProjection(share)


@pytest.mark.parametrize("fan_in", [1, 3, 10])
def test_a_neuron_has_its_fan_in_and_every_class_is_drawn_equally_often(fan_in):
    built = matrix_of(FanInProjection(fan_in)) != 0
    assert np.all(built.sum(axis=1) == fan_in)
    chance = fan_in / 10
    assert built.mean(axis=0) == pytest.approx(chance, abs=5 * np.sqrt(chance * (1 - chance) / 4000))


def test_a_single_entry_gives_every_class_equally_many_neurons():
    built = matrix_of(SingleEntryProjection(), neurons=43) != 0
    assert np.all(built.sum(axis=1) == 1)
    assert set(built.sum(axis=0)) == {4, 5}


def test_blocks_of_neurons_see_blocks_of_classes():
    built = matrix_of(BlockProjection(2), neurons=6, classes=4) != 0
    np.testing.assert_array_equal(built, np.kron(np.eye(2), np.ones((3, 2))).astype(bool))
    # floor(3 i / 7) and floor(3 j / 4), by hand
    uneven = matrix_of(BlockProjection(3), neurons=7, classes=4) != 0
    neurons, classes = np.array([0, 0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 2])
    np.testing.assert_array_equal(uneven, neurons[:, None] == classes)


def test_as_many_blocks_as_classes_leave_a_single_entry_each():
    built = matrix_of(BlockProjection(10), neurons=800) != 0
    assert np.all(built.sum(axis=1) == 1)
    assert np.all(built.sum(axis=0) == 80)


@EVERY_PATTERN
def test_every_pattern_keeps_the_mean_square_of_dense_feedback(projection):
    matrix = matrix_of(projection, scale=2.0)
    # The mean over the neurons of chi-squared sums: for single entries 10 b^2, of variance 2 x 10^2, per neuron.
    assert np.mean(np.sum(matrix**2, axis=1)) == pytest.approx(4.0, rel=5 * np.sqrt(2 * 10 / 4000))


@EVERY_PATTERN
def test_the_projected_error_has_the_variance_of_dense_feedback(projection):
    error = make_error(batch=10)  # one of each class, so that the balance of the classes is no matter
    projected = np.asarray(draw(projection, neurons=4000).project(error))
    wanted = np.sum(np.asarray(error) ** 2) / 10
    assert np.mean(np.sum(projected**2, axis=0)) == pytest.approx(wanted, rel=0.15)


@EVERY_PATTERN
def test_ternary_entries_have_three_values_the_signs_of_the_normal_ones_and_exactly_their_variance(projection):
    ternary = matrix_of(dataclasses.replace(projection, entries="ternary"), scale=2.0)
    normal = matrix_of(projection, scale=2.0)
    np.testing.assert_array_equal(np.sign(ternary), np.sign(normal))
    built = np.count_nonzero(ternary, axis=1)
    if isinstance(projection, SparseProjection):
        expected = np.full(len(built), 2.0 / np.sqrt(10) / np.sqrt(0.3))
    else:
        expected = 2.0 / np.sqrt(built)
    magnitudes = np.where(built > 0, np.abs(ternary).max(axis=1), expected)
    np.testing.assert_allclose(magnitudes, expected, rtol=1e-6)


@pytest.mark.parametrize("projection", [FanInProjection(10), BlockProjection(1), SparseProjection(1.0)])
def test_a_pattern_with_all_connections_is_dense_bit_for_bit(projection):
    np.testing.assert_array_equal(draw(projection).project(make_error()), dense().project(make_error()))


@pytest.mark.parametrize(("make", "values"), [(FanInProjection, [1.0, 10.0]), (BlockProjection, [10.0, 1.0])])
def test_a_search_may_vary_the_size_of_a_pattern_within_one_program(make, values):
    draws = jax.vmap(lambda value: draw(make(value)).arrays()["matrix"])(jnp.array(values))
    np.testing.assert_allclose(draws[1], dense().arrays()["matrix"], rtol=1e-6)
    assert np.count_nonzero(draws[0]) == 40


@pytest.mark.parametrize(
    ("projection", "neurons", "said"),
    [
        (FanInProjection(11), 40, "`fan_in` = 11: .* denser than its matrix.* set it to 10 .dense. or less"),
        (BlockProjection(11), 40, "`blocks` = 11: .* set it to 10 or less"),
        (BlockProjection(9), 8, "`blocks` = 9: .* set it to 8 or less"),
    ],
)
def test_a_pattern_denser_than_the_matrix_is_refused_with_what_would_work(projection, neurons, said):
    with pytest.raises(InputError, match=said):
        projection.check_sizes(neurons, 10)
    with pytest.raises(InputError, match=said):
        RoundedError(projection).check_sizes(neurons, 10)


@EVERY_PATTERN
def test_a_pattern_that_fits_is_not_refused(projection):
    projection.check_sizes(40, 10)
