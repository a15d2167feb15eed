"""Optimisers, against their update equations written out; schedules at their ends."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.network import NetworkParameters
from physdfa.training import OPTIMIZERS, SCHEDULES, Optimizer

START = NetworkParameters((jnp.array([[0.5, -2.0, 3.0]]),), (jnp.array([0.1]),))
GRADIENTS = [
    NetworkParameters((jnp.array([[0.3, -0.02, 1.0]]),), (jnp.array([2.0]),)),
    NetworkParameters((jnp.array([[-0.1, 0.05, 0.5]]),), (jnp.array([1.0]),)),
]
RATE = 0.1


@jax.jit
def two_steps(optimizer: Optimizer, total_steps):
    parameters, state = START, optimizer.init(START)
    for step, gradient in enumerate(GRADIENTS):
        parameters, state = optimizer.update(gradient, state, parameters, jnp.int32(step), total_steps)
    return parameters


def after_two_steps(**values) -> np.ndarray:
    return np.asarray(two_steps(Optimizer(learning_rate=RATE, **values), jnp.int32(10)).weights[0][0])


def adam_directions() -> list[np.ndarray]:
    """m_t / (sqrt(v_t) + eps), both corrected for their start at 0."""
    first, second, directions = np.zeros(3), np.zeros(3), []
    for count, gradient in enumerate(GRADIENTS, start=1):
        slope = np.asarray(gradient.weights[0][0], dtype=float)
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        directions.append(first / (1 - 0.9**count) / (np.sqrt(second / (1 - 0.999**count)) + 1e-8))
    return directions


def test_adam_divides_the_mean_slope_by_the_root_of_the_mean_squared_slope():
    expected = np.asarray(START.weights[0][0]) - RATE * np.sum(adam_directions(), axis=0)
    np.testing.assert_allclose(after_two_steps(name="adam"), expected, rtol=1e-5)


def test_adamw_adds_the_decay_of_the_weight_as_it_stands_not_of_its_slope():
    expected = np.asarray(START.weights[0][0], dtype=float)
    for direction in adam_directions():
        expected = expected - RATE * (direction + 0.2 * expected)
    np.testing.assert_allclose(after_two_steps(name="adamw", weight_decay=0.2), expected, rtol=1e-5)


def test_adamw_without_decay_is_adam():
    np.testing.assert_allclose(after_two_steps(name="adamw"), after_two_steps(name="adam"), rtol=1e-6)


def test_sgd_keeps_the_share_momentum_of_its_last_direction():
    first, second = (np.asarray(gradient.weights[0][0]) for gradient in GRADIENTS)
    expected = np.asarray(START.weights[0][0]) - RATE * (first + (0.5 * first + second))
    np.testing.assert_allclose(after_two_steps(name="sgd", momentum=0.5), expected, rtol=1e-6)


def test_the_constant_schedule_is_constant():
    rates = [Optimizer(learning_rate=RATE).rate(jnp.int32(step), jnp.int32(8)) for step in (0, 4, 8)]
    np.testing.assert_allclose(rates, [RATE] * 3)


def test_the_cosine_schedule_starts_at_the_learning_rate_halves_midway_ends_at_zero_and_stays_there():
    optimizer = Optimizer(schedule="cosine", learning_rate=RATE)
    rates = [optimizer.rate(jnp.int32(step), jnp.int32(8)) for step in (0, 4, 8, 9)]
    np.testing.assert_allclose(rates, [RATE, RATE / 2, 0.0, 0.0], atol=1e-8)


def test_the_schedule_scales_the_step_of_the_optimiser():
    # steps 0 and 1 of 2: the whole rate, then half of it
    first, second = (np.asarray(gradient.weights[0][0]) for gradient in GRADIENTS)
    optimizer = Optimizer("sgd", "cosine", learning_rate=RATE, momentum=0.0)
    expected = np.asarray(START.weights[0][0]) - RATE * first - 0.5 * RATE * second
    np.testing.assert_allclose(two_steps(optimizer, jnp.int32(2)).weights[0][0], expected, rtol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_numbers_are_leaves_so_that_another_value_needs_no_compilation(name):
    def make(rate):
        return Optimizer(name, learning_rate=rate, momentum=rate, weight_decay=rate)

    traces = 0

    @jax.jit
    def counted(optimizer, total_steps):
        nonlocal traces
        traces += 1
        return two_steps(optimizer, total_steps)

    results = [counted(make(rate), jnp.int32(steps)) for rate, steps in ((0.1, 10), (0.2, 11))]
    assert traces == 1
    assert not np.allclose(results[0].weights[0], results[1].weights[0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "adamm"}, f"Did you mean 'adam'.*{', '.join(OPTIMIZERS)}"),
        ({"schedule": "step"}, f"Known: {', '.join(SCHEDULES)}"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(values, message):
    with pytest.raises(InputError, match=message):
        Optimizer(**values)
