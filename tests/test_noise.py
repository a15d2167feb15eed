import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

from physdfa.noise import noise_key, normal_quantile, random_coins, standard_normal

SHAPE = (1000, 1000)
STANDARD_ERRORS = 4.5  # a chance of 7e-6 per comparison, and the keys are fixed


def draw(seed):
    return np.asarray(standard_normal(jax.random.key(seed), SHAPE), np.float64)


@pytest.mark.parametrize("seed", range(4))
def test_the_numbers_are_normal_with_mean_0_and_variance_1(seed):
    values, count = draw(seed), SHAPE[0] * SHAPE[1]
    assert abs(values.mean()) < STANDARD_ERRORS / np.sqrt(count)
    assert abs(values.var() - 1) < STANDARD_ERRORS * np.sqrt(2 / count)
    assert abs(stats.kurtosis(values.ravel())) < STANDARD_ERRORS * np.sqrt(24 / count)
    assert stats.kstest(values.ravel()[:100_000], "norm").pvalue > 1e-5


def test_the_quantile_is_that_of_the_normal_distribution_over_all_that_can_be_drawn():
    quantile = jax.jit(normal_quantile)
    for first in range(0, 2**24, 2**20):
        cells = np.arange(first, first + 2**20)
        x = (2 * cells + 1) / 2.0**24 - 1  # exact in float32, too
        exact = np.sign(x) * np.sqrt(2) * special.erfcinv(1 - np.abs(x))  # erf_inv loses digits in the tails
        shown = np.asarray(quantile(x.astype(np.float32)), np.float64)
        assert np.abs(shown - exact).max() < 3e-6
        assert np.abs(shown).max() < 5.42


@pytest.mark.parametrize("axis", [0, 1])
def test_neighbours_are_not_correlated(axis):
    values = draw(0)
    pairs = np.mean(np.delete(values, 0, axis) * np.delete(values, -1, axis))
    assert abs(pairs) < STANDARD_ERRORS / np.sqrt(values.size)


def test_keys_that_differ_by_a_fold_or_a_split_give_independent_numbers():
    key = jax.random.key(7)
    keys = [key, *jax.random.split(key, 3), *(jax.random.fold_in(key, step) for step in range(3, 7))]
    drawn = np.stack([np.asarray(standard_normal(k, (300_000,)), np.float64) for k in keys])
    correlations = np.corrcoef(drawn) - np.eye(len(keys))
    assert np.abs(correlations).max() < STANDARD_ERRORS / np.sqrt(drawn.shape[1])


def test_every_layer_step_stage_and_source_has_a_key_of_its_own():
    numbers = [(), (0,), (1,), (2**30,), (0, 0), (0, 1), (1, 0), (1, 1), (0, 0, 0)]
    keys = [noise_key(key, *path) for key in (jax.random.key(7), jax.random.key(8)) for path in numbers]
    drawn = np.stack([np.asarray(standard_normal(k, (300_000,)), np.float64) for k in keys])
    correlations = np.corrcoef(drawn) - np.eye(len(keys))
    assert np.abs(correlations).max() < STANDARD_ERRORS / np.sqrt(drawn.shape[1])


def test_a_key_of_many_numbers_is_the_key_of_the_last_of_the_key_of_the_others():
    key = jax.random.key(7)
    assert noise_key(key, 3, 4) == noise_key(noise_key(key, 3), 4)


def test_each_key_of_a_population_draws_its_own():
    keys = jax.random.split(jax.random.key(1), 3)
    together = jax.vmap(lambda key: standard_normal(key, (5,)))(keys)
    alone = jnp.stack([standard_normal(key, (5,)) for key in keys])
    assert np.asarray(together) == pytest.approx(np.asarray(alone), rel=1e-6)


def test_coins_fall_on_either_side_equally_often():
    coins = np.asarray(random_coins(jax.random.key(3), SHAPE))
    assert set(np.unique(coins)) == {0.0, 1.0}
    assert abs(coins.mean() - 0.5) < STANDARD_ERRORS * 0.5 / np.sqrt(coins.size)
