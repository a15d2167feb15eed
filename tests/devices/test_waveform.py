import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices.waveform import sin_and_cos_pi, sin_pi, sin_pi_squared


def cos_pi(x):
    return sin_and_cos_pi(x)[1]


FUNCTIONS = {
    "sin_pi": (sin_pi, np.sin, 2e-7),
    "cos_pi": (cos_pi, np.cos, 2e-7),
    "sin_pi_squared": (sin_pi_squared, lambda x: np.sin(x) ** 2, 4e-7),
}
EVERY_FUNCTION = pytest.mark.parametrize(("fast", "library", "bound"), FUNCTIONS.values(), ids=FUNCTIONS)


def exact(library, x):
    """The value in float64, the whole turns taken off first, as pi times a large x would round."""
    turn = np.asarray(x, np.float64)
    return library(np.pi * (turn - 2 * np.round(turn / 2)))


@EVERY_FUNCTION
@pytest.mark.parametrize("reach", [0.5, 3.0, 1e3, 1e6, 1e8])
def test_the_error_stays_within_its_bound_at_any_distance_from_zero(fast, library, bound, reach):
    x = np.random.default_rng(0).uniform(-reach, reach, 200_001).astype(np.float32)
    assert np.abs(np.asarray(fast(jnp.asarray(x)), np.float64) - exact(library, x)).max() < bound


@pytest.mark.parametrize(("fast", "zero"), [(sin_pi, 0.0), (sin_pi, 1.0), (cos_pi, 0.5), (cos_pi, -1.5)])
def test_the_relative_error_stays_small_next_to_a_zero(fast, zero):
    steps = np.float32(2.0) ** -np.arange(3, 20, dtype=np.float32)
    expected = np.abs(np.sin(np.pi * steps.astype(np.float64)))
    assert np.abs(np.asarray(fast(jnp.asarray(zero + steps)))) == pytest.approx(expected, rel=3e-7)


def test_integers_and_halves_are_exact():
    x = jnp.array([-3.0, -2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 1e6 + 1, 2.0**23 + 1])
    assert jnp.abs(sin_pi(x)).tolist() == pytest.approx([0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0], abs=1e-7)
    assert cos_pi(x).tolist() == pytest.approx([-1, 0, -1, 0, 1, 0, -1, 0, 1, -1, -1], abs=1e-7)
    assert (sin_pi(jnp.array([-3.0, 1.0, 1e6 + 1, 2.0**23 + 1])) == 0).all()


@pytest.mark.parametrize("x", [2.0**24, 2.0**25 + 4, 3.4e38, float("inf")])
def test_far_out_every_number_is_even_and_infinity_counts_as_one(x):
    far = jnp.array([x, -x])
    assert sin_pi(far).tolist() == [0.0, 0.0]
    assert cos_pi(far).tolist() == pytest.approx([1.0, 1.0], abs=1e-7)


@pytest.mark.parametrize("x", [2.0**23, 2.0**24 + 2, 3.4e38])
def test_far_out_the_squared_sine_is_zero(x):
    assert sin_pi_squared(jnp.array([x, -x])).tolist() == [0.0, 0.0]


def test_the_relative_error_of_the_squared_sine_stays_small_next_to_a_zero():
    steps = np.float32(2.0) ** -np.arange(3, 20, dtype=np.float32)
    expected = np.sin(np.pi * steps.astype(np.float64)) ** 2
    assert np.asarray(sin_pi_squared(jnp.asarray(1.0 + steps))) == pytest.approx(expected, rel=6e-7)


def test_not_a_number_is_passed_on():
    assert all(jnp.isnan(fast(jnp.array(jnp.nan))) for fast, *_ in FUNCTIONS.values())


def test_the_sine_of_the_pair_is_that_of_its_own():
    x = jnp.linspace(-5.0, 5.0, 1001)
    assert (sin_and_cos_pi(x)[0] == sin_pi(x)).all()


def test_the_derivative_of_the_sine_is_pi_times_the_cosine():
    x = jnp.linspace(-2.9, 2.9, 101)
    slope = jax.vmap(jax.grad(sin_pi))(x)
    assert np.asarray(slope) == pytest.approx(np.pi * np.cos(np.pi * np.asarray(x, np.float64)), abs=2e-5)
