import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.surrogates import SURROGATES, surrogate_derivative

EVERY_NAME = pytest.mark.parametrize("name", sorted(SURROGATES))

# Antiderivatives of the bells on x >= 0, from 0 to x: closed forms, independent of the code.
AREA_TO = {
    "triangle": lambda x: min(x, 1) - min(x, 1) ** 2 / 2,
    "rectangle": lambda x: min(x, 0.5),
    "fast_sigmoid": lambda x: x / (1 + 2 * x),
    "arctan": lambda x: np.arctan(np.pi * x) / np.pi,
    "exponential": lambda x: (1 - np.exp(-2 * x)) / 2,
}


@EVERY_NAME
def test_the_peak_is_one_at_the_threshold(name):
    assert surrogate_derivative(name)(jnp.zeros(3), 0.7).tolist() == [1.0, 1.0, 1.0]


@EVERY_NAME
@pytest.mark.parametrize("width", [0.3, 2.0])
def test_the_area_is_the_width(name, width):
    x = np.linspace(-20.0, 20.0, 800_001)
    values = np.asarray(surrogate_derivative(name)(jnp.asarray(x * width, jnp.float32), width), np.float64)
    tails = 2 * (0.5 - AREA_TO[name](20.0))
    assert (np.trapezoid(values, x) + tails) * width == pytest.approx(width, rel=1e-4)


@EVERY_NAME
def test_half_a_width_on_one_side_holds_the_area_of_the_closed_form(name):
    x = np.linspace(0.0, 0.5, 100_001)
    values = np.asarray(surrogate_derivative(name)(jnp.asarray(2.0 * x, jnp.float32), 2.0), np.float64)
    assert np.trapezoid(values, x) == pytest.approx(AREA_TO[name](0.5), rel=1e-5)


def test_the_triangle_is_one_half_half_a_width_away_and_zero_from_a_width_on():
    values = SURROGATES["triangle"](jnp.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0]), 1.0)
    assert values.tolist() == [0.0, 0.0, 0.5, 0.5, 0.0, 0.0]


@EVERY_NAME
@pytest.mark.parametrize("width", [1e-3, 1.0, 1e3])
def test_value_and_derivatives_are_finite_for_every_potential(name, width):
    largest = float(jnp.finfo(jnp.float32).max)
    distances = jnp.array([-largest, -1e20, -1e9, -1.0, -1e-40, 0.0, 1e-40, 1.0, 1e9, 1e20, largest])
    bell = surrogate_derivative(name)
    assert jnp.isfinite(bell(distances, width)).all()
    slopes = jax.vmap(jax.grad(bell, argnums=(0, 1)), in_axes=(0, None))(distances, jnp.float32(width))
    assert all(jnp.isfinite(slope).all() for slope in slopes)


def test_a_misspelt_name_is_told_with_the_nearest_one():
    with pytest.raises(InputError, match=r"no surrogate derivative 'triangel'.*Did you mean 'triangle'"):
        surrogate_derivative("triangel")
