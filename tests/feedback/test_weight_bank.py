"""Feedback through microrings: clipped and rounded weights, noisy products, and the dense limit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.feedback import WeightBankProjection
from tests.feedback.projections import KEY, dense, draw, make_error


def weights(bank) -> np.ndarray:
    return np.asarray(bank.arrays()["matrix"] / bank.gain)


def test_with_all_levels_and_a_wide_range_it_is_the_dense_projection():
    bank, error = draw(WeightBankProjection(weight_range=8.0, weight_bits=32), scale=2.0), make_error()
    np.testing.assert_allclose(
        bank.project(error, key=KEY), dense(scale=2.0).project(error, key=KEY), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("bits", [2, 4])
def test_the_rings_have_the_levels_of_their_bits_between_minus_one_and_one(bits):
    levels = np.unique(np.round(weights(draw(WeightBankProjection(weight_bits=bits), neurons=4000)), 6))
    steps = 2 ** (bits - 1) - 1
    np.testing.assert_allclose(levels, np.arange(-steps, steps + 1) / steps, atol=1e-5)


@pytest.mark.parametrize(("weight_range", "share"), [(1.0, 0.3173), (2.0, 0.0455)])
def test_weights_beyond_the_range_are_clipped_as_often_as_a_normal_number_leaves_it(weight_range, share):
    bank = draw(WeightBankProjection(weight_range=weight_range, weight_bits=32), neurons=4000)
    clipped = np.mean(np.abs(weights(bank)) > 1 - 1e-6)
    assert clipped == pytest.approx(share, abs=5 * np.sqrt(share / 40000))


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_the_noise_has_no_bias_and_the_spread_largest_error_times_gain_times_product_noise(scale):
    noise, count = 0.098, 4000
    bank = draw(WeightBankProjection(product_noise=noise, weight_range=2.0), scale=scale)
    error = make_error(batch=2)
    draws = jax.vmap(lambda key: bank.project(error, key=key))(jax.random.split(KEY, count))
    spread = np.max(np.abs(error), axis=1, keepdims=True) * 2.0 * scale / np.sqrt(10) * noise
    np.testing.assert_allclose(np.std(draws, axis=0), np.broadcast_to(spread, (2, 40)), rtol=5.5 / np.sqrt(2 * count))
    bias = np.mean(draws, axis=0) - np.asarray(bank.project(error))
    assert (np.abs(bias) < 5.5 * spread / np.sqrt(count)).all()


@pytest.mark.parametrize(("product_noise", "bits"), [(0.098, 4.35), (0.202, 3.31), (0.019, 6.72)])
def test_the_noise_is_named_as_in_the_paper_whose_bits_follow_from_it(product_noise, bits):
    # Filipovich et al. (2022): the span of the products, 2, over their standard deviation, in bits.
    declared = draw(WeightBankProjection(product_noise=product_noise))
    assert float(jnp.log2(2.0 / declared.product_noise)) == pytest.approx(bits, abs=0.005)


def test_without_noise_a_key_changes_nothing():
    bank, error = draw(WeightBankProjection()), make_error()
    np.testing.assert_array_equal(bank.project(error), bank.project(error, key=KEY))


def test_no_error_projects_to_nothing_even_with_noise():
    assert not np.any(draw(WeightBankProjection(product_noise=0.2)).project(jnp.zeros((3, 10)), key=KEY))
