"""Optimisers by name, against their update equations written out in double precision."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from physdfa.errors import InputError
from physdfa.network import NetworkParameters
from physdfa.parts import Parameter, declarations
from physdfa.training.directions import OPTIMIZERS, Adagrad, Adam, AdamW, Lion, RmsProp, Sgd

WEIGHTS = np.array([0.5, -2.0, 3.0])
SLOPES = [np.array([0.3, -0.02, 1.0]), np.array([-0.1, 0.05, 0.5]), np.array([0.2, 0.4, -0.6])]


def as_parameters(values) -> NetworkParameters:
    return NetworkParameters((jnp.asarray(values, jnp.float32)[None],), (jnp.zeros(1),))


def taken(transformation: optax.GradientTransformation) -> jax.Array:
    """The directions of three slopes one after the other, the weights staying as they are; counted as they come."""
    weights = as_parameters(WEIGHTS)

    def step(state, slope):
        change, state = transformation.update(as_parameters(slope), state, weights)
        return state, change.weights[0][0]

    return jax.lax.scan(step, transformation.init(weights), jnp.asarray(SLOPES, jnp.float32))[1]


@jax.jit
def directions(direction) -> jax.Array:
    return taken(direction.transformation())


def of_adam(b1=0.9, b2=0.999, eps=1e-8, *, nesterov=False):
    """m_t / (sqrt(v_t) + eps), both corrected for their start at 0."""
    mean, square, found = np.zeros(3), np.zeros(3), []
    for count, slope in enumerate(SLOPES, start=1):
        mean, square = b1 * mean + (1 - b1) * slope, b2 * square + (1 - b2) * slope**2
        shown = mean / (1 - b1**count)
        if nesterov:
            shown = b1 * mean / (1 - b1 ** (count + 1)) + (1 - b1) * slope / (1 - b1**count)
        found.append(shown / (np.sqrt(square / (1 - b2**count)) + eps))
    return found


def of_sgd(momentum, *, nesterov=False):
    last, found = np.zeros(3), []
    for slope in SLOPES:
        last = slope + momentum * last
        found.append(slope + momentum * last if nesterov else last)
    return found


def of_rmsprop(decay, eps, momentum):
    square, last, found = np.zeros(3), np.zeros(3), []
    for slope in SLOPES:
        square = decay * square + (1 - decay) * slope**2
        last = slope / np.sqrt(square + eps) + momentum * last
        found.append(last)
    return found


def of_lion(b1, b2, weight_decay):
    mean, found = np.zeros(3), []
    for slope in SLOPES:
        found.append(np.sign(b1 * mean + (1 - b1) * slope) + weight_decay * WEIGHTS)
        mean = b2 * mean + (1 - b2) * slope
    return found


def of_adagrad(start, eps):
    return [slope / np.sqrt(start + sum(s**2 for s in SLOPES[: n + 1]) + eps) for n, slope in enumerate(SLOPES)]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        (Adam(), of_adam()),
        (Adam(b1=0.5, b2=0.9, eps=0.1), of_adam(0.5, 0.9, 0.1)),
        (Adam(nesterov="on"), of_adam(nesterov=True)),
        (AdamW(), of_adam()),
        (AdamW(b1=0.5, weight_decay=0.2), [one + 0.2 * WEIGHTS for one in of_adam(0.5)]),
        (Sgd(), SLOPES),
        (Sgd(momentum=0.5), of_sgd(0.5)),
        (Sgd(momentum=0.5, nesterov="on"), of_sgd(0.5, nesterov=True)),
        (RmsProp(), of_rmsprop(0.9, 1e-8, 0.0)),
        (RmsProp(decay=0.5, eps=0.1, momentum=0.5), of_rmsprop(0.5, 0.1, 0.5)),
        (Lion(), of_lion(0.9, 0.99, 0.0)),
        (Lion(b1=0.2, b2=0.6, weight_decay=0.1), of_lion(0.2, 0.6, 0.1)),
        (Adagrad(), of_adagrad(0.1, 1e-7)),
        (Adagrad(initial_accumulator=0.5, eps=0.1), of_adagrad(0.5, 0.1)),
    ],
)
def test_a_direction_follows_its_equation(direction, expected):
    # 1 - 0.999 is met to 3e-5 in float32, and half of that is seen under the root.
    np.testing.assert_allclose(directions(direction), expected, rtol=5e-5)


def test_adam_is_that_of_optax_to_the_last_bit():
    np.testing.assert_array_equal(directions(Adam()), jax.jit(lambda: taken(optax.scale_by_adam()))())


NUMBERS = [
    (name, number)
    for name, kind in OPTIMIZERS.items()
    for number, entry in declarations(kind).items()
    if isinstance(entry, Parameter)
]


@pytest.mark.parametrize(("name", "number"), NUMBERS)
def test_each_number_is_a_leaf_that_acts_so_that_another_value_needs_no_compilation(name, number):
    entry, traces = declarations(OPTIMIZERS[name])[number], 0

    @jax.jit
    def counted(direction):
        nonlocal traces
        traces += 1
        return directions(direction)

    found = [counted(OPTIMIZERS[name](**{number: value})) for value in entry.typical]
    assert traces == 1
    if (name, number) != ("lion", "b1"):  # it turns no sign of these slopes
        assert not np.array_equal(*found)


@pytest.mark.parametrize(("name", "number"), NUMBERS)
def test_a_number_out_of_its_range_is_refused_by_name(name, number):
    with pytest.raises(InputError, match=rf"`{number}` .* got -1"):
        OPTIMIZERS[name](**{number: -1.0})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_keeps_as_many_arrays_of_the_size_of_the_parameters_as_it_says(name):
    direction, weights = OPTIMIZERS[name](), as_parameters(np.zeros(1000))
    held = sum(leaf.size for leaf in jax.tree.leaves(direction.transformation().init(weights)))
    assert held // 1000 == direction.slots


def test_an_unknown_choice_is_refused():
    with pytest.raises(InputError, match=r"`nesterov` .* one of off, on; got 'yes'"):
        Sgd(nesterov="yes")
