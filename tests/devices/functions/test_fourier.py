import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import RandomFourierSeries
from physdfa.errors import InputError


def series(u, p, q, half_period):
    """The sum as the papers write it, in float64."""
    u, p, q = (np.asarray(values, np.float64) for values in (u, p, q))
    phase = np.pi * np.arange(1, len(p) + 1) * u[:, None] / half_period
    return (np.sin(phase) @ p + np.cos(phase) @ q) / np.sum(np.abs(p) + np.abs(q))


@pytest.mark.parametrize("num_terms", [1, 2, 4, 16])
def test_the_recurrence_equals_the_sum_of_sines_and_cosines(num_terms):
    device = RandomFourierSeries(half_period=4.0, num_terms=num_terms, key=jax.random.key(3))
    u = np.linspace(-12.0, 12.0, 3001, dtype=np.float32)
    expected = series(u, device.sin_coefficients, device.cos_coefficients, 4.0)
    assert np.asarray(device.respond(jnp.asarray(u))) == pytest.approx(expected, abs=2e-6 * num_terms)


def test_given_coefficients_are_taken_as_they_are():
    device = RandomFourierSeries(half_period=2.0, sin_coefficients=[3.0, 0.0], cos_coefficients=[0.0, -1.0])
    assert device.num_terms == 2
    u = jnp.array([0.0, 1.0, 2.0])
    assert device.respond(u).tolist() == pytest.approx([-0.25, 0.75 + 0.25, -0.25], abs=1e-6)


def test_drawn_coefficients_are_uniform_between_minus_one_and_one():
    keys = jax.random.split(jax.random.key(0), 500)
    drawn = jax.vmap(lambda key: RandomFourierSeries(num_terms=20, key=key).sin_coefficients)(keys)
    assert float(jnp.abs(drawn).max()) < 1.0
    assert float(drawn.mean()) == pytest.approx(0.0, abs=4 * (1 / 3) ** 0.5 / 100)  # four standard errors
    assert float(drawn.var()) == pytest.approx(1 / 3, rel=0.03)


def test_the_same_key_draws_the_same_series_and_another_key_another():
    u = jnp.linspace(-4.0, 4.0, 9)
    first, same, other = (RandomFourierSeries(key=jax.random.key(seed)).respond(u) for seed in (1, 1, 2))
    assert (first == same).all()
    assert (first != other).any()


def test_no_series_leaves_the_range_that_its_normalisation_promises():
    device = RandomFourierSeries(num_terms=3, sin_coefficients=[0.0] * 3, cos_coefficients=[1.0, 2.0, 5.0])
    assert device.respond(jnp.array([0.0])) == pytest.approx(1.0, abs=1e-6)
    assert device.output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf)) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "needs a `key`"),
        ({"sin_coefficients": [1.0]}, "both `sin_coefficients` and `cos_coefficients`, or neither"),
        ({"sin_coefficients": [1.0], "cos_coefficients": [1.0, 2.0]}, "as many; got 1 and 2"),
        ({"sin_coefficients": [0.0], "cos_coefficients": [0.0]}, "must not all be 0"),
    ],
)
def test_coefficients_that_make_no_series_are_refused(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        RandomFourierSeries(**arguments)
