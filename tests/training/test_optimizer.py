"""Schedules at their ends, warm-up and clipping; and any transformation of optax as an optimiser."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from physdfa.errors import InputError
from physdfa.network import NetworkParameters
from physdfa.training import SCHEDULES, Optimizer
from physdfa.training.directions import OPTIMIZERS
from physdfa.training.optimizer import as_optimizer

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
    optimizer = Optimizer("sgd", "cosine", learning_rate=RATE)
    expected = np.asarray(START.weights[0][0]) - RATE * first - 0.5 * RATE * second
    np.testing.assert_allclose(two_steps(optimizer, jnp.int32(2)).weights[0][0], expected, rtol=1e-6)


def test_warm_up_raises_the_rate_in_equal_steps_to_its_course():
    optimizer = Optimizer(learning_rate=RATE, warmup=0.5)
    rates = [optimizer.rate(jnp.int32(step), jnp.int32(8)) for step in range(6)]
    np.testing.assert_allclose(rates, [RATE / 4, RATE / 2, 3 * RATE / 4, RATE, RATE, RATE], rtol=1e-6)


def test_without_warm_up_the_first_step_has_the_whole_rate():
    assert Optimizer(learning_rate=RATE).rate(jnp.int32(0), jnp.int32(8)) == np.float32(RATE)


def test_a_long_gradient_is_shortened_to_the_largest_norm_and_a_short_one_stays():
    # Of all layers together: sqrt(0.3^2 + 0.02^2 + 1 + 2^2), and sqrt(0.1^2 + 0.05^2 + 0.5^2 + 1).
    first, second = (np.asarray(gradient.weights[0][0]) for gradient in GRADIENTS)
    share = 1.2 / np.sqrt(0.3**2 + 0.02**2 + 1 + 2**2)
    expected = np.asarray(START.weights[0][0]) - RATE * (share * first + second)
    np.testing.assert_allclose(after_two_steps(direction="sgd", clip=1.2), expected, rtol=1e-6)


def test_clip_and_warm_up_are_leaves():
    traces = 0

    @jax.jit
    def counted(optimizer, total_steps):
        nonlocal traces
        traces += 1
        return two_steps(optimizer, total_steps).weights[0]

    first, second = (counted(Optimizer(clip=clip, warmup=clip), jnp.int32(10)) for clip in (0.2, 0.9))
    assert traces == 1
    assert not np.allclose(first, second)


@pytest.mark.parametrize(
    ("average", "weights"), [(1.0, [1 / 3, 1 / 3, 1 / 3]), (0.2, [0.25, 0.25, 0.5]), (0.01, [0.0, 0.0, 1.0])]
)
def test_the_average_is_the_mean_so_far_and_later_an_exponential_one_over_its_share_of_all_steps(average, weights):
    # Over all 10 steps, three count alike; over 2, m_3 = m_2 + (w_3 - m_2) / 2; over less than 1, only the last counts.
    steps = [*GRADIENTS, GRADIENTS[0]]
    optimizer = Optimizer("sgd", learning_rate=RATE, average=average)
    parameters, state, passed = START, optimizer.init(START), []
    for step, gradient in enumerate(steps):
        parameters, state = optimizer.update(gradient, state, parameters, jnp.int32(step), jnp.int32(10))
        passed.append(parameters.weights[0])
    travelled = np.cumsum([gradient.weights[0] for gradient in steps], axis=0)
    np.testing.assert_allclose(passed, np.asarray(START.weights[0]) - RATE * travelled, rtol=1e-6)
    expected = np.tensordot(weights, np.asarray(passed), axes=1)
    np.testing.assert_allclose(optimizer.averaged(parameters, state).weights[0], expected, rtol=1e-6)


def test_before_the_first_step_the_average_is_where_training_starts():
    optimizer = Optimizer(average=0.5)
    assert optimizer.averaged(START, optimizer.init(START)) is START


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_name_stands_for_its_class_with_its_defaults(name):
    assert jax.tree.structure(Optimizer(name).direction) == jax.tree.structure(OPTIMIZERS[name]())


@pytest.mark.parametrize(
    "transformation",
    [
        optax.sgd(RATE, momentum=0.5, nesterov=True),
        optax.chain(optax.clip_by_global_norm(0.1), optax.adamw(optax.cosine_decay_schedule(RATE, 2))),
        optax.inject_hyperparams(optax.rmsprop)(learning_rate=RATE),
    ],
)
def test_any_transformation_of_optax_does_what_it_does_alone(transformation):
    expected, state = START, transformation.init(START)
    for gradient in GRADIENTS:
        changes, state = transformation.update(gradient, state, expected)
        expected = optax.apply_updates(expected, changes)
    found = two_steps(as_optimizer(transformation), jnp.int32(10))
    np.testing.assert_allclose(found.weights[0], expected.weights[0], rtol=1e-6)
    np.testing.assert_allclose(found.biases[0], expected.biases[0], rtol=1e-6)


def test_transformations_made_alike_are_one_structure_and_share_a_program():
    first, second, other = (jax.tree.structure(as_optimizer(optax.adam(rate))) for rate in (RATE, RATE, 0.2))
    assert first == second
    assert first != other


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"direction": "adamm"}, f"Did you mean 'adam'.*{', '.join(OPTIMIZERS)}"),
        ({"schedule": "step"}, f"Known: {', '.join(SCHEDULES)}"),
        ({"clip": 0.0}, "`clip` is the largest norm of the gradient and must be > 0"),
        ({"average": 0.0}, "`average` is the share of all steps .* must be > 0 and <= 1; got 0"),
        ({"warmup": 1.5}, "`warmup` is the share .* must be >= 0 and <= 1; got 1.5"),
    ],
)
def test_an_unknown_name_or_a_number_out_of_range_is_refused_with_what_is_allowed(values, message):
    with pytest.raises(InputError, match=message):
        Optimizer(**values)
